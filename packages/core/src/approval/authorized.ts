/** Authority to run one capsule: policy said it may run alone, or the demanded people signed exactly these bytes (I1, D1). */
import type { Digest } from '../shared/brand.ts';
import { ok, refuse, type Refusal, type Result } from '../shared/result.ts';
import type { Capsule } from '../capsule/capsule.ts';
import type { Decision } from '../decision/decision.ts';
import type { Quorum, QuorumSeat } from './quorum.ts';

export interface AuthorityQuestion {
  /** Decided again now, from current facts (D6); never the stored one. */
  readonly decision: Pick<Decision, 'verdict' | 'proposal' | 'revision' | 'changeDigest' | 'missing'>;
  readonly capsule: Capsule;
  /** Digest of the capsule bytes as received. */
  readonly digest: Digest;
  readonly quorum?: Quorum;
}

/** Proof of authority over one capsule digest. It does not survive a wire or a database: there it is asked for again. */
export class Authorized {
  readonly #capsule: Digest;
  readonly #seats: readonly QuorumSeat[];

  private constructor(capsule: Digest, seats: readonly QuorumSeat[]) {
    this.#capsule = capsule;
    this.#seats = seats;
    Object.freeze(this);
  }

  static of(question: AuthorityQuestion): Result<Authorized> {
    const refusal = objection(question);
    if (refusal !== undefined) return { ok: false, refusal };
    return ok(new Authorized(question.digest, question.quorum?.seats ?? []));
  }

  get capsule(): Digest {
    return this.#capsule;
  }

  /** Who signed; empty when policy let it run alone. */
  get seats(): readonly QuorumSeat[] {
    return this.#seats;
  }
}

export const authorize = (question: AuthorityQuestion): Result<Authorized> => Authorized.of(question);

function no(code: string, detail: string, clause: string): Refusal {
  return refuse(code, detail, { clause }).refusal;
}

function objection({ decision, capsule, digest, quorum }: AuthorityQuestion): Refusal | undefined {
  const isSame =
    decision.proposal === capsule.proposal.id &&
    decision.revision === capsule.proposal.revision &&
    decision.changeDigest === capsule.changeDigest;
  if (!isSame) return no('decision-other', 'the decision is about another proposal, revision or change', 'D6');
  if (decision.verdict === 'prohibited' || capsule.decision.verdict === 'prohibited')
    return no('prohibited', 'the decision prohibits the change', 'D1');
  if (decision.missing.length > 0) return no('prohibited', 'facts that the decision needs are missing', 'D1');
  if (quorum !== undefined)
    return quorum.capsule === digest ? undefined : no('quorum-other', 'the quorum signed another capsule', 'A2');
  // Without people: policy has to say so now, the capsule must have been built so, and nobody may be owed.
  const isAlone =
    decision.verdict === 'autonomous' && capsule.decision.verdict === 'autonomous' && capsule.demands.length === 0;
  return isAlone ? undefined : no('quorum-missing', 'people have to approve this capsule first', 'A2');
}
