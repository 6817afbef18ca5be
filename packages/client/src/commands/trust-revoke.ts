/** `cs trust revoke FOLDER KEYID`: from a moment on a key no longer speaks; what it signed before stays verifiable (X1). */
import { parseInstant, type TrustBundle } from '@countersign/core';
import { keyidOfCredential, tufKeyId } from '@countersign/seal';
import type { Context } from '../cli/context.ts';
import type { ExitCode } from '../cli/exit-codes.ts';
import { usage } from '../cli/failure.ts';
import { keyOfTuf, rulingRoot } from '../trust/ceremony.ts';
import { bundleDraft, kept, saveBundle } from '../trust/draft-files.ts';
import { withRevocation } from '../trust/next-bundle.ts';
import { openTrustFolder } from '../trust/trust-folder.ts';
import { showDraft } from './trust-show.ts';

export interface RevokeOptions {
  readonly notAfter: string | undefined;
  readonly notAfterSize: number | undefined;
  readonly reason: string;
  readonly days: number;
}

const KEYID = /^(?:[0-9a-f]{64}|ssh:SHA256:[A-Za-z0-9+/]{43}|webauthn:[A-Za-z0-9_-]{1,380})$/;

export async function trustRevoke(
  context: Context,
  [path, keyid]: readonly [string, string],
  options: RevokeOptions,
): Promise<ExitCode> {
  const { world, output } = context;
  if (!KEYID.test(keyid))
    throw usage('a key is named as `cs trust show` names it: 64 hex digits, `ssh:SHA256:...` or `webauthn:...`');
  const now = world.now();
  const notAfter = options.notAfter === undefined ? now : parseInstant(options.notAfter);
  if (notAfter === undefined) throw usage('`--not-after` must be a UTC time like 2026-11-21T02:14:00.000Z');
  const folder = openTrustFolder(path);
  const draft = bundleDraft(folder, now, options.days);
  const { notAfterSize, reason } = options;
  const next = kept(
    withRevocation(draft, { keyid, notAfter, reason, ...(notAfterSize !== undefined && { notAfterSize }) }),
  );
  saveBundle(folder, next.bundle);
  const root = rulingRoot(folder);
  const inRoot = Object.values(root?.keys ?? {}).filter((key) => {
    const own = keyOfTuf(key);
    return own !== undefined && keyidOfCredential(own) === keyid;
  });
  for (const key of inRoot)
    output.note(
      `this key also stands in the root: take it out with \`cs trust rotate ${path} --remove ...=${tufKeyId(key)}\``,
    );
  if (inRoot.length === 0 && !stands(draft.bundle, keyid))
    output.note('this key stands nowhere in the bundle; it is revoked all the same');
  return showDraft(context, path, 'targets');
}

const stands = ({ people, keys }: TrustBundle, keyid: string): boolean =>
  people.some(({ credentials }) => credentials.some((one) => keyidOfCredential(one) === keyid)) ||
  [keys.capsuleSigners, keys.graphOwners, keys.relays, keys.runners, keys.statusSigners].some((listed) =>
    listed.some(({ publicKey }) => keyidOfCredential({ kind: 'raw', publicKey }) === keyid),
  );
