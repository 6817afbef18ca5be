import { describe, expect, test } from 'vitest';
import { anEnvelope } from './envelope.builder.ts';
import { envelopeShape } from './envelope-shape.ts';
import { compareOutside } from './lifecycle/outside.ts';
import { readShape } from '../shared/shape.ts';
import { LEAST_DAYS, RETENTION_KINDS, retentionOf, type RetentionKinds } from './retention.ts';

const base = { retentionDays: { staging: 30, 'pre-production': 60, production: 400 } };

const read = (retentionKinds: unknown): boolean => readShape(envelopeShape, { ...anEnvelope(), retentionKinds }).ok;
const effects = (before: RetentionKinds | undefined, after: RetentionKinds | undefined): readonly string[] =>
  compareOutside(
    { ...anEnvelope(), ...(before && { retentionKinds: before }) },
    { ...anEnvelope(), ...(after && { retentionKinds: after }) },
  ).map(({ at, effect }) => `${at} ${effect}`);

describe('E1, V2: how long what is kept', () => {
  test.each(RETENTION_KINDS)('%s: the days of the environment, or its own where they are named', (kind) => {
    expect(retentionOf(base, kind, 'staging')).toBe(30);
    expect(retentionOf({ ...base, retentionKinds: { staging: { [kind]: 90 } } }, kind, 'staging')).toBe(90);
    expect(retentionOf({ ...base, retentionKinds: { production: { [kind]: 90 } } }, kind, 'staging')).toBe(30);
  });
  test('what belongs to no environment is kept as long as the longest says', () => {
    expect(retentionOf(base, 'signals')).toBe(400);
    expect(retentionOf({ ...base, retentionKinds: { production: { signals: 20 } } }, 'signals')).toBe(60);
  });
  test('never shorter than the longest window of a rollback', () => {
    const short = { retentionDays: { staging: 1, 'pre-production': 1, production: 1 } };
    expect(retentionOf(short, 'evidence', 'production')).toBe(LEAST_DAYS);
    expect(retentionOf(short, 'evidence')).toBe(LEAST_DAYS);
  });
});

describe('E1: the block in the envelope', () => {
  test('is optional and may name any kind of any environment', () => {
    expect(readShape(envelopeShape, anEnvelope()).ok).toBe(true);
    expect(read({})).toBe(true);
    expect(read({ production: Object.fromEntries(RETENTION_KINDS.map((kind) => [kind, 100])) })).toBe(true);
  });
  test.each<[string, unknown]>([
    ['a kind nobody knows', { production: { decisions: 100 } }],
    ['what says who was allowed what', { production: { approvals: 100 } }],
    ['an environment nobody knows', { test: { evidence: 100 } }],
    ['no days', { production: { evidence: 0 } }],
    ['days beyond a century', { production: { evidence: 36_601 } }],
    ['half a day', { production: { evidence: 1.5 } }],
    ['a text', { production: { evidence: '100' } }],
    ['nothing', { production: null }],
    ['a list', []],
  ])('refuses %s', (_, kinds) => {
    expect(read(kinds)).toBe(false);
  });
});

describe('E3: keeping for a shorter time is wider authority', () => {
  const days = anEnvelope().retentionDays.production;
  const at = '/retentionKinds/production/evidence';

  test.each<[string, RetentionKinds | undefined, RetentionKinds | undefined, readonly string[]]>([
    ['a kind that gets less than its environment', undefined, { production: { evidence: days - 1 } }, [`${at} widens`]],
    ['one that gets more', undefined, { production: { evidence: days + 1 } }, [`${at} narrows`]],
    ['one that gets the same', undefined, { production: { evidence: days } }, []],
    ['fewer days of its own', { production: { evidence: 50 } }, { production: { evidence: 49 } }, [`${at} widens`]],
    ['more days of its own', { production: { evidence: 50 } }, { production: { evidence: 51 } }, [`${at} narrows`]],
    ['longer days of its own that go', { production: { evidence: days + 1 } }, undefined, [`${at} widens`]],
    ['shorter days of its own that go', { production: { evidence: days - 1 } }, {}, [`${at} narrows`]],
    ['nothing', { production: { evidence: 50 } }, { production: { evidence: 50 } }, []],
  ])('%s', (_, before, after, expected) => {
    expect(effects(before, after)).toEqual(expected);
  });
});
