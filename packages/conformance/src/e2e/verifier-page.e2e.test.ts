// The offline verifier as an outsider opens it: one file from a disk, no server, no network. What it says is what the command says.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { demoFiles } from '../demo/files.ts';
import { approve } from '../demo/sign.ts';
import { watchToEnd, type Stage } from '../scenarios/play-a.ts';
import { raiseConfigChange } from '../scenarios/raise-config.ts';
import { stageOf, verifies } from '../scenarios/run-a.ts';
import { startSystem, type System } from '../system/start-system.ts';
import { hasChromium, openBrowser, openTab, picture } from './browser.ts';

const DESKTOP = { width: 1200, height: 1000 };
const BUILD = fileURLToPath(new URL('../../../verifier/src/build.ts', import.meta.url));
let system: System;
let stage: Stage;
let browser: Browser;
let proposal = '';
let page: Page;
let complaints: readonly string[] = [];
const asked: string[] = [];
const at = (name: string): string => join(system.state, name);
const root = (): string => demoFiles(system.state).root;

beforeAll(async () => {
  if (!hasChromium()) return;
  system = await startSystem();
  stage = stageOf(system, () => undefined);
  proposal = await raiseConfigChange(stage);
  await approve(stage.as('ana'), stage.keys, proposal, { person: 'ana', role: 'release-approver' });
  expect(await watchToEnd(stage, proposal, 60_000)).toBe('SUCCEEDED');
  expect(await verifies(system, stage.client, proposal)).toBe(true);
  execFileSync(process.execPath, ['--disable-warning=ExperimentalWarning', BUILD, at('verifier.html')]);
  browser = await openBrowser();
  ({ page, complaints } = await openTab(browser, DESKTOP));
  await page.context().setOffline(true);
  page.on('request', (request) => asked.push(request.url()));
  await page.goto(pathToFileURL(at('verifier.html')).href);
});
afterAll(async () => {
  await browser?.close();
  await system?.stop();
});

async function verdictOf(file: string, rootFile = root()): Promise<{ readonly state: string; readonly text: string }> {
  await page.locator('#file').setInputFiles([]);
  await page.locator('#root').setInputFiles(rootFile);
  await page.locator('#file').setInputFiles(file);
  await page.locator('#verdict[data-state=verified], #verdict[data-state=refused]').waitFor();
  const verdict = page.locator('#verdict');
  return { state: (await verdict.getAttribute('data-state')) ?? '', text: await verdict.innerText() };
}

/** Elements of a card that reach out of it. */
const overflowing = (): Promise<readonly string[]> =>
  page.evaluate(() =>
    [...document.querySelectorAll('.chooser')].flatMap((card) =>
      [...card.children].flatMap((child) =>
        child.getBoundingClientRect().right > card.getBoundingClientRect().right ? [child.outerHTML] : [],
      ),
    ),
  );

test.skipIf(!hasChromium())('V4: says what to do before anything is chosen', async () => {
  expect(await page.locator('#verdict').getAttribute('data-state')).toBe('waiting');
  await picture(page, 'verifier-empty');
});

test.skipIf(!hasChromium())(
  'V4: a bundle verifies from a disk without a network, and the four questions are answered',
  async () => {
    const { state, text } = await verdictOf(at(`${proposal}.bundle.json`));
    await picture(page, 'verifier-bundle');
    expect([state, text.slice(0, 400)]).toEqual(['verified', text.slice(0, 400)]);
    for (const title of [
      'Who authorised it',
      'What the agent saw',
      'What changed',
      'What validated it',
      'What is withheld',
    ])
      expect(text).toContain(title);
    expect(text).toContain('ana as release-approver');
    // What stays inside is in the file as the runner's word, and is shown as that.
    expect(text).toMatch(/what the runner says of fields that stay inside: it took up to \d+ min; 1 dependant/);
    expect(await overflowing()).toEqual([]);
    expect([complaints, asked.filter((url) => !url.startsWith('file:'))]).toEqual([[], []]);
  },
);

test.skipIf(!hasChromium())('V4: one byte, another root or no bundle at all is refused with the reason', async () => {
  const bytes = readFileSync(at(`${proposal}.bundle.json`));
  for (let sample = 1; sample < 6; sample += 1) {
    const turned = Uint8Array.from(bytes);
    const place = Math.floor((bytes.length * sample) / 6);
    turned[place] = (turned[place] ?? 0) ^ 1;
    writeFileSync(at('turned.json'), turned);
    expect((await verdictOf(at('turned.json'))).state).toBe('refused');
  }
  await picture(page, 'verifier-refused');
  writeFileSync(at('nothing.csx'), '<script>alert(1)</script>');
  const { state, text } = await verdictOf(at('nothing.csx'));
  expect(state).toBe('refused');
  expect(text).toContain('Do not rely on this file');
  writeFileSync(at('another.root.json'), readFileSync(root(), 'utf8').replace('"demo":true', '"demo":false'));
  expect((await verdictOf(at(`${proposal}.bundle.json`), at('another.root.json'))).state).toBe('refused');
  expect(complaints).toEqual([]);
});
