/** A version that the right people signed (E3): two for what may widen, one for what is proved to narrow. Says nothing about time. */
import type { Digest, PersonId } from '../shared/brand.ts';
import { ok, type Refusal, type Result } from '../shared/result.ts';
import type { Role } from '../people/person.ts';
import type { Envelope } from './envelope.ts';
import type { ProvedNarrowing } from './lifecycle/narrowing.ts';

/** A person's signature over one digest, checked by whoever holds the roster; roles as the roster has them. */
export interface EnvelopeSignature {
  readonly person: PersonId;
  readonly roles: readonly Role[];
  readonly digest: Digest;
}

export interface Signing {
  readonly envelope: Envelope;
  /** Digest of the envelope's bytes as received. */
  readonly digest: Digest;
  readonly signatures: readonly EnvelopeSignature[];
  readonly authors: readonly PersonId[];
  /** That it only narrows the version before it; without this proof it counts as widening. */
  readonly narrowing?: ProvedNarrowing;
}

const POLICY_ADMIN = 'policy-admin';

/** Proof that enough of the right people signed exactly this document. It does not survive serialisation. */
export class SignedEnvelope {
  readonly #proof: { readonly envelope: Envelope; readonly digest: Digest; readonly narrowings: number };

  private constructor(envelope: Envelope, digest: Digest, narrowings: number) {
    this.#proof = { envelope, digest, narrowings };
  }

  get envelope(): Envelope {
    return this.#proof.envelope;
  }

  get digest(): Digest {
    return this.#proof.digest;
  }

  /** 0: two people signed it; else how many narrowings lie between it and such a version. */
  get narrowings(): number {
    return this.#proof.narrowings;
  }

  static check(signing: Signing): Result<SignedEnvelope> {
    const { envelope, digest, narrowing } = signing;
    const refused = refusalOf(signing, 2);
    if (refused === undefined) return ok(new SignedEnvelope(envelope, digest, 0));
    if (narrowing === undefined || !narrowing.isOf(digest)) return { ok: false, refusal: refused };
    const few = refusalOf(signing, 1);
    return few === undefined ? ok(new SignedEnvelope(envelope, digest, narrowing.steps)) : { ok: false, refusal: few };
  }
}

/** Refused is what lacks signatures of policy admins over this digest; form and dates are not looked at. */
export const checkSigned = (signing: Signing): Result<SignedEnvelope> => SignedEnvelope.check(signing);

function refusalOf({ envelope, digest, signatures, authors }: Signing, needed: 1 | 2): Refusal | undefined {
  const unsigned = { code: 'envelope-unsigned' } as const;
  if (signatures.length === 0)
    return { ...unsigned, detail: `version ${envelope.version} is not signed`, clause: 'E2' };
  const admins = signatures.filter(
    (signature) => signature.digest === digest && signature.roles.some((role) => role === POLICY_ADMIN),
  );
  // Widening: neither the author nor the owner (E3). Narrowing: any one policy admin, at once.
  const excluded = new Set<string>(needed === 2 ? [...authors, envelope.owner] : []);
  const counted = new Set(admins.map(({ person }) => person).filter((person) => !excluded.has(person)));
  if (counted.size >= needed) return undefined;
  const who = needed === 2 ? 'two different policy admins, neither its author nor its owner' : 'one policy admin';
  return {
    ...unsigned,
    detail: `version ${envelope.version} needs ${who}; ${counted.size} signed exactly this version`,
    clause: 'E3',
    next: ['ask a policy admin to sign this digest'],
  };
}
