/** The offline verifier under files that were made to break it: it names what is wrong and where, asks no network and stays usable. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Estate } from '@countersign/seal/testkit';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { hasChromium, openBrowser, openTab, picture } from './browser.ts';

const BUILD = fileURLToPath(new URL('../../../verifier/src/build.ts', import.meta.url));
const PHONE = { width: 390, height: 844 };
const REMEDIATIONS = 2000;
const VERIFY_MS = 300_000;
const MARKUP = '</li><script>document.title="owned"</script><img src=https://example.invalid/x onerror=alert(1)>';
let folder: string;
let estate: Estate;
let file: Uint8Array;
let browser: Browser;
let page: Page;
let complaints: readonly string[] = [];
const asked: string[] = [];
const at = (name: string): string => join(folder, name);

beforeAll(async () => {
  if (!hasChromium()) return;
  folder = mkdtempSync(join(tmpdir(), 'cs-page-'));
  estate = new Estate();
  const told = { agent: MARKUP, model: MARKUP, prompt: MARKUP.repeat(20), summary: MARKUP };
  for (const course of ['approved', 'automatic', 'held-inside', 'rejected'] as const) estate.remediate(course, told);
  file = estate.export();
  writeFileSync(at('1.root.json'), estate.root);
  writeFileSync(at('acme.csx'), file);
  execFileSync(process.execPath, ['--disable-warning=ExperimentalWarning', BUILD, at('verifier.html')]);
  browser = await openBrowser();
  ({ page, complaints } = await openTab(browser, PHONE));
  page.on('request', (request) => asked.push(request.url()));
  await page.goto(pathToFileURL(at('verifier.html')).href);
});
afterEach(async () => {
  if (!hasChromium()) return;
  // No network at all, whatever the file holds: not one request, and nothing that the policy had to stop.
  expect(asked.filter((url) => !url.startsWith('file:'))).toEqual([]);
  expect(complaints).toEqual([]);
  expect(await page.title()).toBe('Countersign verifier');
});
afterAll(async () => {
  await browser?.close();
  if (folder !== undefined) rmSync(folder, { recursive: true });
});

const verdict = (): Promise<string> => page.locator('#verdict').innerText();
const state = (): Promise<string | null> => page.locator('#verdict').getAttribute('data-state');
/** Whether anything is wider than a phone. */
const isWide = (): Promise<boolean> => page.evaluate(() => document.documentElement.scrollWidth > innerWidth);

