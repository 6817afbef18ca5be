/** `cs explain CODE|CLAUSE`: what a word of a refusal means and what to do. */
import type { Context } from '../cli/context.ts';
import { EXIT, type ExitCode } from '../cli/exit-codes.ts';
import { CLAUSES, CODES } from '../cli/explanations.ts';
import { Failure } from '../cli/failure.ts';

export interface Explanation {
  readonly topic: string;
  readonly kind: 'code' | 'clause';
  readonly text: string;
}

/** `AG-706 4.4`, `4.4` and `x5` are all understood; a trailing remark such as `(trap 10)` is not needed. */
export function explanationOf(topic: string): Explanation | undefined {
  const name = topic.trim().replace(/^AG-706\s+/i, '');
  const clause = name.toUpperCase();
  if (Object.hasOwn(CODES, name)) return { topic: name, kind: 'code', text: CODES[name] ?? '' };
  if (Object.hasOwn(CLAUSES, clause)) return { topic: clause, kind: 'clause', text: CLAUSES[clause] ?? '' };
  return undefined;
}

export async function explain({ output, settings }: Context, topic: string | undefined): Promise<ExitCode> {
  if (topic === undefined) {
    const known = [...Object.keys(CODES), ...Object.keys(CLAUSES)];
    if (settings.isJson) output.json(known);
    else output.lines(known);
    return EXIT.ok;
  }
  const found = explanationOf(topic);
  if (found === undefined)
    throw new Failure(EXIT.failed, {
      code: 'not-found',
      detail: `nothing is written down about \`${topic}\``,
      next: ['cs explain'],
    });
  if (settings.isJson) output.json(found);
  else output.line(`${found.topic}: ${found.text}`);
  return EXIT.ok;
}
