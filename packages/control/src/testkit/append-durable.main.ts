/**
 * For the benchmark `record/append`: entries of 256 writers through the transactor and the sequencer, durable and in a signed checkpoint.
 * Rows a second of pgbench are measured by whoever starts this program, on the database it names. Prints one line of JSON for each turn
 * it is asked for on its standard input.
 */
import { createInterface } from 'node:readline';
import { instantOf } from '@countersign/core';
import { sql } from 'kysely';
import { startControl } from './control.ts';
import { openTestDatabase } from './database.ts';
import { makeWorld, NOON_MS } from './world.ts';

const WRITERS = 256;
/** Of one turn: about as long as the second of the peer, so that both meet the same machine. */
const BATCHES = { batched: 160, alone: 24 } as const;
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
async function alone(times: number): Promise<void> {
  for (let time = 0; time < times; time += 1) await oneEach();
}

async function oneEach(): Promise<void> {
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

async function rate(times: number, batches: (times: number) => Promise<void>): Promise<number> {
  const from = performance.now();
  await batches(times);
  return Math.round((times * WRITERS * 1000) / (performance.now() - from));
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
const { rows } = await sql<{ pid: number }>`
  select pid from pg_stat_activity where application_name like 'sequencer %' and datname = current_database()`.execute(
  control.owner,
);
process.stdout.write(`${JSON.stringify({ url: database.url, backend: rows[0]?.pid })}\n`);
for await (const line of createInterface({ input: process.stdin })) {
  if (line !== 'batched' && line !== 'alone') break;
  const [size, checkpoints] = [await sizeOf(), await checkpointsOf()];
  const paced = await rate(BATCHES[line], line === 'alone' ? alone : batched);
  const turn = { rate: paced, entries: (await sizeOf()) - size, checkpoints: (await checkpointsOf()) - checkpoints };
  process.stdout.write(`${JSON.stringify(turn)}\n`);
}
await control.stop();
await database.drop();
process.exit(0);