/** Of text to the page behind it, as WCAG 2 computes it; the page paints no other background. */
const contrastOf = (selector: string): Promise<number> =>
  page.evaluate((where) => {
    const found = document.querySelector(where);
    if (found === null) return 0;
    const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    const lightness = (color: string): number => {
      if (canvas === null) return 0;
      canvas.fillStyle = color;
      canvas.fillRect(0, 0, 1, 1);
      const [r = 0, g = 0, b = 0] = [...canvas.getImageData(0, 0, 1, 1).data].map((level) => {
        const share = level / 255;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const isDark = matchMedia('(prefers-color-scheme: dark)').matches;
    const levels = [lightness(getComputedStyle(found).color), lightness(isDark ? '#121212' : '#ffffff')];
    return (Math.max(...levels) + 0.05) / (Math.min(...levels) + 0.05);
  }, selector);

async function give(
  bytes: Uint8Array,
  name = 'given.csx',
): Promise<{ readonly state: string | null; readonly text: string }> {
  writeFileSync(at(name), bytes);
  for (const slot of ['#older', '#file']) await page.locator(slot).setInputFiles([]);
  await page.locator('#root').setInputFiles(at('1.root.json'));
  await page.locator('#file').setInputFiles(at(name));
  await page.locator('#verdict[data-state=verified], #verdict[data-state=refused]').waitFor({ timeout: VERIFY_MS });
  return { state: await state(), text: await verdict() };
}
const turned = (place: number): Uint8Array => {
  const copy = Uint8Array.from(file);
  copy[place] = (copy[place] ?? 0) ^ 1;
  return copy;
};

describe.skipIf(!hasChromium())('V4: the verifier page', () => {
  test('says which file is owed, one after the other, and takes them by the keyboard alone', async () => {
    expect(await verdict()).toContain('Choose the root of trust and the file');
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('root');
    await page.locator('#root').setInputFiles(at('1.root.json'));
    await page.locator('#verdict', { hasText: 'Now choose the bundle or the export' }).waitFor();
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('file');
    await page.locator('#file').setInputFiles(at('acme.csx'));
    await page.locator('#verdict[data-state=verified]').waitFor();
    // A person who hears the page is told the outcome in one line, and not the whole report.
    expect(await page.locator('#said').textContent()).toMatch(/^Verified: export of acme/);
    expect(await page.locator('#verdict').getAttribute('aria-live')).toBeNull();
    await page.locator('summary').first().focus();
    await page.keyboard.press('Enter');
    await page.locator('details[open] section').first().waitFor();
  });

  test('T19: markup in every text of an agent is text on a page that is no wider than a phone', async () => {
    const { state: found } = await give(file);
    expect(found).toBe('verified');
    await page.locator('summary').first().click();
    await page.locator('details[open] section').first().waitFor();
    const text = await page.locator('details[open]').first().innerText();
    expect(text).toContain('</li><script>document.title="owned"</script>');
    expect(await page.locator('#verdict img, #verdict script, #verdict a').count()).toBe(0);
    expect(await isWide()).toBe(false);
    await picture(page, 'verifier-hostile-phone');
  });

  test('V2: what stays inside is told apart from what is missing', async () => {
    await page.locator('summary', { hasText: 'P-3' }).click();
    await page.locator('details[open]', { hasText: 'P-3' }).locator('section').first().waitFor();
    const text = await page.locator('details[open]', { hasText: 'P-3' }).innerText();
    expect(text).toContain('no report of the runner');
    expect(text).toContain('What is withheld');
  });

  test.each([0, 257, 10_000, 50_000])(
    'V3: bit %i of the file turned is refused with item, reason and offset',
    async (place) => {
      const { state: found, text } = await give(turned(place));
      expect([place, found]).toEqual([place, 'refused']);
      expect(text).toMatch(/: .+ \([a-z-]+, at byte [\d,]+\)/);
    },
  );

  test('T19: bidirectional and invisible characters are refused at their place, and none of them reaches the screen', async () => {
    const other = new Estate(estate.keys);
    other.remediate('approved', { prompt: 'gnp.\u202eexe' });
    writeFileSync(at('1.root.json'), other.root);
    const { state: found, text } = await give(other.export());
    writeFileSync(at('1.root.json'), estate.root);
    expect(found).toBe('refused');
    expect(text).toMatch(/remediations\/000000\.json: the invisible character .*202e.*at byte [\d,]+/);
    expect(text).not.toMatch(/\u202e/);
    await picture(page, 'verifier-bidi-phone');
  });

  test.each([
    ['nothing', new Uint8Array()],
    ['markup', new TextEncoder().encode(MARKUP)],
    ['zeros', new Uint8Array(5_000_000)],
    ['a deep document', new TextEncoder().encode('{"bundle":'.repeat(50_000))],
    ['half an export', new Uint8Array()],
  ])('V4: %s is refused with a reason and never breaks the page', async (what, bytes) => {
    const given = what === 'half an export' ? file.subarray(0, Math.floor(file.length / 2)) : bytes;
    const { state: found, text } = await give(given, `${what.replaceAll(' ', '-')}.bin`);
    expect([what, found]).toEqual([what, 'refused']);
    expect(text).toContain('Do not rely on this file');
    expect(text).not.toMatch(/internal|undefined|RangeError/);
  });

  test('V4: an older checkpoint of another record is refused, and one of this record accepted', async () => {
    const other = new Estate(estate.keys);
    other.remediate('rejected');
    writeFileSync(at('other.note'), other.note());
    writeFileSync(at('kept.note'), estate.note(3));
    await give(file);
    await page.locator('#older').setInputFiles(at('other.note'));
    await page.locator('#verdict[data-state=refused]').waitFor();
    expect(await verdict()).toContain('Not verified');
    await page.locator('#older').setInputFiles(at('kept.note'));
    await page.locator('#verdict[data-state=verified]').waitFor();
    expect(await verdict()).toContain('export of acme');
  });

  test.each(['dark', 'light'] as const)(
    'V4: in a %s room the words of the verdict can be read',
    async (colorScheme) => {
      await page.emulateMedia({ colorScheme });
      for (const bytes of [turned(10_000), file]) {
        await give(bytes);
        expect(await contrastOf('#verdict h2')).toBeGreaterThan(4.5);
        expect(await contrastOf('.small')).toBeGreaterThan(4.5);
      }
      await picture(page, `verifier-${colorScheme}-phone`);
    },
  );

  test('V4: 2,000 remediations verify, are found by a word, and open one by one', async () => {
    const large = new Estate(estate.keys);
    const courses = ['approved', 'automatic', 'prohibited', 'rejected', 'staging-failed', 'held-inside'] as const;
    for (let n = 0; n < REMEDIATIONS; n += 1) large.remediate(courses[n % courses.length] ?? 'approved');
    writeFileSync(at('1.root.json'), large.root);
    const { state: found } = await give(large.export(), 'large.csx');
    expect(found).toBe('verified');
    expect(await page.locator('details').count()).toBe(REMEDIATIONS);
    await page.locator('#find').fill('P-1999');
    expect(await page.locator('details:not([hidden])').count()).toBe(1);
    await page.locator('details:not([hidden]) summary').click();
    await page.locator('details[open] section').first().waitFor();
    await page.locator('#find').fill('no such word');
    expect(await page.getByText(`0 of ${REMEDIATIONS} remediations`).count()).toBe(1);
    await page.locator('#find').fill('');
    expect(await isWide()).toBe(false);
    await picture(page, 'verifier-large-phone');
  });
});
