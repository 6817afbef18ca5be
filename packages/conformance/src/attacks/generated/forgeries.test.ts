// The whole control plane in an attacker's hands, every key of it: five hundred orders that owe a person, none of them acted on.
import { expect, test } from 'vitest';
import { runForgeries } from './run-forgeries.ts';

const SEED = 706;

test(
  'X1, A2, T4: 0 of 500 forged capsules make the runner act where a person is owed',
  { timeout: 240_000 },
  async () => {
    const { actedOn, touched, refused, unmet, honest, tried } = await runForgeries(500, SEED);
    expect({ actedOn, touched }).toEqual({ actedOn: [], touched: 0 });
    expect(Object.values(refused).reduce((sum, count) => sum + count, 0)).toBe(tried);
    // The run met everything there is to combine, was refused for many reasons, and the runner still does what people signed.
    expect(unmet).toEqual([]);
    expect(Object.keys(refused).length).toBeGreaterThanOrEqual(10);
    expect(honest).toBeGreaterThanOrEqual(3);
  },
);
