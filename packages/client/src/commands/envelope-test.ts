/** `cs envelope test FILE`: requests with the verdict people expect, answered by the active envelope (E5). */
import { boolean, envelopeTestSuiteShape, list, readShape, type Shape } from '@countersign/core';
import type { Context } from '../cli/context.ts';
import { EXIT, type ExitCode } from '../cli/exit-codes.ts';
import { Failure } from '../cli/failure.ts';
import { readDocument } from '../cli/read-document.ts';
import { safe } from '../cli/safe-text.ts';
import { anyText, view } from '../sdk/view-shape.ts';

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

export async function envelopeTest({ client, output, settings }: Context, file: string): Promise<ExitCode> {
  const { cases } = readDocument(file, envelopeTestSuiteShape);
  const read = readShape(answerShape, await client.testEnvelope(cases));
  if (!read.ok) throw new Failure(EXIT.failed, { ...read.refusal, code: 'unexpected-answer' });
  const { results } = read.value;
  const failed = results.filter(({ isPassed }) => !isPassed);
  if (settings.isJson) output.json({ passed: results.length - failed.length, failed: failed.length, results });
  else {
    output.lines(results.flatMap(caseLines));
    output.line(`${results.length - failed.length} passed, ${failed.length} failed`);
  }
  // Fewer answers than questions is no success.
  return failed.length === 0 && results.length === cases.length ? EXIT.ok : EXIT.failed;
}

const caseLines = ({ name, isPassed, verdict, problems }: CaseResult): readonly string[] => [
  `${isPassed ? 'ok  ' : 'FAIL'} ${safe(name)}: ${safe(verdict)}`,
  ...problems.map((problem) => `       ${safe(problem)}`),
];
