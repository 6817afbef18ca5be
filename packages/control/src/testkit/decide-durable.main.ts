/**
 * `node decide-durable.main.ts ROUNDS BATCH`: what one durable decision costs beside one committed INSERT, on a real PostgreSQL in
 * the same minutes. Facts are derived and put to both engines; decision and leaf commit in one transaction. Prints one line of
 * JSON: of each round, in turns, the median of each side's operations in microseconds.
 */
import { instantOf, msOf } from '@countersign/core';
import pg from 'pg';
import { underAuthority } from '../decisions/authority.ts';
import { loadKnowledge } from '../decisions/load-knowledge.ts';
import { makeDecision } from '../decisions/make-decision.ts';
import {
  closeDesk,
  control,
  databaseUrl,
  draft,
  drilled,
  must,
  openDesk,
  propose,
  world,
} from '../flow/desk.builder.ts';
import { shownId } from '../flow/desk.parse.ts';
import { createCedarOracle } from '../policy/cedar.ts';
import { PROPOSAL_COLUMNS, rowOf } from '../proposals/proposal-row.ts';

const [rounds = 0, batch = 0] = process.argv.slice(2).map(Number);

interface Round {
  readonly ours: number;
  readonly peer: number;
}

async function timed(operation: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let position = 0; position < batch; position += 1) {
    const started = performance.now();
    await operation();
    times.push(performance.now() - started);
  }
  return Math.round((times.toSorted((a, b) => a - b)[Math.floor(batch / 2)] ?? Number.NaN) * 1000);
}

/** Everything that is known is read once: what is measured begins with facts and ends with the commit. */
async function decider(): Promise<{ readonly decide: () => Promise<number>; readonly bytes: number }> {
  const { organisation } = world;
  const { trust, transactor, store } = control.deps;
  const columns = await store.selectFrom('proposal').select(PROPOSAL_COLUMNS).executeTakeFirstOrThrow();
  const { proposal } = rowOf(organisation, columns);
  const { id, agent, signals } = proposal;
  const { action } = proposal.change;
  const asked = { organisation, proposal: id, agent, action, signals, now: control.deps.clock() };
  const knowledge = await loadKnowledge(store, asked);
  const found = await underAuthority(trust, organisation, async (value) => ({ ok: true, value }));
  if (!found.ok) throw new Error(found.refusal.detail);
  const oracle = createCedarOracle();
  let made = 0;
  const decide = (): Promise<number> => {
    made += 1;
    const now = instantOf(msOf(asked.now) + made);
    return transactor.run({ organisation, actor: 'control', now }, async ({ db, leaf }) => {
      const { decision, digest, bytes } = makeDecision({
        proposal,
        stage: 'before-staging',
        authority: found.value,
        knowledge,
        oracle,
        now,
      });
      const { verdict, stage, revision } = decision;
      await db
        .insertInto('decision')
        .values({
          organisation,
          proposal: id,
          revision,
          stage,
          digest,
          verdict,
          document: JSON.stringify(decision),
          made_at: now,
        })
        .execute();
      leaf({ event: 'decision.made', subject: id, correlation: id, body: { digest, verdict } });
      return bytes.length;
    });
  };
  return { decide, bytes: await decide() };
}

async function measure(): Promise<{ readonly rounds: readonly Round[]; readonly bytes: number }> {
  const { decide, bytes } = await decider();
  const client = new pg.Client({ connectionString: databaseUrl() });
  await client.connect();
  await client.query('create table peer (id bigint generated always as identity primary key, body text not null)');
  const body = 'x'.repeat(bytes);
  const insert = (): Promise<unknown> => client.query('insert into peer (body) values ($1)', [body]);
  const all: Round[] = [];
  // The first round warms both sides and is not told.
  for (let round = 0; round <= rounds; round += 1) {
    const isOursFirst = round % 2 === 0;
    const first = await timed(isOursFirst ? decide : insert);
    const second = await timed(isOursFirst ? insert : decide);
    if (round > 0) all.push(isOursFirst ? { ours: first, peer: second } : { ours: second, peer: first });
  }
  await client.end();
  return { rounds: all, bytes };
}

await openDesk();
try {
  await drilled();
  shownId(await must(propose(await draft('service.restart')), 201));
  await control.settled();
  process.stdout.write(`${JSON.stringify(await measure())}\n`);
} finally {
  await closeDesk();
}
process.exit(0);
