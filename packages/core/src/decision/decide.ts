/** The decision on one proposal (D1, D2): a pure function of what it is given, so anyone with the inputs reaches it again. */
import { parseDigest, type Digest } from '../shared/brand.ts';
import type { Refusal } from '../shared/result.ts';
import type { Floor } from '../people/trust-bundle.ts';
import type { Prediction } from '../impact/prediction.ts';
import type { Proposal } from '../proposal/proposal.ts';
import type { ActiveEnvelope } from '../envelope/activate.ts';
import type { Decision } from './decision.ts';
import type { DerivedFacts } from './derive-facts.ts';
import { compileEnvelope, type CompiledEnvelope } from './evaluate.ts';
import { judge, prohibitedBecause, type Judgement } from './judge.ts';
import type { Oracle } from './oracle.ts';
import type { Reason } from './reason.ts';

/** The envelope that rules, or why none does. A refused one is named when there is one to name. */
export type EnvelopeInForce =
  | { readonly kind: 'active'; readonly active: ActiveEnvelope }
  | {
      readonly kind: 'refused';
      readonly refusal: Refusal;
      readonly named?: { readonly digest: Digest; readonly version: number };
    };

export interface DecisionInput {
  readonly proposal: Pick<Proposal, 'id' | 'revision' | 'changeDigest'>;
  readonly stage: Decision['stage'];
  readonly derived: Pick<DerivedFacts, 'facts' | 'missing' | 'findings' | 'provenance'> & {
    readonly action?: { readonly prediction: Prediction };
  };
  readonly envelope: EnvelopeInForce;
  /** Absent: no snapshot; `derived.missing` says so. */
  readonly graph?: { readonly digest: Digest; readonly version: number };
  readonly floor: Floor;
  readonly oracle: Oracle;
  /** The rules of `envelope` when the caller keeps them; compiled here otherwise. */
  readonly compiled?: CompiledEnvelope;
}

/** SHA-256 of no bytes: stands for a document that is not there. */
const NOTHING = 'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
function nothing(): { readonly digest: Digest; readonly version: number } {
  const digest = parseDigest(NOTHING);
  if (digest === undefined) throw new Error('the digest of nothing is malformed');
  return { digest, version: 0 };
}

export function decide(input: DecisionInput): Decision {
  const { proposal, stage, derived, graph } = input;
  return {
    type: 'decision',
    proposal: proposal.id,
    revision: proposal.revision,
    changeDigest: proposal.changeDigest,
    stage,
    decidedAt: derived.facts.now,
    missing: derived.missing,
    facts: derived.facts,
    envelope: envelopeNamed(input.envelope),
    graph: graph ?? nothing(),
    findings: derived.findings,
    provenance: derived.provenance,
    ...(derived.action !== undefined && { prediction: derived.action.prediction }),
    ...judgementOn(input),
  };
}

function envelopeNamed(envelope: EnvelopeInForce): Decision['envelope'] {
  if (envelope.kind === 'refused') return envelope.named ?? nothing();
  return { digest: envelope.active.digest, version: envelope.active.envelope.version };
}

/** What stops before any rule is asked: no envelope in force, or a fact that is not there. */
function judgementOn(input: DecisionInput): Judgement {
  const { envelope, derived, floor, stage, oracle } = input;
  const missing = derived.missing.map((what): Reason => ({ clause: 'D1', text: `this is missing: ${what}` }));
  const refusal = envelope.kind === 'refused' ? envelope.refusal : envelope.active.refusalAt(derived.facts.now);
  const refused: readonly Reason[] =
    refusal === undefined
      ? []
      : [{ clause: refusal.clause ?? 'E2', text: `no envelope authorises anything: ${refusal.detail}` }];
  if (envelope.kind === 'refused' || refused.length > 0) return prohibitedBecause([...refused, ...missing]);
  if (missing.length > 0) return prohibitedBecause(missing);
  const { active } = envelope;
  const isOwn = input.compiled?.envelope === active.envelope;
  const compiled = isOwn && input.compiled !== undefined ? input.compiled : compileEnvelope(active.envelope);
  return judge({ compiled, envelopeDigest: active.digest, facts: derived.facts, floor, stage, oracle });
}
