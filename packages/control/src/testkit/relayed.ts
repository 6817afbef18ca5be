/** What the relay of the test organisation's source sends. */
import { instantOf } from '@countersign/core';
import { encodeBase64, PAYLOAD, readStrictJson } from '@countersign/seal';
import { readBatch } from '../signals/read-batch.ts';
import { idOf, NOON_MS, sign, type World } from './world.ts';

/** As the relay of the source forwards it: only then does a signal support a decision. */
export function relayed({ keys }: Pick<World, 'keys'>, document: object): object {
  const bytes = Buffer.from(JSON.stringify(document));
  const source = idOf<'Source'>('alertmanager-dc1');
  const body = readStrictJson(bytes);
  if (!body.ok) throw new Error(body.refusal.detail);
  const heard = instantOf(NOON_MS - 5000);
  const read = readBatch({ format: 'alertmanager', source, now: heard, bytes, body: body.value, relay: undefined });
  if (!read.ok) throw new Error(read.refusal.detail);
  const statements = read.value.signals.map(({ signal }) =>
    sign(PAYLOAD.signal, { type: 'signal', signal }, [keys.relay]),
  );
  return { document: encodeBase64(bytes), statements };
}
