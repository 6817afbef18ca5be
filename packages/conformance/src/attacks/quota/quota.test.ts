// Two real runners and the real witness; the attacker chooses which statement goes where. What is counted is what the hosts saw.
import { expect, test } from 'vitest';
import { runQuota } from './run-quota.ts';

test(
  'I14, X1, T2, T4: what runs alone stays within the quota of the witness over all runners, whoever chooses its statements',
  { timeout: 240_000 },
  async () => {
    const { limit, honest, floods } = await runQuota();
    expect(honest.acted).toBe(honest.asked);
    expect(floods.filter(({ acted }) => acted > limit)).toEqual([]);
    // Each flood asked for more than there was; what was not acted on was refused by name.
    for (const { asked } of floods) expect(asked).toBeGreaterThan(limit);
    for (const { refused } of floods) expect(Object.keys(refused).length).toBeGreaterThan(0);
    // What fits under the quota goes through: the runners do not simply refuse.
    expect(floods[0]?.acted).toBeGreaterThan(honest.acted);
  },
);
