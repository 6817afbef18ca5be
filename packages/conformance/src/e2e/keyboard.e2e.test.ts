/** The console and the hosted page by the keyboard alone, on a phone's width, in the dark, and where there is nothing to show. */
import { readFileSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { demoFiles } from '../demo/files.ts';
import { raiseConfigChange } from '../scenarios/raise-config.ts';
import { stageOf } from '../scenarios/run-a.ts';
import { startSystem, type System } from '../system/start-system.ts';
import { hasChromium, openBrowser, openTab, picture, shows, type Tab } from './browser.ts';

const PHONE = { width: 390, height: 844 };
let system: System;
let browser: Browser;
let proposal = '';
let tab: Tab;
const token = (person: string): string => system.tokens[`person:${person}`] ?? '';

beforeAll(async () => {
  if (!hasChromium()) return;
  system = await startSystem();
  proposal = await raiseConfigChange(stageOf(system, () => undefined));
  browser = await openBrowser();
  tab = await openTab(browser, PHONE);
  await tab.page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
});
afterAll(async () => {
  await browser?.close();
  expect(await system?.stop()).toBe(hasChromium() ? 0 : undefined);
});

const press = async (...keys: readonly string[]): Promise<void> => {
  for (const key of keys) await tab.page.keyboard.press(key);
};
/** Tab until the focus is on the element; a page where it never comes is not usable by the keyboard. */
async function reach(name: string | RegExp, role: 'button' | 'link' | 'textbox'): Promise<void> {
  const wanted = tab.page.getByRole(role, { name }).first();
  await wanted.waitFor();
  for (let presses = 0; presses < 40; presses += 1) {
    if (await wanted.evaluate((node) => node === document.activeElement)) return;
    await press('Tab');
  }
  throw new Error(`the keyboard never reaches ${String(name)}`);
}
const isWide = (): Promise<boolean> =>
  tab.page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);

describe.skipIf(!hasChromium())('A2: the console', () => {
  test('asks who is there, says what is wrong with an answer, and takes it by Enter', async () => {
    await tab.page.goto(system.url);
    await shows(tab.page, /Who are you\?/);
    await reach('Person', 'textbox');
    await tab.page.keyboard.type('ana');
    await press('Tab');
    await tab.page.keyboard.type('short');
    await press('Enter');
    await shows(tab.page, /a token has 16 to 200 characters/);
    await picture(tab.page, 'console-who-phone-dark');
    await press('Control+a');
    await tab.page.keyboard.type(token('ana'));
    await press('Enter');
    await shows(tab.page, /1 proposal/);
    expect(await isWide()).toBe(false);
    await picture(tab.page, 'console-queue-phone-dark');
  });

  test('X1: says above the page what of the trust bundle ends soon, and nothing when nothing does', async () => {
    expect(await tab.page.getByRole('alert').count()).toBe(0);
    const warning =
      'the timestamp ends 2026-11-23T03:00:00.000Z; next: cs trust publish FOLDER --key ONLINE-KEY --send';
    await tab.page.route('**/api/v1/trust', async (route) => {
      const answer = await route.fetch();
      const found = (await answer.json()) as object;
      await route.fulfill({ response: answer, json: { ...found, warnings: [warning] } });
    });
    await tab.page.reload();
    await shows(tab.page, /Execution closes when trust ends/);
    await shows(tab.page, /next: cs trust publish FOLDER/);
    expect(await isWide()).toBe(false);
    await picture(tab.page, 'console-trust-ends-phone-dark');
    await tab.page.unroute('**/api/v1/trust');
    await tab.page.reload();
    await shows(tab.page, /1 proposal/);
    expect(await tab.page.getByRole('alert').count()).toBe(0);
  });

  test('leads from the queue to the papers and down to the sentence of a rejection, without a mouse', async () => {
    await reach(new RegExp(proposal), 'link');
    await press('Enter');
    await shows(tab.page, /Why you are asked/);
    await shows(tab.page, /has no passkey here yet/);
    await reach('Why, for the agent', 'textbox');
    await tab.page.keyboard.type('one source is not enough');
    await reach('Reject', 'button');
    expect(await isWide()).toBe(false);
    await picture(tab.page, 'console-papers-phone-dark');
  });

  test('A4: tells whoever may not sign who is asked', async () => {
    await tab.page.goto(`${system.url}/sign/${proposal}#as=nils&token=${token('nils')}`);
    await tab.page.reload();
    await shows(tab.page, /Nils Berg may not sign this\. Asked are .+ as release-approver/);
    expect(await tab.page.getByRole('button', { name: 'Countersign' }).isDisabled()).toBe(true);
  });

  test.each([
    ['/sign/P-nothing', /there is no such proposal/],
    ['/no/such/page', /There is no such page/],
  ])('O8: %s says so and leads back to what waits', async (path, said) => {
    await tab.page.goto(`${system.url}${path}`);
    await shows(tab.page, said);
    await reach('What waits for people', 'link');
    await press('Enter');
    await shows(tab.page, /Waiting for a countersignature/);
    expect(new URL(tab.page.url()).pathname).toBe('/');
  });

  test('O8: a server that does not answer is said, with what to do', async () => {
    await tab.page.route('**/api/v1/proposals?**', (route) => route.abort());
    await tab.page.goto(system.url);
    await tab.page.getByRole('alert').waitFor();
    expect((await tab.page.getByRole('alert').innerText()).length).toBeGreaterThan(20);
    await picture(tab.page, 'console-no-server-phone-dark');
    await tab.page.unroute('**/api/v1/proposals?**');
  });
});

describe.skipIf(!hasChromium())('A2: the hosted page', () => {
  test('takes proposal, person and token by Enter, and the focus goes along to what it shows', async () => {
    await tab.page.goto(readFileSync(demoFiles(system.state).approvalUrl, 'utf8').trim());
    await reach('Proposal', 'textbox');
    await tab.page.keyboard.type(proposal);
    await press('Tab');
    await tab.page.keyboard.type('ana');
    await press('Tab', 'Enter');
    await shows(tab.page, /a token has 16 to 200 characters/);
    for (const [name, text] of [
      ['Proposal', proposal],
      ['Person', 'ana'],
      ['Access token', token('ana')],
    ] as const)
      await tab.page.getByLabel(name).fill(text);
    await press('Enter');
    await shows(tab.page, /Compare these words/);
    expect(await tab.page.evaluate(() => document.activeElement?.id)).toBe('page');
    await reach('Register a passkey for this page', 'button');
    expect(await isWide()).toBe(false);
    await picture(tab.page, 'hosted-phone-dark');
  });
});
