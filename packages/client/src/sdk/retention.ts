/** What is kept how long, and what is held (V2). */
import { optional } from '@countersign/core';
import { part, type Http, type Writing } from './http.ts';
import { anyNumber, anyText, anything, view } from './view-shape.ts';
import { many } from './views.ts';

export interface RetentionView {
  readonly kinds: readonly {
    readonly kind: string;
    /** By environment. */
    readonly days?: unknown;
    /** Digests of bodies whose time is over; at most 500. */
    readonly due: readonly string[];
  }[];
}
export interface RetentionRun {
  readonly kinds: readonly { readonly kind: string; readonly expired: number }[];
}
export interface HoldView {
  readonly name: string;
  readonly proposals: readonly string[];
  readonly period?: { readonly from: string; readonly to: string };
  readonly reason: string;
  readonly by: string;
  readonly at: string;
  readonly state: string;
  readonly liftAskedBy?: string;
  readonly liftedBy?: string;
}
interface NewHold {
  readonly name: string;
  readonly proposals: readonly string[];
  readonly period?: { readonly from: string; readonly to: string };
  readonly reason: string;
}
export interface LiftState {
  readonly name: string;
  readonly state: string;
}
export interface RetentionCalls {
  readonly retention: () => Promise<RetentionView>;
  readonly runRetention: (writing?: Writing) => Promise<RetentionRun>;
  readonly holds: () => Promise<{ readonly items: readonly HoldView[] }>;
  readonly setHold: (hold: NewHold, writing?: Writing) => Promise<unknown>;
  /** The first person asks, a second one confirms with the same call. */
  readonly liftHold: (name: string, reason: string, writing?: Writing) => Promise<LiftState>;
}

const retentionView = view<RetentionView>({
  kinds: many(view<RetentionView['kinds'][number]>({ kind: anyText, days: optional(anything), due: many(anyText) })),
});
const retentionRun = view<RetentionRun>({
  kinds: many(view<RetentionRun['kinds'][number]>({ kind: anyText, expired: anyNumber })),
});
const holdView = view<HoldView>({
  name: anyText,
  proposals: many(anyText),
  period: optional(view<NonNullable<HoldView['period']>>({ from: anyText, to: anyText })),
  reason: anyText,
  by: anyText,
  at: anyText,
  state: anyText,
  liftAskedBy: optional(anyText),
  liftedBy: optional(anyText),
});
const holdList = view<{ readonly items: readonly HoldView[] }>({ items: many(holdView) });
const liftState = view<LiftState>({ name: anyText, state: anyText });

export const retentionCalls = (http: Http): RetentionCalls => ({
  retention: () => http.get(retentionView, '/retention'),
  runRetention: (writing) => http.post(retentionRun, '/retention/run', {}, writing),
  holds: () => http.get(holdList, '/holds'),
  setHold: (hold, writing) => http.post(anything, '/holds', hold, writing),
  liftHold: (name, reason, writing) => http.post(liftState, `/holds/${part(name)}/lift`, { reason }, writing),
});
