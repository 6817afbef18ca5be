/** An envelope authorises only as an `ActiveEnvelope`, and only this file makes one (E2, E3, AG-706 4.10). */
import type { Digest, Instant, PersonId } from '../shared/brand.ts';
import { ok, refuse, type Refusal, type Result } from '../shared/result.ts';
import type { Role } from '../people/person.ts';
import { checkEnvelope } from './check-envelope.ts';
import type { Envelope } from './envelope.ts';

/** A person's signature over one digest, checked by whoever holds the roster; roles as the roster has them. */
export interface EnvelopeSignature {
  readonly person: PersonId;
  readonly roles: readonly Role[];
  readonly digest: Digest;
}

export interface Activation {
  readonly envelope: Envelope;
  /** Digest of the envelope's bytes as received. */
  readonly digest: Digest;
  readonly now: Instant;
  readonly signatures: readonly EnvelopeSignature[];
  readonly authors: readonly PersonId[];
  /** Newest version known to be activated; an older one is superseded. */
  readonly newestVersion?: number;
  /** False only for a version proved to narrow or to suspend (E3); without proof it is widening. */
  readonly isWidening: boolean;
}

const POLICY_ADMIN = 'policy-admin';

/** Whether the dates of an envelope cover this instant. `validUntil` itself is outside. */
export type EnvelopeState = 'not-yet' | 'active' | 'expired';
export function envelopeState(envelope: Pick<Envelope, 'validFrom' | 'validUntil'>, now: Instant): EnvelopeState {
  if (now < envelope.validFrom) return 'not-yet';
  return now < envelope.validUntil ? 'active' : 'expired';
}

/** Proof that this version was rightly signed and in force when it was checked. It does not survive serialisation. */
export class ActiveEnvelope {
  readonly #proof: { readonly envelope: Envelope; readonly digest: Digest; readonly checkedAt: Instant };

  private constructor(envelope: Envelope, digest: Digest, checkedAt: Instant) {
    this.#proof = { envelope, digest, checkedAt };
  }

  get envelope(): Envelope {
    return this.#proof.envelope;
  }

  get digest(): Digest {
    return this.#proof.digest;
  }

  get checkedAt(): Instant {
    return this.#proof.checkedAt;
  }

  /** Why this envelope authorises nothing at `now`, if so: a proof grows old like what it proves. */
  refusalAt(now: Instant): Refusal | undefined {
    return refusalOfDates(this.#proof.envelope, now);
  }

  static check(activation: Activation): Result<ActiveEnvelope> {
    const refused = refusalOf(activation);
    if (refused !== undefined) return { ok: false, refusal: refused };
    return ok(new ActiveEnvelope(activation.envelope, activation.digest, activation.now));
  }
}

/** Unsigned, expired, future, superseded or faulty: authorises nothing, and says which (E2). */
export const activate = (activation: Activation): Result<ActiveEnvelope> => ActiveEnvelope.check(activation);

function refusalOfDates(envelope: Envelope, now: Instant): Refusal | undefined {
  const state = envelopeState(envelope, now);
  const dates = `version ${envelope.version} is valid from ${envelope.validFrom} until ${envelope.validUntil}`;
  switch (state) {
    case 'active':
      return undefined;
    case 'not-yet':
      return refusal('envelope-not-yet-valid', `${dates} and it is ${now}`, 'AG-706 4.10');
    case 'expired':
      return refusal('envelope-expired', `${dates} and it is ${now}: re-authorise it`, 'AG-706 4.10');
  }
}

function refusal(code: string, detail: string, clause: string, more: Partial<Refusal> = {}): Refusal {
  return { code, detail, clause, ...more };
}

function refusalOf(activation: Activation): Refusal | undefined {
  const { envelope, newestVersion = 0, now } = activation;
  const complaints = checkEnvelope(envelope);
  if (complaints.length > 0)
    return refusal('envelope-faulty', `version ${envelope.version} has ${complaints.length} faults`, 'E1', {
      complaints,
    });
  if (newestVersion > envelope.version)
    return refusal('envelope-superseded', `version ${envelope.version} was replaced by version ${newestVersion}`, 'E2');
  return refusalOfSignatures(activation) ?? refusalOfDates(envelope, now);
}

function refusalOfSignatures({ envelope, digest, signatures, authors, isWidening }: Activation): Refusal | undefined {
  if (signatures.length === 0) return refusal('envelope-unsigned', `version ${envelope.version} is not signed`, 'E2');
  const admins = signatures.filter(
    (signature) => signature.digest === digest && signature.roles.some((role) => role === POLICY_ADMIN),
  );
  // Widening: neither the author nor the owner (E3). Narrowing: any one policy admin, at once.
  const excluded = new Set<string>([...authors, envelope.owner]);
  const counted = new Set(admins.map(({ person }) => person).filter((person) => !isWidening || !excluded.has(person)));
  const needed = isWidening ? 2 : 1;
  if (counted.size >= needed) return undefined;
  const who = isWidening ? 'two different policy admins, neither its author nor its owner' : 'one policy admin';
  return refusal(
    'envelope-unsigned',
    `version ${envelope.version} needs ${who}; ${counted.size} signed exactly this version`,
    'E3',
    {
      next: ['ask a policy admin to sign this digest'],
    },
  );
}

/** For a caller that has no envelope to show: what a decision says in its place. */
export const noEnvelope = (): { readonly ok: false; readonly refusal: Refusal } =>
  refuse('envelope-missing', 'no envelope was ever activated', { clause: 'AG-706 4.1' });
