/** No key of a trust bundle speaks for two things, in whatever encoding it is written (X1). */
import { checkKeyDuties, type Result, type TrustBundle } from '@countersign/core';
import { keyMaterialOf } from '../human-signature.ts';
import { parseVkey } from '../note.ts';

export const checkTrustKeys = (bundle: TrustBundle): Result<true> =>
  checkKeyDuties(bundle, {
    credential: keyMaterialOf,
    machine: (publicKey) => keyMaterialOf({ kind: 'raw', publicKey }),
    note(vkey) {
      const key = parseVkey(vkey);
      return key.ok ? key.value.key.keyid : undefined;
    },
  });
