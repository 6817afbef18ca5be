/** Writes to the record and plays the witness, in tests. */
import { instantOf } from '@countersign/core';
import { cosignCheckpoint, parseVkey, vkeyOf, type CheckpointTrust } from '@countersign/seal';
import type { TestControl } from './control.ts';
import { NOON_MS, witnessName, type World } from './world.ts';

export interface Recorder {
  readonly sizeOf: (by?: World) => Promise<number>;
  /** Writes leaves and returns the size of the tree when all of them are in a signed checkpoint. */
  readonly record: (count: number, subject?: string, by?: World) => Promise<number>;
  /** The witness's line for the checkpoint of this size, when its clock says so. */
  readonly cosign: (size: number, nowMs?: number) => Promise<string>;
}

/** `control` is asked each time, because a test may start another one. */
export function recorder(control: () => TestControl, world: World): Recorder {
  const sizeOf = async (by: World = world): Promise<number> => {
    const answer = await control().ask('person:kim', 'GET', '/api/v1/record/checkpoint', { world: by });
    return answer.json<{ size: number }>().size;
  };
  return {
    sizeOf,
    async record(count, subject = 'proposal:P-1', by = world) {
      const actor = { organisation: by.organisation, actor: 'control', now: instantOf(NOON_MS) };
      await control().deps.transactor.run(actor, async ({ leaf }) => {
        for (let n = 0; n < count; n += 1) leaf({ event: 'decision.made', subject, correlation: 'P-1', body: { n } });
      });
      await control().settled();
      return sizeOf(by);
    },
    async cosign(size, nowMs = NOON_MS) {
      const row = await control()
        .deps.store.selectFrom('checkpoint')
        .select('note')
        .where('organisation', '=', world.organisation)
        .where('size', '=', size)
        .executeTakeFirstOrThrow();
      const seconds = Math.floor(nowMs / 1000);
      const cosigned = cosignCheckpoint(row.note, { name: witnessName, signer: world.keys.witness }, seconds);
      if (!cosigned.ok) throw new Error(cosigned.refusal.detail);
      return cosigned.value.slice(row.note.length);
    },
  };
}

/** Whom a verifier of this organisation's record believes. */
export function checkpointTrust({ config, keys }: World, witnessQuorum: number): CheckpointTrust {
  const [logKey, witness] = [config.log.vkey, vkeyOf('witness', witnessName, keys.witness.publicKey)].map(parseVkey);
  if (logKey?.ok !== true || witness?.ok !== true) throw new Error('the keys of the test are wrong');
  return { logKey: logKey.value, witnessKeys: [witness.value], witnessQuorum };
}
