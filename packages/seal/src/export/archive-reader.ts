/**
 * Reads an export while it arrives. Nothing is written anywhere, nothing is unpacked: an entry is handed on whole, when it is known to be
 * one. Names, order, sizes and padding are checked before the bytes are kept, so a hostile archive costs at most one entry.
 */
import { sha256 } from '../digest.ts';
import {
  BLOCK_BYTES,
  ENTRY_PLACES,
  kindOfEntry,
  MAX_ARCHIVE_BYTES,
  MAX_ENTRIES,
  paddedBytes,
  readHeader,
  type EntryKind,
} from './archive-format.ts';

export interface ArchiveEntry {
  readonly name: string;
  readonly kind: EntryKind;
  /** Of its header in the file. */
  readonly offset: number;
  readonly bytes: Uint8Array;
  readonly hash: Uint8Array;
}
/** Where the file stops being an export. What comes after it is not looked at. */
export interface ArchiveProblem {
  /** The entry it is in or behind. */
  readonly item: string;
  readonly offset: number;
  readonly detail: string;
}

type Stage = 'header' | 'body' | 'end' | 'over';

export class ArchiveReader {
  readonly #take: (entry: ArchiveEntry) => void;
  readonly #names = new Set<string>();
  #stage: Stage = 'header';
  /** Bytes of the block or body that is being collected. */
  #wanted = BLOCK_BYTES;
  #parts: Uint8Array[] = [];
  #collected = 0;
  #offset = 0;
  #current: { readonly name: string; readonly size: number; readonly offset: number } | undefined;
  #last = 'the beginning of the file';
  #rank = 0;
  #problem: ArchiveProblem | undefined;

  constructor(take: (entry: ArchiveEntry) => void) {
    this.#take = take;
  }

  get problem(): ArchiveProblem | undefined {
    return this.#problem;
  }

  /** Whether more is worth reading. */
  push(chunk: Uint8Array): boolean {
    let at = 0;
    while (at < chunk.length && this.#problem === undefined) {
      if (this.#stage === 'over')
        return this.#refuse(this.#last, this.#offset, 'bytes follow behind the end of the archive');
      const piece = chunk.subarray(at, at + this.#wanted - this.#collected);
      at += piece.length;
      this.#parts.push(piece);
      this.#collected += piece.length;
      if (this.#collected === this.#wanted) this.#step();
    }
    this.#keepLast();
    return this.#problem === undefined;
  }

  /** What waits for the next chunk is copied: the caller's buffer is his, and he may read the next chunk into it. */
  #keepLast(): void {
    const last = this.#parts.pop();
    if (last !== undefined) this.#parts.push(Uint8Array.from(last));
  }

  /** To be called when the file is over. */
  end(): ArchiveProblem | undefined {
    if (this.#problem === undefined && this.#stage !== 'over')
      this.#refuse(this.#current?.name ?? this.#last, this.#offset + this.#collected, 'the file ends in the middle');
    return this.#problem;
  }

  #step(): void {
    const [only, ...more] = this.#parts;
    // One part is still the caller's.
    const bytes =
      more.length === 0 && only !== undefined ? Uint8Array.from(only) : new Uint8Array(Buffer.concat(this.#parts));
    const offset = this.#offset;
    this.#offset += bytes.length;
    this.#parts = [];
    this.#collected = 0;
    if (this.#offset > MAX_ARCHIVE_BYTES)
      this.#refuse(this.#last, offset, `the file has more than ${MAX_ARCHIVE_BYTES} bytes`);
    else if (this.#stage === 'header') this.#header(bytes, offset);
    else if (this.#stage === 'body') this.#body(bytes);
    else if (bytes.every((byte) => byte === 0)) this.#stage = 'over';
    else this.#refuse(this.#last, offset, 'the end of the archive is not two blocks of zeros');
  }

  #header(block: Uint8Array, offset: number): void {
    if (block.every((byte) => byte === 0)) {
      this.#stage = 'end';
      return;
    }
    const header = readHeader(block);
    if (typeof header === 'string') {
      this.#refuse(`the entry after ${this.#last}`, offset, header);
      return;
    }
    const { name, size } = header;
    const kind = kindOfEntry(name);
    const rank = kind === undefined ? -1 : ENTRY_PLACES[kind];
    if (this.#names.has(name)) this.#refuse(name, offset, 'the file holds it twice');
    else if (rank < this.#rank) this.#refuse(name, offset, `it may not come after ${this.#last}`);
    else if (this.#names.size >= MAX_ENTRIES)
      this.#refuse(name, offset, `the file has more than ${MAX_ENTRIES} entries`);
    if (this.#problem !== undefined) return;
    this.#names.add(name);
    this.#rank = rank;
    this.#current = { name, size, offset };
    if (size === 0) this.#finish(new Uint8Array());
    else {
      this.#stage = 'body';
      this.#wanted = paddedBytes(size);
    }
  }

  #body(padded: Uint8Array): void {
    const size = this.#current?.size ?? 0;
    const behind = padded.subarray(size).findIndex((byte) => byte !== 0);
    if (behind === -1) this.#finish(padded.subarray(0, size));
    else
      this.#refuse(
        this.#current?.name ?? this.#last,
        this.#offset - padded.length + size + behind,
        'the padding behind it is not empty',
      );
  }

  #finish(bytes: Uint8Array): void {
    const { name = '', offset = 0 } = this.#current ?? {};
    const kind = kindOfEntry(name);
    this.#current = undefined;
    this.#last = name;
    this.#stage = 'header';
    this.#wanted = BLOCK_BYTES;
    if (kind !== undefined) this.#take({ name, kind, offset, bytes, hash: sha256(bytes) });
  }

  #refuse(item: string, offset: number, detail: string): false {
    this.#problem ??= { item, offset, detail };
    return false;
  }
}
