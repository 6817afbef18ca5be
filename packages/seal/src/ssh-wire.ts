/** The binary encoding of SSH (RFC 4251 section 5): reading hostile blobs without ever throwing, writing our own. */

/** After the first short read every read returns empty and `isComplete` stays false. */
export class WireReader {
  readonly #bytes: Buffer;
  #at = 0;
  #isBroken = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes);
  }

  take(count: number): Uint8Array {
    if (this.#isBroken || this.#at + count > this.#bytes.length) {
      this.#isBroken = true;
      return new Uint8Array();
    }
    this.#at += count;
    return Uint8Array.from(this.#bytes.subarray(this.#at - count, this.#at));
  }

  byte(): number {
    return this.take(1)[0] ?? 0;
  }

  uint32(): number {
    const bytes = this.take(4);
    return bytes.length === 4 ? Buffer.from(bytes).readUInt32BE() : 0;
  }

  string(): Uint8Array {
    return this.take(this.uint32());
  }

  /** A string as Latin-1, so that every byte is compared. */
  text(): string {
    return Buffer.from(this.string()).toString('latin1');
  }

  rest(): Uint8Array {
    return this.take(this.#bytes.length - this.#at);
  }

  /** Everything was read and nothing is left. */
  get isComplete(): boolean {
    return !this.#isBroken && this.#at === this.#bytes.length;
  }
}

export function wireUint32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

export function wireString(content: Uint8Array | string): Uint8Array {
  const bytes = typeof content === 'string' ? Buffer.from(content, 'utf8') : content;
  return Buffer.concat([wireUint32(bytes.length), bytes]);
}

/** A positive number, most significant byte first, with the leading zero that keeps it positive. */
export function wireMpint(bytes: Uint8Array): Uint8Array {
  const first = bytes.findIndex((byte) => byte !== 0);
  const minimal = first < 0 ? new Uint8Array() : bytes.subarray(first);
  return wireString((minimal[0] ?? 0) >= 0x80 ? Buffer.concat([Uint8Array.of(0), minimal]) : minimal);
}

/** A positive mpint in its shortest form, left-padded to `width` bytes; undefined when it is anything else. */
export function mpintToFixed(mpint: Uint8Array, width: number): Uint8Array | undefined {
  const [first = 0, second = 0] = mpint;
  if (mpint.length === 0 || first >= 0x80) return undefined;
  const hasPadding = first === 0;
  if (hasPadding && second < 0x80) return undefined;
  const digits = hasPadding ? mpint.subarray(1) : mpint;
  if (digits.length > width) return undefined;
  return Buffer.concat([new Uint8Array(width - digits.length), digits]);
}
