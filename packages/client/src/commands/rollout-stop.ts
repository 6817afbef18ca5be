/** Stopping and going back: no signature, one call (X5, X6). */
import type { Context } from '../cli/context.ts';
import { EXIT, type ExitCode } from '../cli/exit-codes.ts';
import { usage } from '../cli/failure.ts';
import { safe } from '../cli/safe-text.ts';
import { capsuleDigestOf } from './rollout-of.ts';

export async function rolloutHalt(context: Context, name: string): Promise<ExitCode> {
  const capsule = await capsuleDigestOf(context, name);
  return told(context, {
    answer: await context.client.halt(capsule),
    capsule,
    done: `halt of ${safe(name)} is on its way`,
  });
}

export async function rolloutRollback(context: Context, name: string): Promise<ExitCode> {
  const capsule = await capsuleDigestOf(context, name);
  return told(context, {
    answer: await context.client.rollback(capsule),
    capsule,
    done: `rollback of ${safe(name)} is on its way`,
  });
}

export async function haltAll(context: Context, options: { readonly all: boolean }): Promise<ExitCode> {
  if (!options.all)
    throw usage('`cs halt` stops everything and wants to hear it', 'cs halt --all', 'cs rollout halt P');
  return told(context, {
    answer: await context.client.haltAll(),
    capsule: 'all',
    done: 'halt of everything is on its way',
  });
}

interface Told {
  readonly answer: unknown;
  readonly capsule: string;
  readonly done: string;
}

function told({ output, settings }: Context, { answer, capsule, done }: Told): ExitCode {
  if (settings.isJson) output.json({ capsule, answer });
  else output.line(done);
  return EXIT.ok;
}
