import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { demoFiles } from '../demo/files.ts';
import { watchToEnd, type Stage } from '../scenarios/play-a.ts';
import { raiseConfigChange } from '../scenarios/raise-config.ts';
import { runCli, stageOf, verifies } from '../scenarios/run-a.ts';
import { startSystem, type System } from '../system/start-system.ts';
import { hasChromium, openBrowser, openTab, picture, shows } from './browser.ts';

const DESKTOP = { width: 1360, height: 1000 };
const PHONE = { width: 390, height: 844 };
const HOST = 'host-0003';
let system: System;
let stage: Stage;
let browser: Browser;
let proposal: string;

beforeAll(async () => {
  if (!hasChromium()) return;
  system = await startSystem();
  stage = stageOf(system, () => undefined);
  browser = await openBrowser();
  proposal = await raiseConfigChange(stage);
});
afterAll(async () => {
  await browser?.close();
  expect(await system?.stop()).toBe(hasChromium() ? 0 : undefined);
});

const pageFor = (person: string): string =>
  `${system.url}/sign/${proposal}#as=${person}&token=${system.tokens[`person:${person}`] ?? ''}`;
async function signWithKey(): Promise<number | null> {
  const { digest } = await stage.client.signing(proposal);
  const asked = ['approve', proposal, '--as', 'ana', '--key', stage.keys.fileOf('people/ana'), '--digest', digest];
  const token = system.tokens['person:ana'] ?? '';
  return runCli([...asked, '--no-input', '--url', system.url, '--token', token]);
}
const checkout = async (): Promise<number> =>
  (await fetch(`${system.estates.production}/hosts/${HOST}/probe/checkout`)).status;

test.skipIf(!hasChromium())(
  'W2, L4: staging failed to reproduce nothing: the reproduction failed before and passed after',
  async () => {
    const { validation } = await stage.client.signing(proposal);
    expect(validation).toMatchObject({ isPassed: true, isReproduced: true });
    expect(await checkout()).toBe(503);
  },
);

test.skipIf(!hasChromium())(
  'A2: a person registers a passkey and countersigns the digest of what the page shows',
  async () => {
    const { page, complaints } = await openTab(browser, DESKTOP);
    const answer = await page.goto(pageFor('ana'));
    expect(answer?.headers()['content-security-policy']).toContain("default-src 'none'");
    await page.getByRole('button', { name: 'Register a passkey' }).click();
    await shows(page, /The passkey is in the roster now/);
    await picture(page, 'sign-page');
    await page.getByRole('button', { name: 'Countersign' }).click();
    await shows(page, /was accepted|Nothing waits for your signature/);
    await picture(page, 'sign-page-signed');
    expect(complaints).toEqual([]);
    // The page is the server's, so production also waits for a signature that it cannot have shown falsely.
    expect((await stage.client.proposal(proposal)).state).toBe('PENDING');
    expect(await signWithKey()).toBe(0);
    expect(await watchToEnd(stage, proposal, 60_000)).toBe('SUCCEEDED');
    expect(await checkout()).toBe(200);
  },
);

test.skipIf(!hasChromium())('A2: on a phone the decided page says that nothing waits', async () => {
  const { page, complaints } = await openTab(browser, PHONE);
  await page.goto(pageFor('ana'));
  await shows(page, /Nothing waits for your signature/);
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  expect(width).toBeLessThanOrEqual(PHONE.width);
  await picture(page, 'sign-page-phone');
  expect(complaints).toEqual([]);
});

test.skipIf(!hasChromium())('V4: the bundle verifies offline, and fails when a byte of it is flipped', async () => {
  expect(await verifies(system, stage.client, proposal)).toBe(true);
  const file = join(system.state, `${proposal}.bundle.json`);
  const { root: roots } = demoFiles(system.state);
  const bytes = readFileSync(file);
  for (let sample = 0; sample < 12; sample += 1) {
    const at = Math.floor((bytes.length - 1) * (sample / 12));
    const flipped = Buffer.from(bytes);
    flipped.writeUInt8(flipped.readUInt8(at) ^ 1, at);
    writeFileSync(`${file}.flipped`, flipped);
    expect([at, await runCli(['verify', `${file}.flipped`, '--roots', roots, '--json'])]).toEqual([at, 6]);
  }
});
