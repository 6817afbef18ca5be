/** What a gateway does: fetch deliveries, hand in reports. Both are frames around signed documents that the runner checks. */
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
}

const deliveriesView = view<Deliveries>({
  next: anyNumber,
  deliveries: many(view<Deliveries['deliveries'][number]>({ seq: anyNumber, delivery: optional(anything) })),
});
const acceptedView = view<{ readonly accepted: readonly string[] }>({ accepted: many(anyText) });

export const enclaveCalls = (http: Http): EnclaveCalls => ({
  poll: (enclave, after, wait) =>
    http.get(deliveriesView, `/enclaves/${part(enclave)}/poll`, { query: { after, wait } }),
  report: (enclave, reports, writing) =>
    http.post(acceptedView, `/enclaves/${part(enclave)}/reports`, { reports }, writing),
});
