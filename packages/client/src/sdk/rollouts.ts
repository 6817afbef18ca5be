/** Rollouts: look, stop at once, let go on by signature. */
import { part, type Http, type Writing } from './http.ts';
import type { PageOptions } from './proposals.ts';
import { anything } from './view-shape.ts';
import { page, rolloutSummary, type Page, type RolloutSummary, type SignedDocument } from './views.ts';

export interface RolloutCalls {
  readonly rollouts: (options?: PageOptions) => Promise<Page<RolloutSummary>>;
  /** By digest of the capsule. */
  readonly rollout: (capsule: string) => Promise<RolloutSummary>;
  readonly halt: (capsule: string, writing?: Writing) => Promise<unknown>;
  readonly haltAll: (writing?: Writing) => Promise<unknown>;
  readonly resume: (capsule: string, resume: SignedDocument, writing?: Writing) => Promise<unknown>;
  readonly rollback: (capsule: string, writing?: Writing) => Promise<unknown>;
}

export const rolloutCalls = (http: Http): RolloutCalls => ({
  rollouts: (options = {}) => http.get(page(rolloutSummary), '/rollouts', { query: { ...options } }),
  rollout: (capsule) => http.get(rolloutSummary, `/rollouts/${part(capsule)}`),
  halt: (capsule, writing) => http.post(anything, `/rollouts/${part(capsule)}/halt`, {}, writing),
  haltAll: (writing) => http.post(anything, '/halt', {}, writing),
  resume: (capsule, resume, writing) => http.post(anything, `/rollouts/${part(capsule)}/resume`, { resume }, writing),
  rollback: (capsule, writing) => http.post(anything, `/rollouts/${part(capsule)}/rollback`, {}, writing),
});
