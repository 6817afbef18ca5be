/** The computed part of the risk assessment (L2, AG-706 4.2): what the approver signs beside the capsule, from facts alone. */
import {
  highestTierOf,
  type Decision,
  type DerivedFacts,
  type Proposal,
  type ReceivedSignal,
  type RiskAssessment,
} from '@countersign/core';

export interface AssessedChange {
  readonly proposal: Proposal;
  readonly decision: Decision;
  readonly derived: DerivedFacts;
  readonly signals: readonly ReceivedSignal[];
}

const DATA_EFFECTS: Readonly<Record<Proposal['rollback']['dataEffects'], string>> = {
  none: 'no data is written meanwhile',
  kept: 'data written since is kept',
  'replayed-once': 'data written since is replayed once',
  lost: 'data written since is LOST',
  unknown: 'what becomes of data written since is UNKNOWN',
};

export const assessRisk = ({ proposal, decision, derived, signals }: AssessedChange): RiskAssessment => ({
  type: 'risk-assessment',
  proposal: proposal.id,
  changeDigest: proposal.changeDigest,
  computedAt: decision.decidedAt,
  highestTier: highestTierOf(derived.impact),
  targets: derived.facts.targets,
  affectedServices: derived.impact.affectedServices,
  reversibility: proposal.rollback.kind === 'restore' ? 'restorable' : 'not-reversible',
  dataEffects: DATA_EFFECTS[proposal.rollback.dataEffects],
  exposure: signals.map(({ signal, isAuthenticated }) => {
    const standing = isAuthenticated ? signal.severity : `${signal.severity}, not authenticated`;
    return `${signal.source} ${signal.rule}: ${standing}`;
  }),
  independentSignals: derived.facts.independentSignals,
  margins: marginsOf(decision),
});

/** How far the nearest grant is: every condition that did not hold, as the rules read it. */
function marginsOf(decision: Decision): readonly string[] {
  const nearest = decision.counterfactuals.flatMap(({ rule, changes }) =>
    changes.map((change) => `${rule}: ${change}`),
  );
  return nearest.length > 0 ? nearest : decision.reasons.map(({ clause, text }) => `${clause}: ${text}`);
}
