import { afterEach, beforeEach, expect, test } from 'vitest';
import { closeDesk, control, drilled, must, now, openDesk, passTime, world } from '../flow/desk.builder.ts';

beforeEach(openDesk);
afterEach(closeDesk);

const DAY_MS = 86_400_000;
const drills = async (): Promise<unknown> =>
  (await must(control.ask('person:kim', 'GET', '/api/v1/drills'), 200))['items'];

test('X6: nothing was drilled, and the list says so', async () => {
  expect(await drills()).toEqual([]);
});

test('X6: the newest drill of an action and a tier is shown with its age, and a quarter later it is not valid any more', async () => {
  await drilled();
  const at = now();
  const about = { action: 'service.restart', tier: 'non-critical', at, isPassed: true };
  expect(await drills()).toEqual([{ ...about, ageDays: 0, isValid: true }]);
  passTime(93 * DAY_MS);
  expect(await drills()).toEqual([{ ...about, ageDays: 93, isValid: false }]);
});

test('X6: a failed drill takes the older one its word away', async () => {
  await drilled();
  passTime(DAY_MS);
  await control.deps.store
    .insertInto('drill')
    .values({
      organisation: world.organisation,
      action: 'service.restart',
      tier: 'non-critical',
      at: now(),
      is_passed: false,
      evidence: 'none',
    })
    .execute();
  expect(await drills()).toMatchObject([{ isPassed: false, isValid: false, ageDays: 0 }]);
});
