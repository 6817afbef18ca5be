/** What was proved before and how it is undone (L4, X6): the staging runner's reports, drills, and the plan that people sign. */
import { msOf, type Instant } from '../shared/brand.ts';
import type { Tier } from '../graph/graph.ts';
import { nodeOf } from '../graph/index-graph.ts';
import type { ActionImpact } from '../impact/actions/action-impact.ts';
import type { Impact } from '../impact/impact.ts';
import type { ActionType } from '../proposal/change.ts';
import { isSaidWithin, MAX_VALIDATION_AGE_MS } from './fact-ages.ts';
import { sorted, type DrillRecord, type FactInputs } from './fact-inputs.ts';
import type { Facts } from './facts.ts';

/** Staging counts only for exactly this change and for a time; a planned reproduction must have failed before and passed after (L4). */
export function isValidated({ validation, proposal, now }: FactInputs): boolean {
  if (validation === undefined) return false;
  return (
    validation.proposal === proposal.id &&
    validation.changeDigest === proposal.changeDigest &&
    validation.isPassed &&
    (proposal.validation.reproduction === undefined || validation.isReproduced) &&
    isSaidWithin(validation.finishedAt, now, MAX_VALIDATION_AGE_MS)
  );
}

/**
 * The envelope's rule for staging (L4): staging targets are known, are in staging and hold only data the envelope allows there, and
 * every dependency it names is there as well. An envelope that names no data classes and no dependencies makes no rule, and
 * then nothing has to be known of where the validation ran: whether it counts is the staging runner's signature.
 */
export function stagingPolicyMet({ envelope, graph, proposal }: FactInputs): boolean {
  const policy = envelope?.staging;
  if (policy === undefined || (policy.dataClasses.length === 0 && policy.dependencies.length === 0)) return true;
  if (graph === undefined) return false;
  const isInStaging = (name: string): boolean => nodeOf(graph, name)?.environment === 'staging';
  const keepsBoundary = (name: string): boolean =>
    policy.dataClasses.length === 0 ||
    (nodeOf(graph, name)?.dataClasses ?? []).every((kind) => policy.dataClasses.includes(kind));
  const { stagingTargets } = proposal.validation;
  return (
    stagingTargets.every((target) => isInStaging(target) && keepsBoundary(target)) &&
    policy.dependencies.every((needed) => isInStaging(needed) && keepsBoundary(needed))
  );
}

type ReversalFacts = Pick<Facts, 'rollbackKind' | 'rollbackWindowMinutes' | 'rollbackLosesData' | 'drillAgeDays'>;

export function reversalFacts(
  { proposal, drills, now }: FactInputs,
  impact: Impact,
  act: ActionImpact | undefined,
): ReversalFacts {
  const { kind, windowMinutes } = proposal.rollback;
  const tiers = impact.unknownTargets.length > 0 ? sorted<Tier>([...impact.tiers, 'safety-critical']) : impact.tiers;
  const ages = tiers.map((tier) => drillAgeDays(drills, { action: proposal.change.action, tier, now }));
  const effects = [proposal.rollback.dataEffects, act?.dataEffects];
  return {
    // A plan that puts nothing back that was changed is none, whatever it calls itself (X6).
    rollbackKind: act?.isReversible === false ? 'none' : kind,
    rollbackWindowMinutes: windowMinutes,
    rollbackLosesData: effects.some((effect) => effect === 'lost' || effect === 'unknown'),
    // The worst class rules; one that was never drilled makes the whole act undrilled.
    drillAgeDays: ages.length === 0 || ages.includes(-1) ? -1 : ages.reduce((oldest, age) => Math.max(oldest, age)),
  };
}

const DAY_MS = 86_400_000;

/** Full days begun since the newest drill of the class, when it passed; a failed one takes the older ones' word away (X6). */
function drillAgeDays(
  drills: readonly DrillRecord[],
  { action, tier, now }: { readonly action: ActionType; readonly tier: Tier; readonly now: Instant },
): number {
  // A passed one of the future is not believed; a failed one is, whatever its clock showed.
  const own = drills.filter(
    (drill) => drill.action === action && drill.tier === tier && (drill.at <= now || !drill.isPassed),
  );
  const newest = own.reduce<Instant | undefined>(
    (latest, { at }) => (latest === undefined || at > latest ? at : latest),
    undefined,
  );
  if (newest === undefined || own.some(({ at, isPassed }) => at === newest && !isPassed)) return -1;
  return Math.ceil((msOf(now) - msOf(newest)) / DAY_MS);
}
