/** `cs work done P` and `cs work close P`: says what was done by hand, and how its check went (D1, A9). */
import type { Context } from '../cli/context.ts';
import { EXIT, type ExitCode } from '../cli/exit-codes.ts';
import { usage } from '../cli/failure.ts';

const MIN_NOTE = 3;

function noteOf(note: string | undefined): string {
  if (note === undefined || note.length < MIN_NOTE) throw usage('say what was done: `-m "what"`');
  return note;
}

export async function workDone(
  { client, output, settings }: Context,
  proposal: string,
  { note }: { readonly note: string | undefined },
): Promise<ExitCode> {
  const answer = await client.workDone(proposal, noteOf(note));
  if (settings.isJson) output.json(answer);
  else output.line('noted; the check of the plan is asked for: say how it went with `cs work close`');
  return EXIT.ok;
}

export async function workClose(
  { client, output, settings }: Context,
  proposal: string,
  { result, note }: { readonly result: string | undefined; readonly note: string | undefined },
): Promise<ExitCode> {
  if (result !== 'passed' && result !== 'failed')
    throw usage('say how the check went: `--check passed` or `--check failed`');
  const answer = await client.workClose(proposal, { result, note: noteOf(note) });
  if (settings.isJson) output.json(answer);
  else output.line(result === 'passed' ? 'closed' : 'the check failed: the work stays open');
  return EXIT.ok;
}
