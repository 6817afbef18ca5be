import { expect, test } from 'vitest';
import { Problem, type Client, type SigningData } from '@countersign/client';
import { openSigning } from '../capsule/open-capsule.ts';
import { routeOf } from '../route.ts';
import { isSession, sessionInFragment, sessionInStore } from '../session/session.ts';
import { capsuleOf, signingOf } from '../testkit/signing.builder.ts';
import { concerns, factsOf, validationOf } from './against.ts';
import { asProblem, loadReview } from './load-review.ts';
import { obstacle, progressOf, rolesOf, signersOf, standingOf, type Review, type SignerChoice } from './standing.ts';
import { riskFacts, touches } from './summary.ts';
import { isReplacement } from './use-review.ts';

async function reviewOf(change: Partial<SigningData> = {}): Promise<Review> {
  const data = { ...(await signingOf()), ...change };
  const result = await openSigning(data, 'P-1');
  if (!result.isMatch) throw new Error(result.problems.join());
  return { data, opened: result.opened, people: [] };
}
const fresh = { isLive: true, isReplaced: false };
const ana: SignerChoice = {
  person: 'ana',
  name: 'Ana',
  role: 'release-approver',
  passkeys: 1,
  now: '2026-11-21T03:00:00.000Z',
};

test('signing is offered when everything is known and well', async () => {
  expect(obstacle(await reviewOf(), fresh, ana)).toBeUndefined();
});

interface Locked {
  readonly data?: Partial<SigningData>;
  readonly freshness?: Partial<typeof fresh>;
  readonly choice?: Partial<Record<keyof SignerChoice, unknown>>;
}
test.each<[string, Locked, RegExp]>([
  ['decided already', { data: { state: 'REJECTED' } }, /does not wait/],
  ['state not told', { data: { state: undefined as unknown as string } }, /does not wait/],
  ['events lost', { freshness: { isLive: false } }, /locked/],
  ['capsule replaced', { freshness: { isReplaced: true } }, /replaced/],
  ['window over', { choice: { now: '2026-11-22T02:00:00.000Z' } }, /valid until/],
  ['not asked', { choice: { role: undefined } }, /may not sign/],
  ['signed already', { data: { approvals: [{ person: 'ana', role: 'release-approver' }] } }, /signed already/],
  ['no passkey', { choice: { passkeys: 0 } }, /no passkey/],
])('signing is locked with the reason: %s', async (_name, { data = {}, freshness = {}, choice = {} }, said) => {
  const review = await reviewOf(data);
  expect(obstacle(review, { ...fresh, ...freshness }, { ...ana, ...choice } as SignerChoice)).toMatch(said);
});

test('only a proposal that waits is open', async () => {
  expect(standingOf(await reviewOf()).state).toBe('open');
  expect(standingOf(await reviewOf({ state: 'APPROVED' })).state).toBe('decided');
});

test('another capsule under the same address is a replacement, another state is not', async () => {
  const before = standingOf(await reviewOf());
  expect(isReplacement(before, standingOf(await reviewOf({ state: 'APPROVED' })))).toBe(false);
  const other = await signingOf(capsuleOf({ version: 2 }));
  const result = await openSigning(other, 'P-1');
  if (!result.isMatch) throw new Error('no match');
  expect(isReplacement(before, standingOf({ data: other, opened: result.opened, people: [] }))).toBe(true);
  expect(isReplacement({ state: 'loading' }, before)).toBe(false);
});

test('people, duties and progress come from the demands and the votes', async () => {
  const eligible = [
    { person: 'ana', role: 'release-approver' },
    { person: 'ana', role: 'service-owner' },
    { person: 'sam', role: 'service-owner' },
  ];
  const review = await reviewOf({ eligible, approvals: [{ person: 'sam', role: 'service-owner' }] });
  expect(rolesOf(review.data, 'ana')).toEqual(['release-approver', 'service-owner']);
  expect(signersOf(review.data)).toEqual(['ana', 'sam']);
  expect(progressOf(review)).toEqual({ given: 1, needed: 1 });
});

test('a fact that is not there speaks against signing like a bad one', async () => {
  const { opened, data } = await reviewOf();
  const told = (decision: SigningData['decision']): readonly string[] =>
    concerns({ capsule: opened.capsule, decision, validation: undefined });
  expect(told(data.decision)).toEqual(['There is no result of a staging run.']);
  expect(factsOf({ verdict: 'x', reasons: [] }).independentSignals).toBeUndefined();
  expect(told({ verdict: 'prohibited', reasons: [], missing: ['severity'] })).toEqual([
    'Policy prohibits this.',
    'The trigger fits a pattern that is known to be harmless.',
    'No independent second source confirms the trigger.',
    'Some targets are not in the system graph.',
    'Nobody can vouch for an unknown number of dependants.',
    'The system graph is older than the envelope allows.',
    'It overlaps with another operation.',
    'There is no result of a staging run.',
    'Missing: severity.',
  ]);
});

