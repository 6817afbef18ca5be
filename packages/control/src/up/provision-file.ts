/** What the installation wants to exist before control starts: an organisation, tokens, signal sources. */
import { id, instant, list, object, oneOf, readShape, text } from '@countersign/core';
import { readStrictJson } from '@countersign/seal';
import { PRINCIPAL_KINDS } from '../http/principal.ts';
import type { Provision } from '../store/provision.ts';

const provisionShape = object<Provision>({
  organisation: id(),
  principals: list(
    object<Provision['principals'][number]>({
      kind: oneOf(...PRINCIPAL_KINDS),
      id: id(),
      token: text({ min: 20, max: 200 }),
    }),
    { max: 1000 },
  ),
  sources: list(
    object<Provision['sources'][number]>({
      id: id(),
      lineage: list(text({ min: 1, max: 120 }), { max: 16 }),
      owner: text({ min: 1, max: 120 }),
    }),
    { max: 200 },
  ),
  now: instant,
});

/** Throws with every complaint: an installation with a wrong file must not start. */
export function readProvision(bytes: Uint8Array): Provision {
  const json = readStrictJson(bytes);
  const read = json.ok ? readShape(provisionShape, json.value) : json;
  if (read.ok) return read.value;
  const complaints = (read.refusal.complaints ?? []).map(({ at, problem }) => `${at} ${problem}`);
  throw new Error(`provision.json: ${[read.refusal.detail, ...complaints].join('; ')}`);
}
