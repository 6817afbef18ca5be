/** `cs explain CODE|CLAUSE|PROPOSAL`: what a word of a refusal means and what to do; why a proposal was decided as it was. */
import type { Context } from '../cli/context.ts';
import { EXIT, type ExitCode } from '../cli/exit-codes.ts';
import { CLAUSES, CODES } from '../cli/explanations.ts';
import { RUNNER_CODES } from '../cli/runner-explanations.ts';
import { Failure } from '../cli/failure.ts';
import { safeLines } from '../cli/safe-text.ts';

export interface Explanation {
  readonly topic: string;
  readonly kind: 'code' | 'clause';
  readonly text: string;
}

const ALL_CODES: Readonly<Record<string, string>> = { ...RUNNER_CODES, ...CODES };

/** `AG-706 4.4`, `4.4` and `x5` are all understood; a trailing remark such as `(trap 10)` is not needed. */
export function explanationOf(topic: string): Explanation | undefined {
  const name = topic.trim().replace(/^AG-706\s+/i, '');
  const clause = name.toUpperCase();
  if (Object.hasOwn(ALL_CODES, name)) return { topic: name, kind: 'code', text: ALL_CODES[name] ?? '' };
  if (Object.hasOwn(CLAUSES, clause)) return { topic: clause, kind: 'clause', text: CLAUSES[clause] ?? '' };
  return undefined;
}

/** Proposals are named by the server, `P-` and letters; no code and no clause is. */
const PROPOSAL = /^P-[a-z0-9]{4,}$/;

async function explainProposal({ client, output, settings }: Context, id: string): Promise<ExitCode> {
  const text = await client.explanation(id);
  if (settings.isJson) output.json({ topic: id, kind: 'proposal', text });
  else output.lines(safeLines(text));
  return EXIT.ok;
}

export async function explain(context: Context, topic: string | undefined): Promise<ExitCode> {
  const { output, settings } = context;
  if (topic !== undefined && PROPOSAL.test(topic)) return explainProposal(context, topic);
  if (topic === undefined) {
    const known = [...Object.keys(ALL_CODES), ...Object.keys(CLAUSES)];
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
