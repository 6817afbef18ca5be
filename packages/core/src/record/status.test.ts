import { expect, test } from 'vitest';
import { ACTION_TYPES } from '../proposal/change.ts';
import { acceptedUnknown, acceptedWrong, leftOut } from '../shared/shape.builder.ts';
import { readShape } from '../shared/shape.ts';
import { statusShape } from './status.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const STATUS = {
  type: 'status',
  organisation: 'acme',
  issuedAt: '2026-11-21T10:00:00.000Z',
  expiresAt: '2026-11-21T10:05:00.000Z',
  checkpoint: { size: 120, root: 'A'.repeat(43) + '=' },
  envelope: { digest: DIGEST, version: 7 },
  trustVersion: 3,
  halts: ['all', DIGEST],
  suspendedActions: ['data.destroy'],
  quota: { used: 4, limit: 100, from: 0 },
};
const placesOf = (more: Record<string, unknown>): readonly string[] => {
  const read = readShape(statusShape, { ...STATUS, ...more });
  return read.ok ? [] : (read.refusal.complaints ?? []).map(({ at }) => at);
};

test('X1: a status is read whole, each field in its own type, and none may be added', () => {
  expect(readShape(statusShape, STATUS)).toEqual({ ok: true, value: STATUS });
  expect(acceptedWrong(statusShape, STATUS)).toEqual([]);
  expect(acceptedUnknown(statusShape, STATUS)).toEqual([]);
});

test('X1: only the envelope may be absent, and then nothing runs alone; half an envelope is none', () => {
  expect(leftOut(statusShape, STATUS)).toEqual(['/envelope']);
  expect(placesOf({ envelope: null })).toEqual(['/envelope']);
  expect(placesOf({ envelope: {} })).toEqual(['/envelope/digest', '/envelope/version']);
});

test('X5: a status without its halts or its quota is refused: silence is not leave', () => {
  for (const missing of ['halts', 'quota', 'suspendedActions', 'expiresAt', 'checkpoint'] as const) {
    const { [missing]: _, ...rest } = STATUS;
    expect(readShape(statusShape, rest)).toMatchObject({
      ok: false,
      refusal: { complaints: [{ at: `/${missing}`, problem: 'is missing' }] },
    });
  }
});

test.each<[string, Record<string, unknown>, string]>([
  ['another type', { type: 'leaf' }, '/type'],
  ['a record that shrank below nothing', { checkpoint: { ...STATUS.checkpoint, size: -1 } }, '/checkpoint/size'],
  [
    'a size beyond what a number can count',
    { checkpoint: { ...STATUS.checkpoint, size: 2 ** 53 } },
    '/checkpoint/size',
  ],
  ['a root of another length', { checkpoint: { ...STATUS.checkpoint, root: 'A'.repeat(43) } }, '/checkpoint/root'],
  ['version 0 of an envelope', { envelope: { digest: DIGEST, version: 0 } }, '/envelope/version'],
  ['a trust version below 0', { trustVersion: -1 }, '/trustVersion'],
  ['a halt that is too short to be one', { halts: ['a'] }, '/halts/0'],
  ['a halt longer than a digest', { halts: [`${DIGEST}0`] }, '/halts/0'],
  ['halts as one word', { halts: 'all' }, '/halts'],
  ['more than 1000 halts', { halts: Array.from({ length: 1001 }, () => 'all') }, '/halts'],
  ['a suspended action that is none', { suspendedActions: ['everything'] }, '/suspendedActions/0'],
  ['a quota that was used less than never', { quota: { used: -1, limit: 1, from: 0 } }, '/quota/used'],
  ['a quota without limit', { quota: { used: 1, from: 0 } }, '/quota/limit'],
  ['a quota of fractions', { quota: { used: 0.5, limit: 1, from: 0 } }, '/quota/used'],
  ['a time without a zone', { expiresAt: '2026-11-21T10:05:00.000' }, '/expiresAt'],
])('X1: refuses a status with %s', (_, more, at) => {
  expect(placesOf(more)).toEqual([at]);
});

test('X1: every action can be suspended, and all at once', () => {
  expect(placesOf({ suspendedActions: ACTION_TYPES })).toEqual([]);
});

test('X5: a status can say that everything is halted, that nothing is, and that the quota is more than used up', () => {
  expect(placesOf({ halts: ['all'] })).toEqual([]);
  expect(placesOf({ halts: [] })).toEqual([]);
  expect(placesOf({ quota: { used: 101, limit: 100, from: 0 } })).toEqual([]);
});
