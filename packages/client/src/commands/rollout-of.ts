/** People name a rollout by its proposal; the API by the digest of the capsule. */
import type { Context } from '../cli/context.ts';
import { EXIT } from '../cli/exit-codes.ts';
import { Failure } from '../cli/failure.ts';

export async function capsuleDigestOf({ client }: Context, name: string): Promise<string> {
  if (/^sha256:[0-9a-f]{64}$/.test(name)) return name;
  const { capsules } = await client.proposal(name);
  const capsule = capsules.findLast(({ purpose }) => purpose === 'rollout');
  if (capsule !== undefined) return capsule.digest;
  throw new Failure(EXIT.conflict, {
    code: 'no-rollout',
    detail: `\`${name}\` has no capsule for a rollout yet`,
    next: [`cs proposal show ${name}`],
  });
}
