/** Answers of the agent's own control plane, whose form it trusts; what the agent sends back is checked again at intake. */
import type { SeenSignal } from './playbook.ts';

export interface TriageList {
  readonly items: readonly { readonly id: string }[];
}
export interface TriageDetail {
  readonly signals: readonly { readonly signal: SeenSignal; readonly isAuthenticated: boolean }[];
}

export const triageList = (body: unknown): TriageList => body as TriageList;
export const triageDetail = (body: unknown): TriageDetail => body as TriageDetail;
