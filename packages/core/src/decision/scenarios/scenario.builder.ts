/** From a graph to a decision, as the control plane goes: nothing in between is written by hand. For tests. */
import { aGraph } from '../../graph/graph.builder.ts';
import type { GraphSnapshot } from '../../graph/graph.ts';
import { indexGraph } from '../../graph/index-graph.ts';
import type { Environment } from '../../people/trust-bundle.ts';
import type { ActionType } from '../../proposal/change.ts';
import type { Proposal } from '../../proposal/proposal.ts';
import type { Step } from '../../proposal/step.ts';
import type { TargetId } from '../../shared/brand.ts';
import { aSignal } from '../../signal/signal.builder.ts';
import type { Signal } from '../../signal/signal.ts';
import { anEnvelope, anId, at, NOW } from '../../envelope/envelope.builder.ts';
import type { Envelope } from '../../envelope/envelope.ts';
import { decide } from '../decide.ts';
import { inputOf } from '../decide.builder.ts';
import type { Decision } from '../decision.ts';
import { aProposal, someInputs } from '../derive-facts.builder.ts';
import { deriveFacts, type DerivedFacts, type FactInputs } from '../derive-facts.ts';
import { aFloor } from '../facts.builder.ts';

export interface Scenario {
  readonly graph: GraphSnapshot;
  readonly action: ActionType;
  readonly steps: readonly Step[];
  readonly targets: readonly string[];
  readonly environment?: Environment;
  readonly envelope?: Envelope;
  /** What both sources speak about; the targets when nothing else is said. */
  readonly about?: readonly string[];
  readonly signal?: Partial<Signal>;
  readonly isStaged: boolean;
  readonly proposal?: Partial<Proposal>;
  readonly inputs?: Partial<FactInputs>;
}

const named = (names: readonly string[]): readonly TargetId[] => names.map((name) => anId<'Target'>(name));

/** What the scenario is decided on. */
function inputsOf(scenario: Scenario): FactInputs {
  const { graph, action, steps, targets, envelope = anEnvelope(), about = targets, isStaged } = scenario;
  const { validation, ...others } = someInputs();
  const proposal = aProposal({
    change: { action, summary: action, steps, intendedVersions: {} },
    targets: named(targets),
    ...(scenario.environment !== undefined && { environment: scenario.environment }),
    ...scenario.proposal,
  });
  const speaking = (id: string, source: string): FactInputs['signals'][number] => ({
    signal: aSignal(id, { source: anId(source), targets: named(about), ...scenario.signal }),
    isAuthenticated: true,
  });
  return {
    ...others,
    proposal,
    envelope,
    graph: indexGraph({ ...aGraph([]), ...graph }),
    signals: [speaking('s1', 'prometheus'), speaking('s2', 'scanner')],
    drills: (['non-critical', 'production-critical', 'safety-critical'] as const).map((tier) => ({
      action,
      tier,
      isPassed: true,
      at: at('2026-11-08T12:00:00.000Z'),
    })),
    ...(isStaged && validation !== undefined && { validation }),
    ...scenario.inputs,
  };
}

export interface Decided {
  readonly decision: Decision;
  readonly derived: DerivedFacts;
}

export function decideScenario(scenario: Scenario): Decided {
  const inputs = inputsOf(scenario);
  const derived = deriveFacts(inputs);
  const stage = scenario.isStaged ? 'after-staging' : 'before-staging';
  const { envelope = anEnvelope() } = scenario;
  const input = inputOf({ facts: derived.facts, envelope, floor: aFloor(), stage, missing: derived.missing });
  return { decision: decide({ ...input, derived }), derived };
}

export { NOW };
