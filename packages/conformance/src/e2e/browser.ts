/** A real Chromium with a virtual authenticator that verifies its user. */
import { existsSync, mkdirSync } from 'node:fs';
import { chromium, type Browser, type Page } from 'playwright-core';

const CHROMIUM = '/usr/bin/chromium';
const PICTURES = '.cache/pictures';
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export const hasChromium = (): boolean => existsSync(CHROMIUM);
export const openBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: CHROMIUM, headless: true, args: FLAGS });

export interface Tab {
  readonly page: Page;
  /** What the console complained about, and what was thrown in the page. */
  readonly complaints: readonly string[];
}

export async function openTab(
  browser: Browser,
  viewport: { readonly width: number; readonly height: number },
): Promise<Tab> {
  const context = await browser.newContext({ viewport });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  const session = await context.newCDPSession(page);
  await session.send('WebAuthn.enable');
  await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return { page, complaints };
}

/** A picture somebody can look at, below `.cache`. */
export async function picture(page: Page, name: string): Promise<void> {
  mkdirSync(PICTURES, { recursive: true });
  await page.screenshot({ path: `${PICTURES}/${name}.png`, fullPage: true });
}

const SHOWN_MS = 60_000;

/** Waits until the page shows the text; when it does not, a picture and the page's own words say what it showed instead. */
export async function shows(page: Page, text: RegExp): Promise<void> {
  try {
    await page.getByText(text).first().waitFor({ timeout: SHOWN_MS });
  } catch (error) {
    await picture(page, 'missing-text');
    const words = await page.locator('main').innerText();
    throw new Error(`the page does not show ${String(text)}; it shows: ${words.slice(-1500)}`, { cause: error });
  }
}
