/** The computed part of the risk assessment (L2, AG-706 4.2): what the approver signs beside the capsule, from facts alone. */
import type { ReceivedSignal } from '../decision/fact-inputs.ts';
import type { Proposal } from '../proposal/proposal.ts';
import { highestTierOf } from '../impact/impact.ts';
import type { Decision } from '../decision/decision.ts';
import type { DerivedFacts } from '../decision/fact-inputs.ts';
import type { RiskAssessment } from './risk.ts';

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
  confidencePercent: derived.facts.confidencePercent,
  foreseen: foreseenOf(decision),
  findings: decision.findings.map(({ clause, text }) => `${clause}: ${text}`),
  margins: marginsOf(decision),
});

/** Every number of the grant that covers it or is nearest to it; without one, why there is none. */
function marginsOf({ margins }: Decision): readonly string[] {
  if (margins.length === 0) return ['no grant of the envelope speaks about this act'];
  return margins.map(({ grant, fact, value, bound, limit }) =>
    bound === 'at-most' ? `${grant}: ${fact} ${value} of ${limit}` : `${grant}: ${fact} ${value}, at least ${limit}`,
  );
}

/** The dry run as the decision has it; who signs, signs this (D4). */
function foreseenOf({ prediction }: Decision): readonly string[] {
  if (prediction === undefined) return ['nothing can be foreseen without a system graph'];
  const { dependants, flows, downCount, unknownCount, capacityLeftPercent } = prediction;
  const cut = flows.filter(({ after }) => after === 'cut');
  return [
    `${dependants.length} dependants: ${downCount} foreseen down, ${unknownCount} not to be foreseen`,
    ...(capacityLeftPercent === undefined ? [] : [`least capacity left: ${capacityLeftPercent} %`]),
    ...dependants
      .filter(({ health }) => health !== 'unaffected')
      .slice(0, MOST_NAMED)
      .map(({ node, health, because }) => `${node} ${health}: ${because}`),
    ...cut.slice(0, MOST_NAMED).map(({ from, to }) => `the flow ${from} to ${to} is cut`),
  ];
}

const MOST_NAMED = 40;
