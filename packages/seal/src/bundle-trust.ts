/** Whom a bundle or an export is believed by: what the root of the verifier leads to, and nothing else. The one place where files read it. */
import { ok, refuse, type Result, type TrustBundle } from '@countersign/core';
import type { CheckpointTrust } from './checkpoint.ts';
import { parseVkey } from './note.ts';
import { openTrust, type OpenedTrust } from './tuf/open-trust.ts';
import type { TrustMetadata } from './tuf/trust-metadata.ts';

export interface BundleTrust {
  /** Bytes of a root the verifier holds: `1.root.json` or any later one. */
  readonly root: Uint8Array;
}

export interface BundledTrust {
  /** Oldest first. */
  readonly versions: readonly TrustBundle[];
  readonly newest: TrustBundle;
}

/** An expired bundle is no objection: it ruled when the file was made (V4). */
export function openBundledTrust(
  { organisation, trust }: { readonly organisation: string; readonly trust: readonly TrustMetadata[] },
  { root }: BundleTrust,
): Result<BundledTrust> {
  const versions: TrustBundle[] = [];
  let before: OpenedTrust | undefined;
  for (const metadata of trust) {
    const opened = openTrust(metadata, { root });
    if (!opened.ok) return refuse(opened.refusal.code, `a trust bundle: ${opened.refusal.detail}`, { clause: 'X1' });
    const { bundle } = opened.value;
    if (bundle.organisation !== organisation)
      return refuse('wrong-organisation', 'a trust bundle is of another organisation');
    if (before !== undefined && bundle.version <= before.bundle.version)
      return refuse('malformed', 'the trust bundles are not in order of version');
    before = opened.value;
    versions.push(bundle);
  }
  const newest = versions.at(-1);
  return newest === undefined ? refuse('malformed', 'the file holds no trust bundle') : ok({ versions, newest });
}

/** The log and the witnesses it names. */
export function logTrustOf({ keys: { log, witnesses, witnessQuorum } }: TrustBundle): Result<CheckpointTrust> {
  const logKey = parseVkey(log);
  if (!logKey.ok) return logKey;
  const witnessKeys = witnesses.flatMap((vkey) => {
    const key = parseVkey(vkey);
    return key.ok ? [key.value] : [];
  });
  return ok({ logKey: logKey.value, witnessKeys, witnessQuorum });
}
