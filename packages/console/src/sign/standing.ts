/**
 * Where a proposal stands for whoever looks at it, as one value: what may be offered follows from it and from nothing else. The
 * sign button exists in exactly one of these states.
 */
import type { Problem, SigningData } from '@countersign/client';
import type { Person } from '@countersign/core';
import type { OpenCapsule } from '../capsule/open-capsule.ts';
import { nameOf } from '../passkey/roster.ts';
import { ownDelta, type OpenDelta } from './open-delta.ts';

export interface Review {
  readonly data: SigningData;
  readonly opened: OpenCapsule;
  readonly people: readonly Person[];
  /** What changed since people signed the version before. */
  readonly delta?: OpenDelta;
}
export type Standing =
  | { readonly state: 'loading' }
  /** Nobody is known to look: the server shows proposals to people only. */
  | { readonly state: 'no-session' }
  | { readonly state: 'problem'; readonly problem: Problem }
  | { readonly state: 'mismatch'; readonly problems: readonly string[] }
  | { readonly state: 'open'; readonly review: Review }
  | { readonly state: 'decided'; readonly review: Review };

/** What the page knows about itself beside the proposal. */
export interface Freshness {
  /** Events arrive, so what is shown is what is. */
  readonly isLive: boolean;
  /** The capsule that is in force now differs from the one that was read here. */
  readonly isReplaced: boolean;
}

const WAITING_STATE = 'PENDING';

export const standingOf = (review: Review): Standing =>
  review.data.state === WAITING_STATE ? { state: 'open', review } : { state: 'decided', review };

/** Why a person cannot sign now; undefined when they can. Fails closed: whatever is not known is a reason. */
export function obstacle(review: Review, { isLive, isReplaced }: Freshness, signer: SignerChoice): string | undefined {
  const { data, opened } = review;
  if (data.state !== WAITING_STATE) return 'This proposal does not wait for signatures.';
  if (isReplaced) return 'The capsule was replaced while you were reading. Read the new one.';
  if (!isLive) return 'The connection is lost, so this page may be old. Signing is locked until it is back.';
  if (signer.now >= opened.capsule.notAfter) return `The capsule was valid until ${opened.capsule.notAfter}.`;
  if (signer.role === undefined) return `${signer.name} may not sign this. ${askedText(review)}`;
  if (data.approvals.some(({ person }) => person === signer.person)) return `${signer.name} has signed already.`;
  const own = ownDelta(review, signer.person, signer.role);
  if (own?.kind === 'narrower') return `What ${signer.name} signed in version ${own.version} stands: this is less.`;
  if (signer.passkeys === 0) return `${signer.name} has no passkey here yet.`;
  return undefined;
}

/** A lock names who has the key: people are not sent away without an address. */
function askedText({ data, people }: Review): string {
  const asked = data.eligible.map(({ person, role }) => `${nameOf(people, person)} as ${role}`);
  return asked.length === 0 ? 'Nobody on the roster may.' : `Asked are ${asked.join(', ')}.`;
}

export interface SignerChoice {
  readonly person: string;
  readonly name: string;
  readonly role: string | undefined;
  readonly passkeys: number;
  readonly now: string;
}

/** The duties for which a person may still sign, in the order in which they are demanded. */
export const rolesOf = (data: Pick<SigningData, 'eligible'>, person: string): readonly string[] =>
  data.eligible.filter((seat) => seat.person === person).map(({ role }) => role);

/** People who may sign, each once. */
export const signersOf = (data: Pick<SigningData, 'eligible'>): readonly string[] => [
  ...new Set(data.eligible.map(({ person }) => person)),
];

/** How many signatures are there and are needed. */
export function progressOf({ data, opened }: Review): { readonly given: number; readonly needed: number } {
  const needed = opened.capsule.demands.reduce((sum, { count }) => sum + count, 0);
  return { given: Math.min(data.approvals.length, needed), needed };
}
