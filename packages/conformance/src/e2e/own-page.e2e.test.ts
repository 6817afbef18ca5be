import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  approvalFor,
  approvalShape,
  checkApprovalBinding,
  evaluateQuorum,
  instantOf,
  object,
  parseId,
  readShape,
  trustBundleShape,
  type Digest,
  type Id,
} from '@countersign/core';
import {
  canonicalBytes,
  capsulePageOf,
  challengeOf,
  changeDigestOf,
  digestOf,
  digestWords,
  dsseShape,
  encodeBase64,
  keysThatSigned,
  PAYLOAD,
  readSignedCapsule,
  signCapsule,
  withWayBack,
  type DsseEnvelope,
  type SignedCapsuleFile,
} from '@countersign/seal';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { demoFiles } from '../demo/files.ts';
import { watchToEnd, type Stage } from '../scenarios/play-a.ts';
import { raiseConfigChange } from '../scenarios/raise-config.ts';
import { stageOf } from '../scenarios/run-a.ts';
import { startSystem, type System } from '../system/start-system.ts';
import { hasChromium, openBrowser, openTab, picture, shows, type Tab } from './browser.ts';

const CLI = fileURLToPath(new URL('../../../client/src/cli.ts', import.meta.url));
const DESKTOP = { width: 1360, height: 1000 };
const PHONE = { width: 390, height: 844 };
let system: System;
let stage: Stage;
let browser: Browser;
let proposal: string;
let own: string;
let desk: Tab;

beforeAll(async () => {
  if (!hasChromium()) return;
  system = await startSystem();
  stage = stageOf(system, () => undefined);
  browser = await openBrowser();
  proposal = await raiseConfigChange(stage);
  own = readFileSync(demoFiles(system.state).approvalUrl, 'utf8').trim();
  // One authenticator for both pages: what parts them is the origin that each key is pinned to.
  desk = await openTab(browser, DESKTOP);
});
afterAll(async () => {
  await browser?.close();
  expect(await system?.stop()).toBe(hasChromium() ? 0 : undefined);
});

const idOf = <Name extends string>(text: string): Id<Name> => parseId<Name>(text) as Id<Name>;
const token = (person: string): string => system.tokens[`person:${person}`] ?? '';
const served = (person: string): string => `${system.url}/sign/${proposal}#as=${person}&token=${token(person)}`;
const hosted = (person: string): string => `${own}#proposal=${proposal}&as=${person}&token=${token(person)}`;
/** What `cs` prints before it asks; nobody answers, so it signs nothing. */
function cliShows(): string {
  const key = stage.keys.fileOf('people/ana');
  const args = [
    'approve',
    proposal,
    '--as',
    'ana',
    '--key',
    key,
    '--url',
    system.url,
    '--token',
    token('ana'),
    '--no-input',
  ];
  const { stdout } = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', CLI, ...args], {
    encoding: 'utf8',
  });
  return stdout;
}
const wordsOn = async (page: Page): Promise<string> =>
  (await page.locator('#words, [aria-label="The digest in words"]').first().innerText()).trim();

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

test.skipIf(!hasChromium())('A2: the page is one file with a pinned hash, and another origin hosts it', async () => {
  const file = readFileSync(demoFiles(system.state).approvalPage);
  const answer = await fetch(own);
  expect(new URL(own).origin).not.toBe(new URL(system.url).origin);
  expect(sha256(new Uint8Array(await answer.arrayBuffer()))).toBe(sha256(file));
  expect(answer.headers.get('content-security-policy')).toBe("frame-ancestors 'none'");
});

