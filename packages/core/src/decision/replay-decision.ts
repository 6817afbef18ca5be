/**
 * The same decision again from what was recorded (D2): years later, in another process, in the runner. The document that comes out
 * has the same bytes, so its digest says whether anything was another.
 */
import type { Floor } from '../people/trust-bundle.ts';
import { decide, type EnvelopeInForce } from './decide.ts';
import type { Decision } from './decision.ts';
import { answerOf, compileEnvelope, OWN_ENGINE, type CompiledEnvelope } from './evaluate.ts';
import type { Oracle } from './oracle.ts';

export interface ReplaySetting {
  readonly envelope: EnvelopeInForce;
  readonly floor: Floor;
  /** The engine that took part then; without it our own evaluator answers in its place, which agreed with it or there was no verdict. */
  readonly oracle?: Oracle;
  readonly compiled?: CompiledEnvelope;
}

/** What of a decision is its input; everything else is found again. */
export type RecordedInputs = Pick<
  Decision,
  | 'proposal'
  | 'revision'
  | 'changeDigest'
  | 'stage'
  | 'missing'
  | 'facts'
  | 'findings'
  | 'prediction'
  | 'provenance'
  | 'graph'
  | 'engines'
>;

export function replayDecision(recorded: RecordedInputs, setting: ReplaySetting): Decision {
  const { proposal, revision, changeDigest, stage, missing, facts, findings, prediction, provenance, graph } = recorded;
  const compiled = setting.compiled ?? compiledOf(setting.envelope);
  const again = decide({
    proposal: { id: proposal, revision, changeDigest },
    stage,
    derived: {
      facts,
      missing,
      findings,
      provenance,
      ...(prediction !== undefined && { action: { prediction } }),
    },
    envelope: setting.envelope,
    graph,
    floor: setting.floor,
    oracle: setting.oracle ?? ownOracle(compiled),
    ...(compiled !== undefined && { compiled }),
  });
  // Which programs decided is a fact of that time; the verdict must not depend on it.
  return { ...again, engines: recorded.engines };
}

const compiledOf = (envelope: EnvelopeInForce): CompiledEnvelope | undefined =>
  envelope.kind === 'active' ? compileEnvelope(envelope.active.envelope) : undefined;

const ownOracle =
  (compiled: CompiledEnvelope | undefined): Oracle =>
  ({ action, attributes, mode }) => {
    if (compiled === undefined) return { kind: 'error', problem: 'there are no rules', engine: OWN_ENGINE };
    const { isAllowed, determining } = answerOf(compiled, { action, attributes, mode });
    return { kind: 'answer', isAllowed, determining, engine: OWN_ENGINE };
  };
