/** Consent to one digest: typed by a person who has the page before them, or named by a script that knew it beforehand. */
import type { Digest } from '@countersign/core';
import type { Context } from '../cli/context.ts';
import { EXIT } from '../cli/exit-codes.ts';
import { Failure, unverified, usage } from '../cli/failure.ts';

export interface Consent {
  readonly digest: Digest;
  readonly words: string;
  /** What `--digest` named. */
  readonly named: string | undefined;
}

/** Throws unless there is consent. A digest that was named must fit even when a person is asked as well. */
export async function confirm(context: Context, { digest, words, named }: Consent): Promise<void> {
  if (named !== undefined && named !== digest)
    throw unverified({
      code: 'bad-proof',
      detail: `the capsule has the digest ${digest}, not the one that was named`,
      next: ['read the proposal again before you sign it'],
    });
  const { world, settings } = context;
  if (!settings.mayAsk || !world.isInTerminal) {
    if (named !== undefined) return;
    throw usage('nobody can be asked here, so `--digest` must name what is to be signed', `--digest ${digest}`);
  }
  const [first = ''] = words.split(' ');
  const answer = await world.ask(`Type the first of the words to sign (${words}): `);
  if (answer?.trim() === first) return;
  throw new Failure(EXIT.usage, {
    code: 'cancelled',
    detail: 'nothing was signed',
    next: ['run the command again to sign'],
  });
}
