/** The two calls a gateway makes, both outbound. What comes back is hostile until the runner has verified it. */
import { integer, list, object, ok, refuse, type Result, type Shape } from '@countersign/core';
import { deliveryShape, MAX_POLL_BYTES, type PollAnswer, type Report } from '@countersign/seal';
import { readBytes } from '../preflight/read-file.ts';
import type { Caller } from '../watch/ask.ts';

export interface NamedReport {
  readonly name: string;
  readonly report: Report;
}

export interface ControlLink {
  /** Waits until there is something after `cursor` or the server gives up waiting. */
  readonly poll: (cursor: number, signal: AbortSignal) => Promise<Result<PollAnswer>>;
  /** When it has succeeded, control has stored every report; a name it already has is no error. */
  readonly send: (reports: readonly NamedReport[]) => Promise<Result<true>>;
}

const POLL_TIMEOUT_MS = 60_000;
const SEND_TIMEOUT_MS = 30_000;

const pollAnswerShape: Shape<PollAnswer> = object<PollAnswer>({
  next: integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  deliveries: list(
    object<PollAnswer['deliveries'][number]>({
      seq: integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
      delivery: deliveryShape,
    }),
    { max: 1000 },
  ),
});

export function controlLink(
  caller: Caller,
  at: {
    readonly url: string;
    readonly enclave: string;
    readonly headers: () => Result<Readonly<Record<string, string>>>;
  },
): ControlLink {
  const base = `${at.url.replace(/\/$/, '')}/api/v1/enclaves/${at.enclave}`;
  return {
    async poll(cursor, signal) {
      const own = at.headers();
      if (!own.ok) return own;
      const headers = { ...own.value, accept: 'application/json' };
      const url = `${base}/poll?after=${cursor}`;
      const question = {
        method: 'GET',
        url,
        headers,
        signal,
        timeoutMs: POLL_TIMEOUT_MS,
        maxBytes: MAX_POLL_BYTES,
      } as const;
      const answer = await caller.ask(question);
      if (!answer.ok) return answer;
      if (answer.value.status === 204) return ok({ next: cursor, deliveries: [] });
      if (answer.value.status !== 200) return refused(answer.value.status);
      return readBytes(answer.value.body, pollAnswerShape, MAX_POLL_BYTES);
    },
    async send(reports) {
      const own = at.headers();
      if (!own.ok) return own;
      const headers = { ...own.value, 'content-type': 'application/json' };
      const body = Buffer.from(JSON.stringify({ reports }));
      const answer = await caller.ask({
        method: 'POST',
        url: `${base}/reports`,
        headers,
        body,
        timeoutMs: SEND_TIMEOUT_MS,
      });
      if (!answer.ok) return answer;
      const { status } = answer.value;
      return status >= 200 && status < 300 ? ok(true) : refused(status);
    },
  };
}

/** `rejected`: control will never take this; anything else may get better. */
function refused(status: number): Result<never> {
  const isFinal = status === 400 || status === 409 || status === 413 || status === 422;
  return refuse(isFinal ? 'rejected' : 'no-answer', `control answered with status ${status}`);
}
