/** What a use case answers. A refusal is not an answer: it is the other side of the result. */
import type { ServerResponse } from 'node:http';

type Headers = Readonly<Record<string, string>>;

export type Answer =
  | { readonly kind: 'json'; readonly status: number; readonly body: unknown; readonly headers: Headers }
  | { readonly kind: 'text'; readonly type: string; readonly body: string; readonly headers: Headers }
  /** To another page of a browser; `cookies` are whole values of `Set-Cookie`. */
  | { readonly kind: 'redirect'; readonly location: string; readonly cookies: readonly string[] }
  /** Takes the connection over; returns at once and ends the response itself. */
  | { readonly kind: 'stream'; readonly start: (response: ServerResponse) => void };

export const json = (body: unknown, status: number = 200, headers: Headers = {}): Answer => ({
  kind: 'json',
  status,
  body,
  headers,
});

export const plainText = (body: string, type: string = 'text/plain; charset=utf-8', headers: Headers = {}): Answer => ({
  kind: 'text',
  type,
  body,
  headers,
});