test('what cannot be undone, and what loses data, is said', async () => {
  const capsule = capsuleOf({
    rollback: { kind: 'none', windowMinutes: 0, dataEffects: 'unknown', isAutomatic: false },
  });
  const told = concerns({ capsule, decision: (await signingOf()).decision, validation: undefined });
  expect(told).toContain('It cannot be undone.');
  expect(told).toContain('Going back: data written since is unknown.');
  expect(touches(capsule).find(({ label }) => label === 'Undo')?.value).toBe('not possible');
});

test('many targets are counted and the first are named', () => {
  const targets = Array.from({ length: 9 }, (_, index) => ({ id: `web-${index}`, tier: 'non-critical', stratum: '' }));
  const facts = touches(capsuleOf({ targets }));
  expect(facts.find(({ label }) => label === 'Targets')?.value).toBe('9 non-critical');
  expect(facts.find(({ label }) => label === 'First')?.value).toBe(
    'web-0, web-1, web-2, web-3, web-4, web-5 and 3 more',
  );
});

test('the risk assessment is shown field by field; what is no document shows nothing', () => {
  expect(
    riskFacts({
      type: 'risk-assessment',
      highestTier: 'non-critical',
      exposure: [],
      margins: ['targets 2 of 15', 'x'],
    }),
  ).toEqual([
    { label: 'Highest tier', value: 'non-critical' },
    { label: 'Exposure', value: 'none' },
    { label: 'Margins', value: 'targets 2 of 15, x' },
  ]);
  expect(riskFacts(undefined)).toEqual([]);
  expect(validationOf({ isPassed: true })).toBeUndefined();
});

async function fail(error: Error): Promise<never> {
  throw error;
}
const clientThat = (error: Error): Client =>
  ({ signing: () => fail(error), trust: () => fail(error) }) as unknown as Client;
const refused = (status: number): Problem =>
  new Problem({ status, code: 'x', title: 't', detail: 'd', eligible: [], next: [], missing: [], complaints: [] });

test('whatever goes wrong while loading is shown as what it is', async () => {
  expect(await loadReview(clientThat(refused(401)), 'P-1')).toEqual({ state: 'no-session' });
  expect(await loadReview(clientThat(refused(409)), 'P-1')).toMatchObject({
    state: 'problem',
    problem: { status: 409 },
  });
  expect(asProblem(new Error('boom'))).toMatchObject({ code: 'page', detail: 'boom' });
});

test('a session comes from the fragment, and nothing else passes for one', () => {
  expect(sessionInFragment('#as=ana&token=0123456789abcdef')).toEqual({ person: 'ana', token: '0123456789abcdef' });
  for (const text of [
    '',
    '#',
    '#as=ana',
    '#as=../x&token=0123456789abcdef',
    '#as=ana&token=short',
    '#as=ana&token=0123456789abcdef%0a',
  ])
    expect(sessionInFragment(text)).toBeUndefined();
  expect(sessionInStore('ana\n0123456789abcdef')).toEqual({ person: 'ana', token: '0123456789abcdef' });
  expect(sessionInStore('ana\n0123456789abcdef\nmore')).toBeUndefined();
  expect(sessionInStore(null)).toBeUndefined();
  expect(isSession({ person: 'ana', token: 'with space in it ok' })).toBe(false);
});

test.each([
  ['/', { page: 'queue' }],
  ['/sign/P-1', { page: 'sign', proposal: 'P-1' }],
  ['/sign/P-1/', { page: 'sign', proposal: 'P-1' }],
  ['/sign/', { page: 'unknown' }],
  ['/sign/a/b', { page: 'unknown' }],
  ['/sign/%2e%2e', { page: 'unknown' }],
])('the address %s is all the selection there is', (path, route) => {
  expect(routeOf(path)).toEqual(route);
});

test('what a page advises when nobody answers is for somebody who looks at a page', () => {
  const told = asProblem(
    new Problem({
      status: 0,
      code: 'unreachable',
      title: 't',
      detail: 'no answer from the server of this page',
      eligible: [],
      next: ['start it with `npm start`, or name another one with `--url`'],
      missing: [],
      complaints: [],
    }),
  );
  expect([told.code, told.detail]).toEqual(['unreachable', 'no answer from the server of this page']);
  expect(told.next.join()).toContain('reload the page');
  expect(told.next.join()).not.toContain('--url');
});
