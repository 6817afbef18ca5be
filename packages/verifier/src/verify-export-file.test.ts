/** What the page makes of an export (V4): every remediation by its line and its sections, every wrong item by its place. */
import { Estate } from '@countersign/seal/testkit';
import { beforeAll, describe, expect, test } from 'vitest';
import { verifyFile, type Remediation, type Verdict, type WrongItem } from './verify-file.ts';

const MARKUP = '<img src=x onerror=alert(1)></script>`${x}`\n\u00e9'.repeat(40);
let estate: Estate;
let file: Uint8Array;
beforeAll(() => {
  estate = new Estate();
  const courses = ['approved', 'automatic', 'prohibited', 'rejected', 'staging-failed', 'held-inside'] as const;
  for (const course of courses) estate.remediate(course);
  estate.remediate('approved', { agent: MARKUP, model: MARKUP, prompt: MARKUP, summary: MARKUP });
  estate.remediate('approved', { agent: '', model: '', prompt: '', summary: '' });
  file = estate.export();
});

const verify = (bytes: Uint8Array = file, older?: string): Verdict =>
  verifyFile({ root: estate.root, file: bytes, ...(older !== undefined && { older }) });
function remediations(): readonly Remediation[] {
  const verdict = verify();
  if (verdict.kind !== 'verified') throw new Error(JSON.stringify(verdict));
  return verdict.remediations;
}
function linesOf(at: number, title: string): readonly string[] {
  const sections = remediations()[at]?.sections() ?? [];
  const found = sections.find((one) => one.title === title);
  return found?.lines ?? [];
}
/** Expected to be refused. */
function problemsOf(verdict: Verdict): readonly WrongItem[] {
  if (verdict.kind !== 'refused') throw new Error('it was not refused');
  return verdict.problems;
}

describe('V4: a sound export', () => {
  test('names the organisation, the period, the record and for whom it was made', () => {
    const verdict = verify();
    expect(verdict.kind === 'verified' && verdict.about).toMatch(
      /^export of acme from 2026-11-01T\S+ to \S+: 8 remediations, \d+ entries of a witnessed record of \d+, DEMO trust bundle 1; made for ira: yearly audit$/,
    );
    expect(verdict.kind === 'verified' && verdict.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  test('has one line a remediation: who, where and how it ended', () => {
    expect(remediations().map(({ summary }) => summary)).toEqual([
      'P-1: production, kim as release-approver, completed',
      'P-2: production, nobody was asked (autonomous), completed',
      'P-3: nothing went to production',
      'P-4: production, nobody signed (needs-approval), never dispatched',
      'P-5: nothing went to production',
      'P-6: production, nobody was asked (autonomous), no report of the runner',
      'P-7: production, kim as release-approver, completed',
      'P-8: production, kim as release-approver, completed',
    ]);
  });

  test('says what the agent saw in its own words, also of many', () => {
    expect(linesOf(0, 'What the agent saw')).toEqual([
      'signal statements, each signed by its relay: 1',
      'the agent playbook, model m-1, 0 tool calls',
      'it was told: mend it',
      'it named the signals: S-P-1',
    ]);
    expect(linesOf(0, 'What changed')[0]).toBe('config.change: pool of P-1');
  });

  test('says when nothing was said, instead of leaving a gap', () => {
    expect(linesOf(7, 'What the agent saw').slice(1, 3)).toEqual([
      'the agent (nothing is said), model (nothing is said), 0 tool calls',
      'it was told: (nothing is said)',
    ]);
  });

  test('says of a change that failed in staging that nothing validated it', () => {
    expect(linesOf(4, 'What validated it')).toEqual(['no passed validation in staging is in the file']);
    expect(linesOf(0, 'What validated it')[0]).toContain('for exactly this change');
  });

  test('T19: text of an agent stays text on one line: no control, no bidirectional mark, cut at a length', () => {
    for (const { lines } of remediations()[6]?.sections() ?? [])
      for (const line of lines) {
        expect(line).toMatch(/^[ -~]*$/);
        expect(line.length).toBeLessThan(60_000);
      }
    expect(linesOf(6, 'What changed')[0]).toContain('<img src=x onerror=alert(1)></script>');
  });
});

describe('V3: an export that was changed', () => {
  test('one turned bit is refused with the item and its place in the file', () => {
    const turned = Uint8Array.from(file);
    const at = Math.floor(file.length / 2);
    turned[at] = (turned[at] ?? 0) ^ 1;
    const [first] = problemsOf(verify(turned));
    expect(first?.item).toMatch(/^(?:objects|remediations|record|the entry after)/);
    expect(first?.offset).toBeLessThanOrEqual(at);
    expect(at - (first?.offset ?? 0)).toBeLessThan(100_000);
  });

  test.each([1, 512, 5000])('one that ends %i bytes early is refused', (missing) => {
    expect(problemsOf(verify(file.subarray(0, file.length - missing)))[0]?.code).toBe('malformed');
  });

  test('another root of trust refuses it, and its own does not', () => {
    const other = new Estate();
    expect(verifyFile({ root: other.root, file }).kind).toBe('refused');
    expect(verify().kind).toBe('verified');
  });

  test('the mark of an archive, turned, makes it neither bundle nor export', () => {
    const turned = Uint8Array.from(file);
    turned[257] = 0x55;
    expect(problemsOf(verify(turned))).toMatchObject([{ item: 'file', offset: 0, code: 'malformed' }]);
  });
});

test.each(['\u202e', '\u200b', '\u0000', '\u2066'])(
  'T19: %j in what an agent said is refused at its place',
  (hidden) => {
    const other = new Estate();
    other.remediate('rejected');
    other.remediate('approved', { prompt: `harmless${hidden}text` });
    const [first] = problemsOf(verifyFile({ root: other.root, file: other.export() }));
    expect(first).toMatchObject({ item: 'remediations/000001.json', code: 'malformed' });
    expect(first?.offset).toBeGreaterThan(0);
  },
);

describe('V4: an older checkpoint', () => {
  test('of the same record, before it grew, is accepted', () => {
    const half = Math.floor(estate.leaves.length / 2);
    expect(verify(file, estate.note(half)).kind).toBe('verified');
  });

  test('of another record is refused', () => {
    const other = new Estate(estate.keys);
    other.remediate('rejected');
    expect(verify(file, other.note()).kind).toBe('refused');
  });

  test('that is no checkpoint is refused', () => {
    expect(verify(file, MARKUP).kind).toBe('refused');
  });

  test('is not left aside when the file is a bundle, which holds no record', () => {
    const bundle = new TextEncoder().encode('{"bundle":{}}');
    expect(problemsOf(verify(bundle, estate.note()))).toMatchObject([{ item: 'older checkpoint', code: 'usage' }]);
  });
});
