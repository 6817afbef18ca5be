/** What a gateway does: fetch deliveries, hand in reports, frames around signed documents that the runner checks; and who lets it in (O4). */
import { optional } from '@countersign/core';
import { part, type Http, type Writing } from './http.ts';
import { anyNumber, anyText, anything, view } from './view-shape.ts';
import { many } from './views.ts';

export interface Deliveries {
  /** Cursor for the next poll. */
  readonly next: number;
  readonly deliveries: readonly { readonly seq: number; readonly delivery?: unknown }[];
}
export interface NamedReport {
  readonly name: string;
  readonly report: unknown;
}
export interface EnclaveCalls {
  readonly poll: (enclave: string, after: number, wait?: number) => Promise<Deliveries>;
  readonly report: (
    enclave: string,
    reports: readonly NamedReport[],
    writing?: Writing,
  ) => Promise<{ readonly accepted: readonly string[] }>;
  /** Holds a one-time secret: read it with `gatewayInvitationShape` and keep it in a file. */
  readonly inviteEnclave: (enclave: string, writing?: Writing) => Promise<unknown>;
  readonly shutOutEnclave: (enclave: string, writing?: Writing) => Promise<{ readonly ended: number }>;
}

const deliveriesView = view<Deliveries>({
  next: anyNumber,
  deliveries: many(view<Deliveries['deliveries'][number]>({ seq: anyNumber, delivery: optional(anything) })),
});
const acceptedView = view<{ readonly accepted: readonly string[] }>({ accepted: many(anyText) });

const ended = view<{ readonly ended: number }>({ ended: anyNumber });

export const enclaveCalls = (http: Http): EnclaveCalls => ({
  poll: (enclave, after, wait) =>
    http.get(deliveriesView, `/enclaves/${part(enclave)}/poll`, { query: { after, wait } }),
  report: (enclave, reports, writing) =>
    http.post(acceptedView, `/enclaves/${part(enclave)}/reports`, { reports }, writing),
  inviteEnclave: (enclave, writing) => http.post(anything, `/enclaves/${part(enclave)}/invitations`, {}, writing),
  shutOutEnclave: (enclave, writing) => http.post(ended, `/enclaves/${part(enclave)}/shut-out`, {}, writing),
});
