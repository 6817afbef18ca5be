/** An envelope authorises only as an `ActiveEnvelope`, and only this file makes one (E2, E3, AG-706 4.10). */
import type { Digest, Instant } from '../shared/brand.ts';
import { ok, refuse, type Refusal, type Result } from '../shared/result.ts';
import { checkSigned, type SignedEnvelope, type Signing } from './activate-signed.ts';
import { checkEnvelope } from './check-envelope.ts';
import type { Envelope } from './envelope.ts';

export interface Activation extends Signing {
  readonly now: Instant;
  /** Newest version known to be activated; an older one is superseded. */
  readonly newestVersion?: number;
}

/** Whether the dates of an envelope cover this instant. `validUntil` itself is outside. */
export type EnvelopeState = 'not-yet' | 'active' | 'expired';
export function envelopeState(envelope: Pick<Envelope, 'validFrom' | 'validUntil'>, now: Instant): EnvelopeState {
  if (now < envelope.validFrom) return 'not-yet';
  return now < envelope.validUntil ? 'active' : 'expired';
}

/** Proof that this version was rightly signed and in force when it was checked. It does not survive serialisation. */
export class ActiveEnvelope {
  readonly #proof: { readonly signed: SignedEnvelope; readonly checkedAt: Instant };

  private constructor(signed: SignedEnvelope, checkedAt: Instant) {
    this.#proof = { signed, checkedAt };
  }

  get envelope(): Envelope {
    return this.#proof.signed.envelope;
  }

  get digest(): Digest {
    return this.#proof.signed.digest;
  }

  /** What a later version is compared with. */
  get signed(): SignedEnvelope {
    return this.#proof.signed;
  }

  get checkedAt(): Instant {
    return this.#proof.checkedAt;
  }

  /** Why this envelope authorises nothing at `now`, if so: a proof grows old like what it proves. */
  refusalAt(now: Instant): Refusal | undefined {
    return refusalOfDates(this.envelope, now);
  }

  static check(activation: Activation): Result<ActiveEnvelope> {
    const refused = refusalOfDocument(activation);
    if (refused !== undefined) return { ok: false, refusal: refused };
    const signed = checkSigned(activation);
    if (!signed.ok) return signed;
    const late = refusalOfDates(activation.envelope, activation.now);
    if (late !== undefined) return { ok: false, refusal: late };
    return ok(new ActiveEnvelope(signed.value, activation.now));
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

function refusalOfDocument({ envelope, newestVersion = 0 }: Activation): Refusal | undefined {
  const complaints = checkEnvelope(envelope);
  if (complaints.length > 0)
    return refusal('envelope-faulty', `version ${envelope.version} has ${complaints.length} faults`, 'E1', {
      complaints,
    });
  if (newestVersion <= envelope.version) return undefined;
  return refusal('envelope-superseded', `version ${envelope.version} was replaced by version ${newestVersion}`, 'E2');
}

/** For a caller that has no envelope to show: what a decision says in its place. */
export const noEnvelope = (): { readonly ok: false; readonly refusal: Refusal } =>
  refuse('envelope-missing', 'no envelope was ever activated', { clause: 'AG-706 4.1' });
