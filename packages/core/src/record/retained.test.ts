import { describe, expect, test } from 'vitest';
import { idOf, instantAt } from '../capsule/example-capsule.test.ts';
import { RETENTION_KINDS } from '../envelope/retention.ts';
import { leafGap, leafOf } from './events.ts';
import { RECORD_EVENTS } from './leaf.ts';
import { eventsOfKind, isHeld, kindOfEvent } from './retained.ts';
import { digestOf } from '../capsule/example-capsule.test.ts';

describe('V2, V3: which bodies have a time at all', () => {
  test('an event is of one kind at most, and each kind has events', () => {
    const all = RETENTION_KINDS.flatMap((kind) => eventsOfKind(kind));
    expect(new Set(all).size).toBe(all.length);
    for (const kind of RETENTION_KINDS)
      for (const event of eventsOfKind(kind))
        expect([kindOfEvent(event), RECORD_EVENTS.includes(event)]).toEqual([kind, true]);
  });
  test.each([
    'trust.updated',
    'envelope.activated',
    'graph.updated',
    'decision.made',
    'capsule.built',
    'capsule.dispatched',
    'approval.received',
    'validation.finished',
    'remediation.closed',
    'evidence.closed',
    'campaign.signed',
    'body.expired',
    'hold.set',
    'hold.lifted',
  ] as const)('%s is kept for good: a file is verified with it', (event) => {
    expect(kindOfEvent(event)).toBeUndefined();
  });
});

describe('V2: what a hold covers', () => {
  const from = instantAt('2026-11-01T00:00:00.000Z');
  const to = instantAt('2026-12-01T00:00:00.000Z');
  const scope = { proposals: [idOf<'Proposal'>('P-1')], period: { from, to } };
  test.each<[string, string, string, boolean]>([
    ['its remediation, whenever', 'P-1', '2020-01-01T00:00:00.000Z', true],
    ['another one in the period', 'P-2', '2026-11-15T00:00:00.000Z', true],
    ['the first instant of the period', '', '2026-11-01T00:00:00.000Z', true],
    ['the instant before', '', '2026-10-31T23:59:59.999Z', false],
    ['the end of the period', '', '2026-12-01T00:00:00.000Z', false],
    ['another one outside', 'P-11', '2026-12-02T00:00:00.000Z', false],
  ])('%s', (_, correlation, at, held) => {
    expect(isHeld(scope, { correlation, at: instantAt(at) })).toBe(held);
  });
  test('nothing when it names nothing', () => {
    expect(isHeld({ proposals: [] }, { correlation: '', at: from })).toBe(false);
  });
  test.each(['hold.set', 'hold.lift-asked', 'hold.lifted'] as const)('%s names a person', (event) => {
    const happening = {
      organisation: idOf<'Organisation'>('acme'),
      event,
      at: from,
      subject: { kind: 'hold', id: 'case-7' },
      body: digestOf('1'),
    };
    const by = leafOf({ ...happening, actor: { kind: 'person', id: 'omar' } });
    const control = leafOf({ ...happening, actor: { kind: 'control' } });
    expect([by.ok && leafGap(by.value), control.ok && leafGap(control.value)]).toEqual([
      undefined,
      'must name a person as actor',
    ]);
  });
});
