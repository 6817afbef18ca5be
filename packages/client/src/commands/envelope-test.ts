/** `cs envelope test`: requests with the verdict people expect, answered by a draft here or by the active envelope there (E5). */
import { boolean, list, readShape, type Shape } from '@countersign/core';
import type { Context } from '../cli/context.ts';
import { EXIT, type ExitCode } from '../cli/exit-codes.ts';
import { Failure } from '../cli/failure.ts';
import { safe } from '../cli/safe-text.ts';
import { anyText, view } from '../sdk/view-shape.ts';
import { usableEnvelope } from './envelope-file.ts';
import { floorOf, readCases, runCases } from './envelope-test-local.ts';

interface CaseResult {
  readonly name: string;
  readonly isPassed: boolean;
  readonly verdict: string;
  readonly problems: readonly string[];
}
interface Answer {
  readonly results: readonly CaseResult[];
}
const answerShape: Shape<Answer> = view<Answer>({
  results: list(
    view<CaseResult>({ name: anyText, isPassed: boolean, verdict: anyText, problems: list(anyText, { max: 1000 }) }),
    { max: 10_000 },
  ),
});

export interface TestOptions {
  /** A trust bundle whose floor takes part. */
  readonly trust?: string;
}

/** One file: its cases against the active envelope. Two: an envelope and cases, on this machine. */
export async function envelopeTest(
  context: Context,
  files: { readonly first: string; readonly cases?: string },
  { trust }: TestOptions = {},
): Promise<ExitCode> {
  const { first, cases } = files;
  if (cases === undefined) return testActive(context, first);
  const suite = readCases(cases);
  const { envelope } = await usableEnvelope(first);
  return told(context, runCases(envelope, suite, floorOf(trust)), suite.cases.length);
}

async function testActive(context: Context, file: string): Promise<ExitCode> {
  const { cases } = readCases(file);
  const read = readShape(answerShape, await context.client.testEnvelope(cases));
  if (!read.ok) throw new Failure(EXIT.failed, { ...read.refusal, code: 'unexpected-answer' });
  return told(context, read.value.results, cases.length);
}

function told({ output, settings }: Context, results: readonly CaseResult[], asked: number): ExitCode {
  const failed = results.filter(({ isPassed }) => !isPassed);
  if (settings.isJson) output.json({ passed: results.length - failed.length, failed: failed.length, results });
  else {
    output.lines(results.flatMap(caseLines));
    output.line(`${results.length - failed.length} passed, ${failed.length} failed`);
  }
  // Fewer answers than questions is no success.
  return failed.length === 0 && results.length === asked ? EXIT.ok : EXIT.failed;
}

const caseLines = ({ name, isPassed, verdict, problems }: CaseResult): readonly string[] => [
  `${isPassed ? 'ok  ' : 'FAIL'} ${safe(name)}: ${safe(verdict)}`,
  ...problems.map((problem) => `       ${safe(problem)}`),
];
