/** Random edits of a file, and where they are: what a verifier has to find. */
import { ArchiveReader } from './archive-reader.ts';

export interface Placed {
  readonly name: string;
  readonly offset: number;
  readonly end: number;
}

/** Entries of a sound file with their places; the last one is the end of the archive. */
export function placesOf(file: Uint8Array): readonly Placed[] {
  const found: { name: string; offset: number }[] = [];
  const reader = new ArchiveReader(({ name, offset }) => void found.push({ name, offset }));
  reader.push(file);
  if (reader.end() !== undefined) throw new Error('the file is not sound');
  const all = [...found, { name: 'end', offset: file.length - 1024 }];
  return all.map(({ name, offset }, at) => ({ name, offset, end: all[at + 1]?.offset ?? file.length }));
}

/** Reproducible: the same seed, the same edits. */
export function dice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

export interface Edit {
  readonly what: string;
  readonly file: Uint8Array;
  /** Entries one of which has to be the first that is named. */
  readonly where: readonly string[];
}

export function randomEdit(file: Uint8Array, places: readonly Placed[], roll: (below: number) => number): Edit {
  const at = roll(file.length);
  const index = places.findIndex(({ end }) => at < end);
  const hit = places[index]?.name ?? '';
  const around = [places[index - 1]?.name ?? 'the beginning of the file', hit, places[index + 1]?.name ?? hit];
  const cut = (from: number, to: number): readonly [Uint8Array, Uint8Array] => [
    file.subarray(0, from),
    file.subarray(to),
  ];
  switch (roll(7)) {
    case 0:
      return { what: `bit ${at}`, file: patched(file, at, (byte) => byte ^ (1 << roll(8))), where: [hit] };
    case 1:
      return { what: `byte ${at}`, file: patched(file, at, (byte) => (byte + 1 + roll(255)) & 255), where: [hit] };
    case 2:
      return { what: `cut at ${at}`, file: file.subarray(0, at), where: around };
    case 3: {
      const length = 1 + roll(2000);
      return {
        what: `${length} bytes out of ${at}`,
        file: Buffer.concat(cut(at, Math.min(at + length, file.length))),
        where: [],
      };
    }
    case 4: {
      const more = Uint8Array.from({ length: 1 + roll(2000) }, () => roll(256));
      const [before, after] = cut(at, at);
      return { what: `bytes put in at ${at}`, file: Buffer.concat([before, more, after]), where: [] };
    }
    case 5: {
      const { offset, end } = places[roll(places.length - 1)] ?? { offset: 0, end: 0 };
      return {
        what: `entry at ${offset} left out`,
        file: Buffer.concat(cut(offset, end)),
        where: nameAt(places, offset),
      };
    }
    default: {
      const { offset, end } = places[roll(places.length - 1)] ?? { offset: 0, end: 0 };
      const [before, after] = cut(end, end);
      const twice = Buffer.concat([before, file.subarray(offset, end), after]);
      return { what: `entry at ${offset} twice`, file: twice, where: nameAt(places, offset) };
    }
  }
}

const nameAt = (places: readonly Placed[], offset: number): readonly string[] =>
  places.flatMap((place) => (place.offset === offset ? [place.name] : []));

function patched(file: Uint8Array, at: number, change: (byte: number) => number): Uint8Array {
  const copy = Uint8Array.from(file);
  copy[at] = change(copy[at] ?? 0);
  return copy;
}

/** Whether a report names what was edited: the entry itself, or the one before or behind where the frame breaks. */
export function isLocated(item: string, places: readonly Placed[], { where }: Edit): boolean {
  if (where.length === 0 || item.startsWith('the entry after ')) return true;
  return where.includes(item) || (where.includes('end') && item === places.at(-2)?.name);
}
