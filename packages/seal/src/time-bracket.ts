/**
 * When an entry came into the record, as far as anybody but the server says it (V3): after the latest cosigned checkpoint that does not
 * hold it, and by the earliest one that does. The time inside the entry is the server's word; outside of its bracket it is a finding.
 */
import { instantOf, msOf, type Instant, type Leaf } from '@countersign/core';
import type { OpenedCheckpoint } from './checkpoint.ts';

/** The server reads its clock before the entry is written, and two clocks differ: so far a time may lie outside of its bracket. */
export const TIME_TOLERANCE_MS = 300_000;

/** Of one entry, as the witnesses say. Both absent: nothing is proved, there is the server's word only. */
export interface TimeBracket {
  /** A tree without the entry was the newest a witness knew. */
  readonly after?: Instant;
  /** A witness had seen a tree that holds it. */
  readonly by?: Instant;
}
/** One entry's time, as the server says and as witnesses do. */
export interface EntryTime extends TimeBracket {
  readonly index: number;
  readonly event: Leaf['event'];
  /** The word of the server. */
  readonly said: Instant;
  /** What is wrong with that word. */
  readonly finding?: string;
}

/** What one cosigned checkpoint says of all entries. */
interface Seen {
  readonly size: number;
  /** Later than this for every entry at `size` or beyond; ms since 1970. */
  readonly afterMs: number;
  /** Not later than this for every entry before `size`; ms since 1970. */
  readonly byMs: number;
}

/** Fewer than `quorum` witnesses lie, so that among any `quorum` of their times one is true: the tightest bounds this leaves. */
function seenBy({ size, cosignatures }: OpenedCheckpoint, quorum: number): readonly Seen[] {
  const seconds = cosignatures.map(({ timeSeconds }) => timeSeconds).toSorted((a, b) => a - b);
  const [after, by] = [seconds.at(-quorum), seconds[quorum - 1]];
  // A cosignature says whole seconds, the rest cut off.
  return after === undefined || by === undefined ? [] : [{ size, afterMs: after * 1000, byMs: by * 1000 + 999 }];
}

/** Cosigned checkpoints of one record, asked for the bracket of an entry. */
export class WitnessedTimes {
  /** Smallest tree first; `afterMs` is the latest up to here, `byMs` the earliest from here on. */
  readonly #seen: readonly Seen[];

  /**
   * INVARIANT: each was opened against the trust it counts for, and is a beginning of the tree in which the entries were found. Without
   * that a checkpoint of another history would say when this one was seen.
   */
  constructor(checkpoints: readonly OpenedCheckpoint[], witnessQuorum: number) {
    const seen = checkpoints
      .flatMap((checkpoint) => seenBy(checkpoint, Math.max(1, witnessQuorum)))
      .toSorted((one, other) => one.size - other.size);
    // What a smaller tree did not hold yet the larger one shows as well, and the other way round.
    for (let place = 1, at = seen[0]; place < seen.length; place += 1) {
      const next = seen[place];
      if (at === undefined || next === undefined) break;
      seen[place] = at = { ...next, afterMs: Math.max(next.afterMs, at.afterMs) };
    }
    for (let place = seen.length - 2, at = seen.at(-1); place >= 0; place -= 1) {
      const next = seen[place];
      if (at === undefined || next === undefined) break;
      seen[place] = at = { ...next, byMs: Math.min(next.byMs, at.byMs) };
    }
    this.#seen = seen;
  }

  bracket(index: number): TimeBracket {
    const without = this.#without(index);
    const [outside, inside] = [this.#seen[without - 1], this.#seen[without]];
    return {
      ...(outside !== undefined && { after: instantOf(outside.afterMs) }),
      ...(inside !== undefined && { by: instantOf(inside.byMs) }),
    };
  }

  /** How many of the trees do not hold the entry. */
  #without(index: number): number {
    let [low, high] = [0, this.#seen.length];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if ((this.#seen[middle]?.size ?? 0) <= index) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

export function entryTime(
  { leaf, index }: { readonly leaf: Pick<Leaf, 'event' | 'at'>; readonly index: number },
  bracket: TimeBracket,
): EntryTime {
  const finding = timeFinding(leaf.at, bracket);
  const { event, at: said } = leaf;
  return { index, event, said, ...bracket, ...(finding !== undefined && { finding }) };
}

/** What is wrong with the word of the server; undefined: nothing that is proved. */
export function timeFinding(said: Instant, { after, by }: TimeBracket): string | undefined {
  if (after !== undefined && msOf(said) + TIME_TOLERANCE_MS < msOf(after))
    return `the server says ${said}, but at ${after} a witness knew the record without it`;
  if (by !== undefined && msOf(said) - TIME_TOLERANCE_MS > msOf(by))
    return `the server says ${said}, but at ${by} a witness had seen it already`;
  return undefined;
}

/** For people. */
export function bracketText({ after, by }: TimeBracket): string {
  if (after !== undefined && by !== undefined) return `after ${after} and by ${by}, as witnesses say`;
  if (by !== undefined) return `by ${by}, as witnesses say; not before when: server's word only`;
  return after === undefined ? "server's word only" : `after ${after}, as witnesses say; by when: server's word only`;
}

/** A line for neighbours that one bracket holds, and one for each entry whose time is contradicted; in the order of the record. */
export function timesTexts(times: readonly EntryTime[]): readonly string[] {
  const runs: EntryTime[][] = [];
  for (const time of times) {
    const before = runs.at(-1)?.at(-1);
    if (before !== undefined && isOneRun(before, time)) runs.at(-1)?.push(time);
    else runs.push([time]);
  }
  return runs.flatMap((run) => {
    const [first, last] = [run[0], run.at(-1)];
    return first === undefined || last === undefined ? [] : [runText(run, first, last)];
  });
}

const isOneRun = (a: EntryTime, b: EntryTime): boolean =>
  a.finding === undefined && b.finding === undefined && a.after === b.after && a.by === b.by;

function runText(run: readonly EntryTime[], first: EntryTime, last: EntryTime): string {
  const { index, event, said, finding } = first;
  if (finding !== undefined) return `NOT AS WITNESSES SAW IT, ${index} ${event}: ${finding}`;
  const entries = run.map((time) => `${time.index} ${time.event}`).join(', ');
  const words = said === last.said ? said : `${said} to ${last.said}`;
  return `${bracketText(first)}; the server says ${words}: ${entries}`;
}

/** How many entries have which proof of their time, and what is wrong. */
export interface TimesSummary {
  readonly bracketed: number;
  /** One end is proved. */
  readonly half: number;
  readonly wordOnly: number;
  readonly findings: readonly EntryTime[];
}

export function timesSummary(times: readonly EntryTime[]): TimesSummary {
  const endsOf = ({ after, by }: EntryTime): number => Number(after !== undefined) + Number(by !== undefined);
  const of = (ends: number): number => times.filter((time) => endsOf(time) === ends).length;
  return {
    bracketed: of(2),
    half: of(1),
    wordOnly: of(0),
    findings: times.filter(({ finding }) => finding !== undefined),
  };
}
