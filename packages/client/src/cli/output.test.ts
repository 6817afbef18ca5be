import { PROPOSAL_STATES } from '@countersign/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CLAUSES, CODES } from './explanations.ts';
import { RUNNER_CODES } from './runner-explanations.ts';
import { EXIT } from './exit-codes.ts';
import { Failure, failureDocument, failureLines, failureOf } from './failure.ts';
import { labelled, table } from './output.ts';
import { bar, Progress } from './progress.ts';
import { safe, safeJson, safeLines } from './safe-text.ts';
import { durationOf, endedAs } from './wait.ts';

describe('text from outside', () => {
  test('is printable ASCII whatever it was, one line for one line', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(safe(text)).toMatch(/^[ -~]*$/);
        expect(safeLines(text).every((line) => /^[ -~]*$/.test(line))).toBe(true);
        expect(safeLines(text)).toHaveLength(text.replace(/\n$/, '').split('\n').length);
      }),
    );
  });

  test('JSON is ASCII and still the same document', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = safeJson(value, 2);
        expect(text).toMatch(/^[\n -~]*$/);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});

describe('failures', () => {
  test('every complaint is a line of its own, a great many are cut', () => {
    const complaints = Array.from({ length: 60 }, (_, index) => ({ at: `/a/${index}`, problem: 'is missing' }));
    const lines = failureLines(new Failure(EXIT.usage, { code: 'malformed', detail: 'wrong', complaints }));
    expect(lines[1]).toBe('  at: /a/0 is missing');
    expect(lines).toContain('  and 10 more');
    expect(lines.at(-1)).toBe('see: cs explain malformed');
  });

  test('a clause with a space is quoted for the shell', () => {
    const lines = failureLines(new Failure(EXIT.prohibited, { code: 'x', detail: 'd', clause: 'AG-706 4.4' }));
    expect(lines).toEqual(['error: d (AG-706 4.4)', 'see: cs explain "AG-706 4.4"']);
  });

  test('what was thrown is told as what it is', () => {
    expect(failureOf(new Error('boom'))).toMatchObject({
      exit: EXIT.failed,
      refusal: { code: 'internal', detail: 'Error: boom' },
    });
    expect(failureOf('x')).toMatchObject({ exit: EXIT.failed });
    expect(failureOf(Object.assign(new Error('no such file'), { code: 'ENOENT' })).refusal.code).toBe('no-file');
    expect(failureDocument(new Failure(EXIT.conflict, { code: 'c', detail: 'd' }))).toEqual({
      error: { code: 'c', detail: 'd', exit: 9 },
    });
  });
});

describe('forms', () => {
  test('columns stand under each other', () => {
    expect(
      table([
        ['A', 'LONG', 'x'],
        ['bbbb', 'c', 'y'],
      ]),
    ).toEqual(['A     LONG  x', 'bbbb  c     y']);
    expect(table([])).toEqual([]);
  });

  test('values stand under their label', () => {
    expect(labelled('why', ['one', 'two'])).toEqual(['why       one', '          two']);
    expect(labelled('why', [])).toEqual([]);
  });

  test.each([
    [0, 40, '[----------]   0 %  0/40'],
    [20, 40, '[#####-----]  50 %  20/40'],
    [39, 40, '[#########-]  97 %  39/40'],
    [40, 40, '[##########] 100 %  40/40'],
    [50, 40, '[##########] 100 %  50/40'],
    [0, 0, '[----------]   0 %  0/0'],
  ])('a bar is full only when all is done: %i of %i', (done, total, expected) => {
    expect(bar(done, total, 10)).toBe(expected);
  });

  test('without a terminal there is one line for each ten per cent', () => {
    let said = '';
    const progress = new Progress({ err: (text) => (said += text), isErrTerminal: false, columns: 80 }, true);
    for (let done = 0; done <= 100; done += 1) progress.show(`${done}`, done / 100);
    expect(said.trim().split('\n')).toEqual(['0', '10', '20', '30', '40', '50', '60', '70', '80', '90', '100']);
  });

  test('nothing is drawn where nothing is wanted', () => {
    let said = '';
    const progress = new Progress({ err: (text) => (said += text), isErrTerminal: true, columns: 80 }, false);
    progress.show('x', 0);
    progress.clear();
    expect(said).toBe('');
  });
});

test.each([
  ['30s', 30_000],
  ['10m', 600_000],
  ['2h', 7_200_000],
  ['45', 45_000],
  ['', undefined],
  ['1d', undefined],
  ['-5s', undefined],
])('a time such as `%s` is %s ms', (words, expected) => {
  expect(durationOf(words)).toBe(expected);
});

test('every state of a proposal has ended, or has not; none is forgotten', () => {
  expect(PROPOSAL_STATES.filter((state) => endedAs(state) === undefined)).toEqual([
    'DRAFT',
    'VALIDATING',
    'PENDING',
    'NEEDS_INFO',
    'DEFERRED',
    'APPROVED',
    'DISPATCHED',
    'RUNNING',
    'WITHDRAWING',
    'VERIFYING',
    'UNKNOWN',
  ]);
  expect(endedAs('constructor')).toBeUndefined();
});

test('explanations are sentences', () => {
  for (const text of [...Object.values(CODES), ...Object.values(RUNNER_CODES), ...Object.values(CLAUSES)])
    expect(text).toMatch(/^[A-Z`].*[.?]$/s);
});