test.skipIf(!hasChromium())('A2: page, hosted page, phone and `cs` show the same words, digests and text', async () => {
  const phone = await openTab(browser, PHONE);
  const seen: string[] = [];
  for (const [name, { page }, url] of [
    ['words-served', desk, served('ana')],
    ['words-own', desk, hosted('ana')],
    ['words-own-phone', phone, hosted('ana')],
    ['words-served-phone', phone, served('ana')],
  ] as const) {
    await page.goto('about:blank');
    await page.goto(url);
    await shows(page, /Exactly what is signed/);
    seen.push(await wordsOn(page));
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect([name, width]).toEqual([name, page.viewportSize()?.width]);
    await picture(page, name);
  }
  const { digest } = await stage.client.signing(proposal);
  const said = cliShows();
  const words = /in words: ([a-z0-9 -]+)/.exec(said)?.[1]?.trim();
  expect(seen).toEqual([words, words, words, words]);
  await desk.page.goto('about:blank');
  await desk.page.goto(hosted('ana'));
  await shows(desk.page, /Exactly what is signed/);
  expect(await desk.page.locator('#digests').innerText()).toContain(digest);
  const exact = await desk.page.locator('#exact').innerText();
  expect(said.replaceAll(/\s+/g, ' ')).toContain(exact.trim().slice(0, 400).replaceAll(/\s+/g, ' '));
  expect([...desk.complaints, ...phone.complaints]).toEqual([]);
});

/** What a server with its own key can make: another change under the name of the first. */
async function otherCapsule(): Promise<SignedCapsuleFile> {
  const { capsule: dsse } = await stage.client.signing(proposal);
  const read = readSignedCapsule(dsse);
  if (!read.ok) throw new Error(read.refusal.detail);
  const { capsule } = read.value;
  const change = { ...capsule.change, summary: 'Switch encryption off in etc/app.conf' };
  const changeDigest = changeDigestOf({ ...capsule, change });
  return signCapsule(withWayBack({ ...capsule, change, changeDigest }), [stage.keys.signer('capsule-signer')]);
}

/** The console of a hostile server: it shows one capsule, and hands the authenticator the challenge of another. */
async function doctored(page: Page, other: SignedCapsuleFile): Promise<() => DsseEnvelope> {
  const approval = canonicalBytes(
    approvalFor(other.capsule, {
      capsuleDigest: other.digest,
      person: idOf('ana'),
      role: idOf('release-approver'),
      surface: 'console',
      shown: digestOf(new TextEncoder().encode(capsulePageOf(other))),
      signedAt: instantOf(Date.now() - 1000),
      expiresAt: instantOf(Date.now() + 3_600_000),
      nonce: 'd'.repeat(32),
    }),
  );
  const sought = Array.from(challengeOf(PAYLOAD.approval, approval));
  await page.addInitScript((challenge: readonly number[]) => {
    const real = navigator.credentials.get.bind(navigator.credentials);
    navigator.credentials.get = (asked) =>
      real(
        asked?.publicKey
          ? { ...asked, publicKey: { ...asked.publicKey, challenge: Uint8Array.from(challenge) } }
          : asked,
      );
  }, sought);
  let sent: unknown;
  await page.route('**/api/v1/approvals', async (route) => {
    sent = route.request().postDataJSON();
    await route.fulfill({ status: 201, json: { state: 'PENDING' } });
  });
  return () => {
    const read = readShape(object({ approval: dsseShape }), sent);
    if (!read.ok) throw new Error('the page sent no approval');
    return { ...read.value.approval, payload: encodeBase64(approval) };
  };
}

/** The gate's own questions about one approval and one capsule. */
async function judged(approval: DsseEnvelope, { capsule, digest, dsse }: SignedCapsuleFile): Promise<string> {
  const { trust } = await stage.client.trust();
  const bundle = readShape(trustBundleShape, JSON.parse(Buffer.from(trust.bundle, 'base64').toString('utf8')));
  const document = readShape(approvalShape, JSON.parse(Buffer.from(approval.payload, 'base64').toString('utf8')));
  if (!bundle.ok || !document.ok) throw new Error('a document is malformed');
  const roster = bundle.value.people;
  const person = roster.find(({ id }) => id === document.value.person);
  const keys = keysThatSigned(approval, person?.credentials ?? []) ?? [];
  const now = instantOf(Date.now());
  const page = readSignedCapsule(dsse);
  if (!page.ok || keys.length === 0) throw new Error('the approval is not signed by this person');
  const shown = digestOf(new TextEncoder().encode(capsulePageOf(page.value)));
  const facts = { capsule, digest, shown, skewMs: 5000, surfaces: keys.map(({ surface }) => surface) };
  const bound = checkApprovalBinding(document.value, facts, now);
  if (!bound.ok) return bound.refusal.code;
  const { environment, demands } = capsule;
  const vote = { person: document.value.person, role: document.value.role, capsule: digest, keys };
  const quorum = evaluateQuorum({
    capsule: digest,
    demands,
    approvals: [vote],
    exclusions: [],
    roster,
    environment,
    now,
  });
  return quorum.ok ? 'met' : quorum.refusal.code;
}

