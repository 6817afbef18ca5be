/** The same question to PostgreSQL: a recursive query over an indexed table of edges, numbers for names. */
import type { Estate } from '../estate/scale-free.ts';
import type { Psql } from './psql.ts';

const CHUNK_CHARACTERS = 1_000_000;

function* rowsOf({ edges, isHard }: Estate): Generator<string> {
  let text = '';
  for (let edge = 0; edge < edges.count; edge += 1) {
    text += `${edges.from[edge]}\t${edges.to[edge]}\t${isHard(edge) ? 't' : 'f'}\n`;
    if (text.length < CHUNK_CHARACTERS) continue;
    yield text;
    text = '';
  }
  yield text;
}

/**
 * Loaded in bulk and indexed for exactly this question, with nothing to look up beside the index. Left alone the planner reads
 * the whole table once a level, ten times slower: it is told to use the index.
 */
export async function loadEdges(psql: Psql, estate: Estate): Promise<void> {
  await psql.ask(`
    set work_mem = '256MB'; set maintenance_work_mem = '256MB'; set jit = off;
    set enable_hashjoin = off; set enable_mergejoin = off; set enable_seqscan = off;
    create unlogged table bench_edge (needing integer not null, needed integer not null, is_hard boolean not null);`);
  await psql.copy('bench_edge', rowsOf(estate));
  await psql.ask('create index on bench_edge (needed) include (needing, is_hard); vacuum analyze bench_edge;');
}

export interface Counted {
  readonly found: number;
  readonly hard: number;
}

/** Everything that needs one of the targets, and how much of it by hard edges alone. */
export async function askReach(psql: Psql, targets: readonly number[]): Promise<Counted> {
  const [line = ''] = await psql.ask(`
    with recursive reach (node, is_hard) as (
      select needing, is_hard from bench_edge where needed in (${targets.join(',')})
      union
      select edge.needing, reach.is_hard and edge.is_hard from reach join bench_edge edge on edge.needed = reach.node)
    select count(distinct node), count(distinct node) filter (where is_hard) from reach;`);
  const [found = Number.NaN, hard = Number.NaN] = line.split('|').map(Number);
  return { found, hard };
}
