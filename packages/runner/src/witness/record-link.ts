/** What the witness asks the record for and gives it. Answers are claims: `Tail` believes none of them. */
import { integer, list, object, ok, optional, refuse, text, type Result, type Shape } from '@countersign/core';
import type { DsseEnvelope } from '@countersign/seal';
import { readBytes } from '../preflight/read-file.ts';
import type { Caller } from '../watch/ask.ts';

export interface CheckpointClaim {
  readonly size: number;
  readonly note?: string;
}
export interface EntryClaim {
  readonly seq: number;
  /** Base64. */
  readonly leaf: string;
  readonly body?: string;
}

export interface RecordLink {
  /** Waits for a checkpoint larger than `after`. */
  readonly checkpoint: (after: number, signal: AbortSignal) => Promise<Result<CheckpointClaim>>;
  readonly entries: (from: number, limit: number) => Promise<Result<readonly EntryClaim[]>>;
  readonly cosign: (size: number, line: string) => Promise<Result<true>>;
  readonly status: (status: DsseEnvelope) => Promise<Result<true>>;
}

const count = integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const base64 = text({ max: 12_000_000, pattern: /^[A-Za-z0-9+/=]*$/ });
const checkpointShape: Shape<CheckpointClaim> = object<CheckpointClaim>({
  size: count,
  note: optional(text({ max: 65_536 })),
});
const entriesShape: Shape<{ readonly entries: readonly EntryClaim[] }> = object<{
  readonly entries: readonly EntryClaim[];
}>({
  entries: list(object<EntryClaim>({ seq: count, leaf: base64, body: optional(base64) }), { max: 1000 }),
});

const WAIT_MS = 20_000;
const TIMEOUT_MS = 30_000;
const MAX_BYTES = 134_217_728;

export function recordLink(
  caller: Caller,
  at: { readonly url: string; readonly token: () => Result<string> },
): RecordLink {
  const base = `${at.url.replace(/\/$/, '')}/api/v1/record`;
  const get = async <T>(path: string, shape: Shape<T>, signal?: AbortSignal): Promise<Result<T>> => {
    const token = at.token();
    if (!token.ok) return token;
    const headers = { authorization: `Bearer ${token.value}`, accept: 'application/json' };
    const question = { method: 'GET', url: base + path, headers, timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES } as const;
    const answer = await caller.ask(signal === undefined ? question : { ...question, signal });
    if (!answer.ok) return answer;
    if (answer.value.status !== 200)
      return refuse('no-answer', `the record answered with status ${answer.value.status}`);
    return readBytes(answer.value.body, shape, MAX_BYTES);
  };
  const post = async (path: string, document: object): Promise<Result<true>> => {
    const token = at.token();
    if (!token.ok) return token;
    const headers = { authorization: `Bearer ${token.value}`, 'content-type': 'application/json' };
    const body = Buffer.from(JSON.stringify(document));
    const answer = await caller.ask({ method: 'POST', url: base + path, headers, body, timeoutMs: TIMEOUT_MS });
    if (!answer.ok) return answer;
    const { status } = answer.value;
    return status >= 200 && status < 300 ? ok(true) : refuse('no-answer', `the record answered with status ${status}`);
  };
  return {
    checkpoint: (after, signal) => get(`/checkpoint?after=${after}&wait=${WAIT_MS}`, checkpointShape, signal),
    async entries(from, limit) {
      const page = await get(`/entries?from=${from}&limit=${limit}`, entriesShape);
      return page.ok ? ok(page.value.entries) : page;
    },
    cosign: (size, line) => post('/cosignatures', { size, line }),
    status: (status) => post('/status', { status }),
  };
}
