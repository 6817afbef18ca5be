/**
 * For the benchmark `record/append`: entries of 256 writers through the transactor and the sequencer, durable and in a signed checkpoint,
 * turn by turn with the floor: the least an honest log does. Rows a second of pgbench are measured by whoever starts this program,
 * on the database it names. Prints one line of JSON for each turn it is asked for on its standard input.
 */
import { closeSync, fdatasyncSync, openSync, unlinkSync, writevSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { CompactRange, generateSigner, leafHash, signCheckpoint } from '@countersign/seal';
import { instantOf } from '@countersign/core';
import { startControl } from './control.ts';
import { openTestDatabase } from './database.ts';
import { makeWorld, NOON_MS } from './world.ts';

const WRITERS = 256;
const BATCHES = 24;
const BODY_BYTES = 512;

const world = makeWorld();
const database = await openTestDatabase();
const control = await startControl({ url: database.url, worlds: [world] });
const { deps } = control;
const body = 'x'.repeat(BODY_BYTES - 20);
const actor = { organisation: world.organisation, actor: 'control', now: instantOf(NOON_MS) };
let number = 0;

/** Each writer waits until its entry is in a signed checkpoint, then writes the next one; entries come without other state. */
async function batched(times: number): Promise<void> {
  await Promise.all(
    Array.from({ length: WRITERS }, async () => {
      for (let time = 0; time < times; time += 1) {
        const entry = { body, number: (number += 1) };
        await deps.transactor.record(actor, [
          { event: 'evidence.read', subject: 'proposal:bench', correlation: 'bench', body: entry },
        ]);
      }
    }),
  );
}

/** Each writer with a transaction of its own, all at once; the sequencer puts together what it finds. */
async function alone(): Promise<void> {
  const before = (await deps.newest.checkpoint(world.organisation))?.size ?? 0;
  await Promise.all(
    Array.from({ length: WRITERS }, () =>
      deps.transactor.run(actor, async ({ leaf }) => {
        leaf({
          event: 'decision.made',
          subject: 'proposal:bench',
          correlation: 'bench',
          body: { body, number: (number += 1) },
        });
      }),
    ),
  );
  for (;;) {
    const grown = control.next('checkpoint');
    if (((await deps.newest.checkpoint(world.organisation))?.size ?? 0) >= before + WRITERS) return;
    await grown;
  }
}

const file = join(tmpdir(), `countersign-floor-${process.pid}`);
const floorLog = openSync(file, 'w');
const floorKey = generateSigner('ed25519');
let floorRange = CompactRange.empty;
const entry = Buffer.alloc(BODY_BYTES, 65);
/** Hashes, one signature and one flush a batch, and nothing else. */
function floor(): void {
  for (let writer = 0; writer < WRITERS; writer += 1) ({ range: floorRange } = floorRange.append(leafHash(entry)));
  const note = signCheckpoint({ origin: 'floor', size: floorRange.size, root: floorRange.root() }, floorKey);
  writevSync(floorLog, [...Array.from({ length: WRITERS }, () => entry), Buffer.from(note)]);
  fdatasyncSync(floorLog);
}

async function rate(batches: () => Promise<void> | void): Promise<number> {
  const from = performance.now();
  await batches();
  return Math.round((BATCHES * WRITERS * 1000) / (performance.now() - from));
}

async function repeated(batch: () => Promise<void> | void): Promise<void> {
  for (let times = 0; times < BATCHES; times += 1) await batch();
}

const sizeOf = async (): Promise<number> => (await deps.newest.checkpoint(world.organisation))?.size ?? 0;
const checkpointsOf = async (): Promise<number> =>
  Number(
    (
      await deps.store
        .selectFrom('checkpoint')
        .select((of) => of.fn.countAll().as('n'))
        .executeTakeFirstOrThrow()
    ).n,
  );

await batched(1);
floor();
process.stdout.write(`${JSON.stringify({ url: database.url })}\n`);
for await (const line of createInterface({ input: process.stdin })) {
  if (line !== 'turn') break;
  const [size, checkpoints] = [await sizeOf(), await checkpointsOf()];
  const turn = {
    batched: await rate(() => batched(BATCHES)),
    floor: await rate(() => repeated(floor)),
    alone: await rate(() => repeated(alone)),
    entries: (await sizeOf()) - size,
    checkpoints: (await checkpointsOf()) - checkpoints,
  };
  process.stdout.write(`${JSON.stringify(turn)}\n`);
}
closeSync(floorLog);
unlinkSync(file);
await control.stop();
await database.drop();
process.exit(0);
