import { Problem, type ProposalSummary } from '@countersign/client';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { markup, words } from '../testkit/page.builder.tsx';
import { QueueBody, type Queue } from './queue-page.tsx';

beforeEach(() => vi.stubGlobal('location', { pathname: '/' }));
afterEach(() => vi.unstubAllGlobals());

const leave = (): void => undefined;
const body = (queue: Queue): Parameters<typeof words>[0] => <QueueBody queue={queue} onLeave={leave} />;
const item = (change: Partial<ProposalSummary> = {}): ProposalSummary => ({
  id: 'P-1',
  state: 'PENDING',
  title: 'Raise the pool size',
  environment: 'production',
  targets: 12,
  ...change,
});
const ready = (items: readonly ProposalSummary[], hasMore = false): Queue => ({ state: 'ready', items, hasMore });
const problem = (status: number): Queue => ({
  state: 'problem',
  problem: new Problem({
    status,
    code: 'unauthenticated',
    title: 't',
    detail: 'the token is not known',
    eligible: [],
    next: ['sign in'],
    missing: [],
    complaints: [],
  }),
});

describe('A3: the queue', () => {
  test('has a line for each proposal: what, where and how much, leading to its page', () => {
    const text = words(body(ready([item(), item({ id: 'P-2', targets: 1 })])));
    expect(text).toContain('2 proposals');
    expect(text).toContain('P-1 Raise the pool sizeproduction, 12 targets');
    expect(text).toContain('production, 1 target');
    expect(text).not.toContain('1 targets');
    expect(markup(body(ready([item()])))).toContain('href="/sign/P-1"');
  });

  test('says that there is more than it shows', () => {
    expect(words(body(ready([item()], true)))).toContain('1 proposal and more');
  });

  test('says so when nothing waits', () => {
    expect(words(body(ready([])))).toContain('No proposal needs a person now.');
  });

  test('leaves out what the server did not say', () => {
    const bare: ProposalSummary = { id: 'P-3', state: 'PENDING', title: 't' };
    expect(words(body(ready([bare])))).not.toMatch(/undefined|targets/);
  });

  test('T19: a title is text, and an id cannot lead elsewhere', () => {
    const page = markup(body(ready([item({ id: '../../evil?x=<a>', title: '<script>alert(1)</script>' })])));
    expect(page).not.toContain('<script');
    expect(page).toContain('href="/sign/..%2F..%2Fevil%3Fx%3D%3Ca%3E"');
  });

  test('is heard while it loads', () => {
    expect(markup(body({ state: 'loading' }))).toContain('aria-label="Loading what waits"');
  });

  test('offers to say who one is when the token is not known, and only then', () => {
    expect(words(body(problem(401)))).toContain('Say who you are');
    expect(words(body(problem(500)))).not.toContain('Say who you are');
    expect(words(body(problem(500)))).toContain('Next: sign in');
  });
});
