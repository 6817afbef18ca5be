/** The papers of a proposal as a person reads them: order, words, and what is never markup. */
import type { Client } from '@countersign/client';
import type { Person } from '@countersign/core';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { capsuleOf, signingOf } from '../testkit/signing.builder.ts';
import { markup, reviewOf, words } from '../testkit/page.builder.tsx';
import { ChangedSection } from './changed-section.tsx';
import type { OpenDelta } from './open-delta.ts';
import { RejectForm } from './reject-form.tsx';
import { Mismatch, Replaced, ReviewSections } from './review-sections.tsx';
import { SignPanel } from './sign-panel.tsx';
import { obstacle, type Review } from './standing.ts';

const NOW = '2026-11-21T03:00:00.000Z';
beforeEach(() => {
  vi.stubGlobal('location', { origin: 'https://control.example', pathname: '/sign/P-1' });
  vi.useFakeTimers({ now: new Date(NOW) });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const client = {} as Client;
const people = [
  { id: 'ana', name: 'Ana Ruiz', roles: ['release-approver'], credentials: [] },
  { id: 'sam', name: 'Sam Okafor', roles: ['service-owner'], credentials: [] },
] as unknown as readonly Person[];
const withPasskey = [
  { ...people[0], credentials: [{ kind: 'passkey', id: 'k-1', origins: ['https://control.example'] }] },
] as unknown as readonly Person[];
const live = { isLive: true, isReplaced: false };
const panel = (review: Review, more: Partial<Parameters<typeof SignPanel>[0]> = {}) => (
  <SignPanel client={client} review={review} freshness={live} person="ana" hasConcerns={false} {...more} />
);

describe('A2: the papers', () => {
  test('stand in the order of the questions, from why to the exact text', async () => {
    const page = markup(<ReviewSections review={await reviewOf()} />);
    const titles = [...page.matchAll(/<h2[^>]*>([^<]*)<\/h2>/g)].map(([, title]) => title);
    expect(titles).toEqual([
      'Why you are asked',
      'What speaks against it',
      'What it touches',
      'Validated in staging',
      'Risk assessment',
      'Who has to sign',
      'Exactly what is signed',
    ]);
  });

  test('give each reason with its clause, and the whole text that is signed', async () => {
    const review = await reviewOf();
    const text = words(<ReviewSections review={review} />);
    expect(text).toContain('production is countersigned (AG-706 4.2)');
    for (const line of review.opened.page.trim().split('\n').slice(0, 30)) expect(text).toContain(line.trim());
  });

  test('the exact text can be reached and scrolled by the keyboard', async () => {
    const page = markup(<ReviewSections review={await reviewOf()} />);
    expect(page).toMatch(/<pre tabindex="0" aria-label="The capsule in plain text"/);
  });

  test('missing staging speaks against it, in words and not by colour alone', async () => {
    const text = words(<ReviewSections review={await reviewOf()} />);
    expect(text).toContain('There is no result of a staging run.');
    expect(text).toContain('✗ There is no result of a staging run.');
  });

  test('say who is owed, who signed and who may, by name', async () => {
    const review = await reviewOf({ approvals: [{ person: 'sam', role: 'service-owner' }] }, { people });
    const text = words(<ReviewSections review={review} />);
    expect(text).toContain('Sam Okafor signed as service-owner');
    expect(text).toContain('May sign: Ana Ruiz (ana)');
    expect(text).toContain('1 × release-approver');
  });

  test('say when nobody may sign', async () => {
    expect(words(<ReviewSections review={await reviewOf({ eligible: [] })} />)).toContain('nobody on the roster');
  });

  test('A2: say that a signature has to be made elsewhere, and how', async () => {
    const text = words(<ReviewSections review={await reviewOf({ owesOwnSurface: true })} />);
    expect(text).toContain('cs approve --key');
    expect(words(<ReviewSections review={await reviewOf()} />)).not.toContain('cs approve --key');
  });

  test('T19: an agent’s words are text wherever they stand', async () => {
    const hostile = '<img src=x onerror=alert(1)>';
    const proposal = { ...capsuleOf().proposal, title: hostile, hypothesis: hostile };
    const review = await reviewOf(await signingOf(capsuleOf({ proposal })));
    const page = markup(<ReviewSections review={review} />);
    expect(page).not.toContain('<img');
    expect(page).toContain('&lt;img src=x');
  });

  test('a page that does not match the capsule is an alert with every reason', () => {
    const page = markup(<Mismatch problems={['the digest differs', '<b>x</b>']} />);
    expect(page).toContain('role="alert"');
    expect(page).toContain('Do not sign.');
    expect(page).toContain('&lt;b&gt;x');
  });

  test('a capsule that was replaced is said to be the old one', () => {
    expect(words(<Replaced onReread="Read the new capsule" />)).toContain('What you see is the old one.');
  });

  test.each([
    ['narrower', 'nobody signs it twice'],
    ['delta', 'signs this page and nothing else'],
    ['void', 'Everybody signs the whole'],
  ] as const)('D6: what changed since a signature: %s', (kind, said) => {
    const delta = { kind, version: 1, page: 'targets  2, before 1 <x>' } as OpenDelta;
    const page = markup(<ChangedSection delta={delta} />);
    expect(page).toContain(said);
    expect(page).toContain('What changed since version 1 was signed');
    expect(page).toContain('before 1 &lt;x&gt;');
  });
});

describe('A2: your word', () => {
  test('names who signs as what, over which words, and is open when nothing is in the way', async () => {
    const review = await reviewOf({}, { people: withPasskey });
    const page = markup(panel(review));
    expect(words(panel(review))).toContain(`You would sign as release-approver: ${review.opened.words}`);
    expect(page).toMatch(/<button type="button"(?![^>]*disabled="")[^>]*>Countersign/);
  });

  test('is locked with its reason beside it, for whoever sees and whoever hears', async () => {
    const page = markup(panel(await reviewOf({}, { people })));
    expect(page).toMatch(/<button type="button"[^>]*disabled=""[^>]*>Countersign/);
    const [, id] = /<p id="([^"]+)"[^>]*>Ana Ruiz has no passkey here yet\./.exec(page) ?? [];
    expect(id).toBeDefined();
    expect(page).toContain(`aria-describedby="${id}"`);
  });

  test('A4: whoever may not sign is told who is asked instead', async () => {
    const review = await reviewOf({}, { people });
    const text = words(panel(review, { person: 'sam' }));
    expect(text).toContain('nobody asks you to sign this');
    expect(text).toContain('Sam Okafor may not sign this. Asked are Ana Ruiz as release-approver.');
    const nobody = await reviewOf({ eligible: [] });
    const choice = { person: 'sam', name: 'Sam', role: undefined, passkeys: 0, now: NOW };
    expect(obstacle(nobody, live, choice)).toBe('Sam may not sign this. Nobody on the roster may.');
  });

  test.each([
    [{ isLive: false, isReplaced: false }, 'Signing is locked until it is back'],
    [{ isLive: true, isReplaced: true }, 'The capsule was replaced while you were reading'],
  ])('is locked while %j', async (freshness, said) => {
    const review = await reviewOf({}, { people: withPasskey });
    expect(words(panel(review, { freshness }))).toContain(said);
    expect(markup(panel(review, { freshness }))).toMatch(/disabled=""[^>]*>Countersign/);
  });

  test('a choice of duties is offered only to whoever has one', async () => {
    const eligible = [
      { person: 'ana', role: 'release-approver' },
      { person: 'ana', role: 'service-owner' },
    ];
    expect(markup(panel(await reviewOf({ eligible })))).toContain('<option>service-owner</option>');
    expect(words(panel(await reviewOf()))).not.toContain('Sign as\n');
  });

  test('what speaks against it makes rejecting the emphasised way', async () => {
    const review = await reviewOf({}, { people: withPasskey });
    expect(markup(panel(review, { hasConcerns: true }))).toMatch(/border-red-700 text-red-800[^>]*>Countersign/);
    expect(markup(panel(review, { hasConcerns: true }))).toMatch(/bg-red-700 text-white[^>]*>Reject/);
    expect(markup(panel(review))).toMatch(/bg-teal-700[^>]*>Countersign/);
    expect(markup(panel(review))).not.toMatch(/bg-red-700 text-white[^>]*>Reject/);
  });
});

const form = (isBusy = false) => (
  <RejectForm client={client} proposal="P-1" isUrged={false} isBusy={isBusy} perform={() => undefined} />
);

describe('A3: saying no', () => {
  test('needs a sentence, and says so where the button is described', () => {
    const page = markup(form());
    expect(page).toMatch(/disabled=""[^>]*>Reject/);
    const [, id] = /<p id="([^"]+)"[^>]*>The agent gets your sentence/.exec(page) ?? [];
    expect(page).toContain(`aria-describedby="${id}"`);
  });

  test('offers the reasons that the command line knows, and the line to type instead', () => {
    const text = words(form());
    for (const label of ['False alarm', 'Not enough evidence', 'Too wide', 'Wrong time', 'Something else'])
      expect(text).toContain(label);
    expect(text).toContain('cs reject P-1 --reason evidence -m "..."');
  });
});
