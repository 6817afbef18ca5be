import { expect, test } from 'vitest';
import { agreement } from './agreement.ts';

const SEEDS = Array.from({ length: 20 }, (_, position) => position + 1);

test.each(SEEDS)(
  'D1: our evaluator and real Cedar agree on 50,000 of 1,000,000 random requests, part %i of 20',
  (seed) => {
    const found = agreement({ seed, requests: 50_000, perEnvelope: 1000 });
    expect(found.disagreements).toEqual([]);
    expect(found.allowed + found.forbidden + found.silent).toBe(50_000);
    expect(Math.min(found.allowed, found.forbidden, found.silent)).toBeGreaterThan(2000);
  },
);
