// Ten thousand of them; the seed is drawn each time and named when something was acted on.
import { randomInt } from 'node:crypto';
import { expect, test } from 'vitest';
import { runForgeries } from './run-forgeries.ts';

test('X1, A2, T4: 0 of 10,000 forged capsules make the runner act where a person is owed', async () => {
  const seed = Number(process.env['FORGERY_SEED'] ?? randomInt(1, 2 ** 31));
  const report = await runForgeries(10_000, seed);
  expect({ seed, actedOn: report.actedOn, touched: report.touched }).toEqual({ seed, actedOn: [], touched: 0 });
  expect(report.unmet).toEqual([]);
});
