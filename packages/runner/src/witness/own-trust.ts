/**
 * The trust bundle as people carry it to the witness (X1). The status names the newer of this one and the one that the record knows, so a
 * revocation that the control plane keeps out of the record stops what has not seen it all the same.
 */
import { join } from 'node:path';
import { refuse, type OrganisationId, type Result } from '@countersign/core';
import { openTrust, readTrustFolder, type OpenedTrust } from '@countersign/seal';
import type { Log } from '../preflight/log.ts';
import { readPlanted } from '../preflight/read-file.ts';

export interface OwnTrustOf {
  readonly organisation: OrganisationId;
  /** As `cs trust publish --out` writes it. */
  readonly folder: string;
  /** Bytes of the pinned root. */
  readonly root: Uint8Array;
}

const MAX_FILE_BYTES = 16_777_216;

export class OwnTrust {
  readonly #of: OwnTrustOf;
  readonly #log: Log;
  #seen: OpenedTrust | undefined;

  constructor(of: OwnTrustOf, log: Log) {
    this.#of = of;
    this.#log = log;
  }

  /** Version of the newest bundle that was ever found there; 0 when there was none. What cannot be believed changes nothing, and is told. */
  version(): number {
    const opened = this.#open();
    if (opened.ok) this.#seen = opened.value;
    else this.#log('trust-not-read', { code: opened.refusal.code, detail: opened.refusal.detail });
    return this.#seen?.bundle.version ?? 0;
  }

  #open(): Result<OpenedTrust> {
    const { folder, root, organisation } = this.#of;
    const metadata = readTrustFolder((name) => {
      const file = readPlanted(join(folder, name), MAX_FILE_BYTES);
      return file.ok ? file.value : undefined;
    });
    if (!metadata.ok) return metadata;
    const { versions: known, bundle: previous } = this.#seen ?? {};
    const opened = openTrust(metadata.value, { root, ...(known && { known }), ...(previous && { previous }) });
    return !opened.ok || opened.value.bundle.organisation === organisation
      ? opened
      : refuse('trust-other', 'the trust bundle is of another organisation', { clause: 'O3' });
  }
}
