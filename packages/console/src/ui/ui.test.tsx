import { Problem } from '@countersign/client';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { markup, words } from '../testkit/page.builder.tsx';
import { Button, Facts, Notice, Section, Skeleton, ToQueue } from './parts.tsx';
import { ProblemView } from './problem-view.tsx';
import { TrustWarnings } from './trust-banner.tsx';

beforeEach(() => vi.stubGlobal('location', { pathname: '/sign/P-1' }));
afterEach(() => vi.unstubAllGlobals());

const HOSTILE = '<img src=x onerror=alert(1)>';
const problemOf = (change: Partial<ConstructorParameters<typeof Problem>[0]> = {}): Problem =>
  new Problem({
    status: 409,
    code: 'conflict',
    title: 'Conflict',
    detail: 'the state has moved on',
    eligible: [],
    next: [],
    missing: [],
    complaints: [],
    ...change,
  });

describe('O8: a problem on the page', () => {
  test('says what happened, who may, what to do next, and what to report', () => {
    const text = words(
      <ProblemView
        problem={problemOf({ clause: 'A4', eligible: ['ana', 'sam'], next: ['read it again'], requestId: 'r-1' })}
      />,
    );
    expect(text.split('\n')).toEqual([
      'the state has moved on (A4)',
      'Who may: ana, sam',
      'Next: read it again',
      'conflict, request r-1',
    ]);
  });

  test('names every complaint by its place, at most twenty', () => {
    const complaints = Array.from({ length: 30 }, (_, at) => ({
      at: at === 0 ? '' : `/field-${at}`,
      problem: 'is wrong',
    }));
    const text = words(<ProblemView problem={problemOf({ complaints })} />);
    expect(text).toContain('/ is wrong');
    expect(text).toContain('/field-19 is wrong');
    expect(text).not.toContain('/field-20');
  });

  test('is an alert, so that it is heard at once', () => {
    expect(markup(<ProblemView problem={problemOf()} />)).toContain('role="alert"');
  });

  test('O4: a step-up comes back to this page', () => {
    const page = markup(<ProblemView problem={problemOf({ code: 'step-up-required' })} />);
    expect(page).toContain('href="/api/v1/session/step-up?returnTo=%2Fsign%2FP-1"');
    expect(markup(<ProblemView problem={problemOf()} />)).not.toContain('href');
  });

  test('T19: text of a server is text: no element, no link', () => {
    const page = markup(
      <ProblemView
        problem={problemOf({
          detail: HOSTILE,
          clause: HOSTILE,
          eligible: [HOSTILE],
          next: [HOSTILE],
          requestId: HOSTILE,
          complaints: [{ at: HOSTILE, problem: HOSTILE }],
        })}
      />,
    );
    expect(page).not.toContain('<img');
    expect(page.split('&lt;img').length - 1).toBe(7);
  });
});

describe('the forms every page is made of', () => {
  test('a button is none of a form unless it says so: Enter in a field presses one button and no other', () => {
    expect(markup(<Button tone="plain">Go</Button>)).toContain('type="button"');
    expect(
      markup(
        <Button tone="plain" isSubmit>
          Go
        </Button>,
      ),
    ).toContain('type="submit"');
  });

  test('a locked button is locked for everybody and names where the reason stands', () => {
    const page = markup(
      <Button tone="go" isDisabled describedBy="why">
        Countersign
      </Button>,
    );
    expect(page).toContain('disabled=""');
    expect(page).toContain('aria-describedby="why"');
  });

  test('buttons are large enough for a thumb', () => {
    for (const tone of ['plain', 'go', 'caution', 'stop'] as const)
      expect(markup(<Button tone={tone}>x</Button>)).toContain('min-h-11');
  });

  test('facts pair each label with its value', () => {
    const page = markup(<Facts facts={[{ label: 'Where', value: HOSTILE }]} />);
    expect(page).toMatch(/<dl.*<dt[^>]*>Where<\/dt><dd[^>]*>&lt;img/);
  });

  test('a section has a heading below the page’s own', () => {
    expect(markup(<Section title="Why">text</Section>)).toMatch(/<section.*<h2[^>]*>Why<\/h2>text/);
  });

  test.each([
    ['danger', 'alert'],
    ['warning', 'status'],
    ['good', 'status'],
  ] as const)('a notice of %s is heard as %s', (tone, role) => {
    expect(markup(<Notice tone={tone}>text</Notice>)).toContain(`role="${role}"`);
  });

  test('while something loads, that is said, and nothing moves for whoever asked for no motion', () => {
    const page = markup(<Skeleton label="Loading P-1" />);
    expect(page).toContain('role="status" aria-label="Loading P-1"');
    expect(page).toContain('motion-safe:animate-pulse');
    expect(page.replaceAll('motion-safe:animate-pulse', '')).not.toContain('animate');
  });

  test('a page that has nothing to offer leads on', () => {
    expect(markup(<ToQueue />)).toContain('href="/"');
  });
});

describe('X1: what of the trust bundle ends soon', () => {
  test('stands above the page as an alert, each with what to do', () => {
    const page = (
      <TrustWarnings warnings={['the timestamp ends soon; next: cs trust publish', '<b>the root</b> ends']} />
    );
    expect(words(page)).toBe(
      'Execution closes when trust ends\nthe timestamp ends soon; next: cs trust publish\n<b>the root</b> ends',
    );
    expect(markup(page)).toContain('role="alert"');
  });

  test('is not there when nothing does', () => {
    expect(markup(<TrustWarnings warnings={[]} />)).toBe('');
  });
});
