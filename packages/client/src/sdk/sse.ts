/** Server-sent events, taken apart as they arrive (the WHATWG format, with a bound on what may pile up). */
export interface SseMessage {
  readonly id?: string;
  readonly event: string;
  readonly data: string;
}

const MAX_PENDING = 16_777_216;

export class SseParser {
  #rest = '';
  #id: string | undefined;
  #event = '';
  #data: string[] = [];

  /** The messages that are complete with this text; throws when one grows beyond any bound. */
  push(text: string): readonly SseMessage[] {
    const lines = (this.#rest + text).split(/\r\n|\n|\r/);
    this.#rest = lines.pop() ?? '';
    if (this.#rest.length > MAX_PENDING) throw new RangeError('an event is too long');
    return lines.flatMap((line) => this.#line(line) ?? []);
  }

  #line(line: string): SseMessage | undefined {
    if (line === '') return this.#finish();
    const colon = line.indexOf(':');
    // A line that begins with a colon is a comment: the heartbeat.
    if (colon === 0) return undefined;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'data') this.#data.push(value);
    else if (field === 'event') this.#event = value;
    else if (field === 'id') this.#id = value;
    return undefined;
  }

  #finish(): SseMessage | undefined {
    const [data, event, id] = [this.#data.join('\n'), this.#event || 'message', this.#id];
    const isEmpty = this.#data.length === 0;
    this.#data = [];
    this.#event = '';
    return isEmpty ? undefined : { event, data, ...(id !== undefined && { id }) };
  }
}
