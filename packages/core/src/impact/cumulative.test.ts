import { expect, test } from 'vitest';
import {
  actionsLastHour,
  CUMULATIVE_WINDOW_MS,
  cumulativeTargets,
  overlaps,
  type OperationRecord,
} from './cumulative.ts';

type Asked = Parameters<typeof cumulativeTargets>[1];
const asked = {
  proposal: 'p9',
  agent: 'playbook',
  action: 'package.patch',
  targets: ['h1', 'h2'],
  now: '2026-11-18T02:14:00.000Z',
} as unknown as Asked;
const ran = (change: object = {}): OperationRecord =>
  ({
    proposal: 'p1',
    agent: 'playbook',
    action: 'package.patch',
    targets: ['h2', 'h3'],
    startedAt: '2026-11-18T02:00:00.000Z',
    isOngoing: false,
    ...change,
  }) as unknown as OperationRecord;

const sums = [
  { what: 'nothing before', operations: [], total: 2, hour: 0 },
  { what: 'an operation of the same agent and action', operations: [ran()], total: 3, hour: 1 },
  { what: 'the same agent with another action', operations: [ran({ action: 'service.restart' })], total: 3, hour: 1 },
  { what: 'another agent with the same action', operations: [ran({ agent: 'other' })], total: 3, hour: 1 },
  {
    what: 'another agent with another action',
    operations: [ran({ agent: 'other', action: 'service.restart' })],
    total: 2,
    hour: 0,
  },
  { what: 'one of yesterday', operations: [ran({ startedAt: '2026-11-17T02:14:00.000Z' })], total: 2, hour: 0 },
  {
    what: 'one of yesterday that still runs',
    operations: [ran({ startedAt: '2026-11-16T02:14:00.000Z', isOngoing: true })],
    total: 3,
    hour: 1,
  },
  { what: 'one of two hours ago', operations: [ran({ startedAt: '2026-11-18T00:14:00.000Z' })], total: 3, hour: 0 },
  { what: 'one dated in the future', operations: [ran({ startedAt: '2026-11-19T00:00:00.000Z' })], total: 3, hour: 1 },
  { what: 'its own earlier part', operations: [ran({ proposal: 'p9' })], total: 3, hour: 0 },
] as const;
test.each(sums)('D5: with $what the sum is $total targets and $hour acts', ({ operations, total, hour }) => {
  expect(cumulativeTargets(operations, asked, CUMULATIVE_WINDOW_MS)).toBe(total);
  expect(actionsLastHour(operations, asked)).toBe(hour);
});

const running = ran({ isOngoing: true });
const pairs = [
  { what: 'shares a target and runs', operations: [running], expected: true },
  { what: 'shares a target and has ended', operations: [ran()], expected: false },
  { what: 'touches a dependant', operations: [ran({ isOngoing: true, targets: ['svc'] })], expected: true },
  { what: 'touches something else', operations: [ran({ isOngoing: true, targets: ['h7'] })], expected: false },
  {
    what: 'is of a kind that must not overlap',
    operations: [ran({ isOngoing: true, targets: ['h7'], action: 'data.restore' })],
    expected: true,
  },
  { what: 'is this one', operations: [ran({ isOngoing: true, proposal: 'p9' })], expected: false },
] as const;
test.each(pairs)('D5: an operation that $what overlaps: $expected', ({ operations, expected }) => {
  expect(overlaps(operations, { ...asked, mayNotOverlap: ['data.restore'], nearby: new Set(['svc']) })).toBe(expected);
});