test.skipIf(!hasChromium())(
  'A2: a served page that shows A and asks for B gets a signature that is good for neither',
  async () => {
    const other = await otherCapsule();
    const shownThere = readSignedCapsule((await stage.client.signing(proposal)).capsule);
    if (!shownThere.ok) throw new Error(shownThere.refusal.detail);
    const { page } = await openTab(browser, DESKTOP);
    await page.goto(served('ana'));
    await page.getByRole('button', { name: 'Register a passkey' }).click();
    await shows(page, /The passkey is in the roster now/);
    const stolen = await doctored(page, other);
    await page.reload();
    await shows(page, /Exactly what is signed/);
    expect(await wordsOn(page)).toBe(digestWords(shownThere.value.digest));
    await page.getByRole('button', { name: 'Countersign' }).click();
    await shows(page, /was accepted/);
    await picture(page, 'doctored-served-page');
    expect(await judged(stolen(), shownThere.value)).toBe('approval-not-bound');
    expect(await judged(stolen(), other)).toBe('own-surface-missing');
  },
);

test.skipIf(!hasChromium())('A2: the hosted page shows what it was given, and says when parts do not fit', async () => {
  const other = await otherCapsule();
  const data = await stage.client.signing(proposal);
  const headers = { 'access-control-allow-origin': new URL(own).origin };
  for (const [name, given, shown] of [
    ['own-page-of-b', { ...data, capsule: other.dsse, digest: other.digest }, digestWords(other.digest)],
    ['own-page-mismatch', { ...data, capsule: other.dsse }, undefined],
  ] as const) {
    const { page } = await openTab(browser, PHONE);
    await page.route('**/api/v1/proposals/*/signing', (route) => route.fulfill({ json: given, headers }));
    await page.goto(hosted('ana'));
    await shows(page, shown === undefined ? /Do not sign/ : /Switch encryption off/);
    const words = (await page.locator('#words').count()) === 0 ? undefined : await wordsOn(page);
    expect(words).toBe(shown);
    expect(await page.getByRole('button', { name: 'Countersign' }).count()).toBe(shown === undefined ? 0 : 1);
    await picture(page, name);
  }
  expect(digestWords(other.digest)).not.toBe(digestWords(data.digest as Digest));
});

test.skipIf(!hasChromium())('A2: what the server’s page signed alone is not enough in production', async () => {
  const { page } = desk;
  await page.goto('about:blank');
  await page.goto(served('ana'));
  await page.getByRole('button', { name: 'Register a passkey' }).click();
  await shows(page, /The passkey is in the roster now/);
  await page.getByRole('button', { name: 'Countersign' }).click();
  await shows(page, /was accepted/);
  const detail = await stage.client.proposal(proposal);
  expect(detail.state).toBe('PENDING');
  expect(detail).toMatchObject({ missing: [], owesOwnSurface: true });
  await page.reload();
  await shows(page, /one of the signatures has to be made with/);
  await picture(page, 'served-is-not-enough');
});

test.skipIf(!hasChromium())('A2: the same person signs on the page the organisation hosts, and it runs', async () => {
  const { page, complaints } = desk;
  await page.goto('about:blank');
  await page.goto(hosted('ana'));
  await page.getByRole('button', { name: 'Register a passkey for this page' }).click();
  await shows(page, /The passkey of this page is in the roster now/);
  await picture(page, 'own-page');
  await page.getByRole('button', { name: 'Countersign' }).click();
  await shows(page, /was accepted/);
  await picture(page, 'own-page-signed');
  expect(complaints).toEqual([]);
  expect(await watchToEnd(stage, proposal, 60_000)).toBe('SUCCEEDED');
});
