/**
 * What a rollout did, told three times: by the evidence bundle, by the runner's own journal, and by the hosts. After a crash the
 * three must tell the same (X7, I4, I6).
 */
import { DatabaseSync } from 'node:sqlite';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  integer,
  list,
  object,
  readShape,
  rolloutEventShape,
  text,
  type RolloutEvent,
  type Shape,
} from '@countersign/core';
import { PAYLOAD, payloadOf, parseEnvelope, readStrictJson } from '@countersign/seal';
import type { EstateHostView } from '../scenarios/estate-view.ts';

/** Events of one capsule, without gaps, in order; a gap or a contradiction is an error. */
export function eventsInBundle(file: string, capsule: string): readonly RolloutEvent[] {
  const events: string[] = [];
  const batches = progressIn(file).filter((batch) => batch.capsule === capsule);
  for (const { from, events: next } of batches.toSorted((a, b) => a.from - b.from)) {
    if (from > events.length) throw new Error(`events ${events.length} to ${from - 1} are not in the bundle`);
    for (const [place, event] of next.entries()) {
      const told = JSON.stringify(event);
      if ((events[from + place] ??= told) !== told) throw new Error(`event ${from + place} is told in two ways`);
    }
  }
  return events.map((event) => eventOf(event));
}

/** Only after the runner has ended: it holds its journal alone. */
export function eventsInJournal(state: string, capsule: string): readonly RolloutEvent[] {
  const journal = new DatabaseSync(join(state, 'enclaves', 'production', 'runner', 'journal.db'), { readOnly: true });
  try {
    const rows = journal.prepare('select seq, body from event where capsule = ? order by seq').all(capsule);
    return rows.map(({ seq, body }, place) => {
      if (seq !== place) throw new Error(`event ${place} is not in the journal`);
      return eventOf(String(body));
    });
  } finally {
    journal.close();
  }
}

export interface Executed {
  readonly targets: readonly string[];
  readonly events: readonly RolloutEvent[];
  readonly hosts: readonly EstateHostView[];
  readonly state: string;
  /** Hosts that another rollout touches. */
  readonly others?: readonly string[];
}

/** The rules a rollout keeps whatever dies in it; empty when all hold. */
export function complaintsOfExecution({
  targets,
  events,
  hosts: all,
  state,
  others = [],
}: Executed): readonly string[] {
  const hosts = all.filter(({ id }) => !others.includes(id));
  const count = (type: RolloutEvent['type']): ReadonlyMap<string, number> => tally(events, type);
  const [leased, reverted] = [count('leased'), count('reverting')];
  const ended = new Set([...count('verdict').keys(), ...count('unknown').keys()]);
  const stops = events.flatMap((event) =>
    event.type === 'tripped' ? [event.cause] : event.type === 'halted' ? [event.by] : [],
  );
  const isDone = state === 'SUCCEEDED';
  return [
    ...[...leased].filter(([, times]) => times > 1).map(([target, times]) => `${target} was leased ${times} times`),
    ...[...leased.keys()].filter((target) => !ended.has(target)).map((target) => `${target} has no verdict`),
    ...hosts.flatMap(({ id, restarts }) => {
      const most = (leased.has(id) ? 1 : 0) + (reverted.has(id) ? 1 : 0);
      return restarts > most ? [`${id} was restarted ${restarts} times, ${most} are explained`] : [];
    }),
    ...(isDone && leased.size !== targets.length ? [`done, but ${leased.size} of ${targets.length} were touched`] : []),
    ...(isDone || (stops.length > 0 && stops.every((why) => why.length > 0)) ? [] : [`${state} without a reason`]),
    ...hosts.filter((host) => host.state !== 'running').map(({ id }) => `${id} does not run`),
  ];
}

function tally(events: readonly RolloutEvent[], type: RolloutEvent['type']): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const event of events)
    if (event.type === type && 'target' in event) counts.set(event.target, (counts.get(event.target) ?? 0) + 1);
  return counts;
}

interface Batch {
  readonly capsule: string;
  readonly from: number;
  readonly events: readonly RolloutEvent[];
}

const MAX_BYTES = 134_217_728;
const MANY = 100_000;
const batchShape: Shape<Batch & { readonly type: string; readonly organisation: string; readonly runner: string }> =
  object({
    type: text({ max: 20 }),
    organisation: text({ max: 64 }),
    runner: text({ max: 64 }),
    capsule: text({ max: 80 }),
    from: integer({ min: 0, max: MANY }),
    events: list(rolloutEventShape, { max: MANY }),
  });

/** Signatures are the business of `cs verify`, which read the same file before. */
function progressIn(file: string): readonly Batch[] {
  const found = field(field(JSON.parse(readFileSync(file, 'utf8')), 'bundle'), 'progress');
  if (!Array.isArray(found)) throw new Error('the bundle holds no progress');
  return found.map((signed: unknown) => {
    const envelope = parseEnvelope(signed);
    if (!envelope.ok || envelope.value.payloadType !== PAYLOAD.progress)
      throw new Error('a batch is not signed progress');
    const payload = payloadOf(envelope.value);
    const document = payload.ok ? readStrictJson(payload.value, { maxBytes: MAX_BYTES }) : payload;
    const batch = document.ok ? readShape(batchShape, document.value) : document;
    if (!batch.ok) throw new Error(`a batch is malformed: ${batch.refusal.detail}`);
    return batch.value;
  });
}

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;

function eventOf(told: string): RolloutEvent {
  const read = readShape(rolloutEventShape, JSON.parse(told));
  if (!read.ok) throw new Error(`an event is malformed: ${read.refusal.detail}`);
  return read.value;
}
