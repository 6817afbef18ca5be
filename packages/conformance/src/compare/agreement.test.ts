import { expect, test } from 'vitest';
import { agreement } from './agreement.ts';

test('D1: our evaluator and real Cedar agree on 20,000 random requests, decision and rules', () => {
  const found = agreement({ seed: 706, requests: 20_000, perEnvelope: 500 });
  expect(found.disagreements).toEqual([]);
  expect(found.requests).toBe(20_000);
  // The gate proves it looked: every kind of answer was met often.
  expect(Math.min(found.allowed, found.forbidden, found.silent)).toBeGreaterThan(1000);
}, 180_000);
