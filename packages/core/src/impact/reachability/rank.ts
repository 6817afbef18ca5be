/**
 * The order in which findings reach people (G5): by what can be reached and exploited, not by what is loud. The order is a pure
 * function of the graph, the statements and the time; each finding ranks by itself, so that thousands rank in one pass.
 */
import { nodeOf, tierOf, type GraphIndex } from '../../graph/index-graph.ts';
import type { Tier } from '../../graph/graph.ts';
import { plusMs, type Instant } from '../../shared/brand.ts';
import { businessPaths, type OnPath } from './business-path.ts';
import type { Answerable, Disposition, Finding, HeardStatement, HeldReason, RankedFinding } from './finding.ts';
import type { Reach, ReachMap } from './reach.ts';
import { StatementIndex, type VexVerdict } from './exploitability.ts';

export interface RankInputs {
  /** Absent: no snapshot; every reach is unknown and every tier the highest. */
  readonly graph?: GraphIndex;
  readonly reach: ReachMap;
  readonly statements: readonly HeardStatement[];
  /** Vulnerabilities that are exploited in the wild. */
  readonly exploited: ReadonlySet<string>;
  readonly now: Instant;
  /** Who answers where the graph names no owner; default `service-owner`. */
  readonly fallbackRole?: string;
}

/** Days a finding may be held, by severity from 0 to 4; an unmapped one like the highest. */
export const HELD_DAYS: readonly number[] = [180, 180, 90, 60, 30];
/** The same for what is exploited in the wild, whatever its severity. */
export const HELD_DAYS_EXPLOITED = 14;

const DAY_MS = 86_400_000;
const DEFAULT_ROLE = 'service-owner';

/** All findings, in the order of the queue. */
export function rankFindings(findings: readonly Finding[], inputs: RankInputs): readonly RankedFinding[] {
  const statements = new StatementIndex(inputs.statements);
  const pathOf = inputs.graph === undefined ? (): undefined => undefined : businessPaths(inputs.graph);
  return findings
    .map((finding) => rank(finding, { ...inputs, statements, pathOf }))
    .toSorted((a, b) => (a.rankKey < b.rankKey ? -1 : a.rankKey > b.rankKey ? 1 : 0));
}

interface Prepared extends Omit<RankInputs, 'statements'> {
  readonly statements: StatementIndex;
  readonly pathOf: (node: string) => OnPath | undefined;
}

/** What is known of one finding, before anything is concluded. */
interface Known {
  readonly reach: Reach;
  readonly vex: VexVerdict;
  readonly isExploited: boolean;
  readonly tier: Tier;
  readonly path: OnPath | undefined;
}

function rank(finding: Finding, inputs: Prepared): RankedFinding {
  const { graph, reach: map, statements, exploited, pathOf, now } = inputs;
  const known: Known = {
    reach: map.of(finding.target),
    vex: statements.verdictOn(finding),
    isExploited: exploited.has(finding.rule),
    tier: graph === undefined ? 'safety-critical' : tierOf(graph, finding.target),
    path: pathOf(finding.target),
  };
  const dueAt = plusMs(finding.firstSeenAt, heldDays(finding, known) * DAY_MS);
  const held = heldBy(known);
  const isOverdue = held !== undefined && now >= dueAt;
  const stays = isOverdue ? undefined : held;
  const disposition = dispositionOf(known, stays);
  return {
    finding,
    disposition,
    ...(stays !== undefined && { held: stays }),
    ...(known.reach.state === 'unknown' && { unknown: known.reach.why }),
    answerable: answerableOf(finding, inputs),
    dueAt,
    isOverdue,
    reach: known.reach,
    reasons: reasonsOf(known, { isOverdue, probability: finding.probability }),
    rankKey: keyOf(finding, known, disposition),
  };
}

const severityIndex = ({ severity }: Finding): number => (severity >= 0 && severity <= 4 ? severity : 4);

const heldDays = (finding: Finding, { isExploited }: Known): number =>
  isExploited ? HELD_DAYS_EXPLOITED : (HELD_DAYS[severityIndex(finding)] ?? HELD_DAYS_EXPLOITED);

/** Only proofs hold: a complete walk, or a statement of a source that may make it. */
function heldBy({ reach, vex }: Known): HeldReason | undefined {
  if (reach.state === 'unreachable') return 'unreachable';
  switch (vex.state) {
    case 'lowers':
      return vex.statement.status === 'fixed' ? 'fixed' : 'not-affected';
    case 'raises':
    case 'unheard':
    case 'none':
      return undefined;
  }
}

/** On a critical path: of a tier above non-critical, or needed by a business path. */
const dispositionOf = ({ tier, path }: Known, held: HeldReason | undefined): Disposition =>
  held !== undefined ? 'held' : tier !== 'non-critical' || path !== undefined ? 'routed' : 'queued';

function answerableOf({ owner, target }: Finding, { graph, fallbackRole = DEFAULT_ROLE }: Prepared): Answerable {
  const name = owner ?? (graph === undefined ? undefined : nodeOf(graph, target)?.owner);
  return name === undefined || name === '' ? { kind: 'role', name: fallbackRole } : { kind: 'owner', name };
}

function reasonsOf(
  { reach, vex, isExploited, tier, path }: Known,
  { isOverdue, probability }: { readonly isOverdue: boolean; readonly probability: number | undefined },
): readonly string[] {
  const reasons: string[] = [reachText(reach)];
  if (isExploited) reasons.push('it is exploited in the wild');
  if (tier !== 'non-critical') reasons.push(`its tier is ${tier}`);
  if (path !== undefined) reasons.push(`\`${path.service}\` needs it for ${path.paths.join(', ')}`);
  const said = vexText(vex);
  if (said !== undefined) reasons.push(said);
  if (probability !== undefined) reasons.push(`the chance of exploitation is given as ${probability} in 10000`);
  if (isOverdue) reasons.push('it was held as long as it may be');
  return reasons;
}

function reachText(reach: Reach): string {
  switch (reach.state) {
    case 'reachable':
      return reach.hops === 0
        ? 'it is an entry point itself'
        : `it is reached from \`${reach.path[0]?.node ?? ''}\` in ${reach.hops} hop${reach.hops === 1 ? '' : 's'}`;
    case 'unreachable':
      return `none of ${reach.entryPoints} entry points leads here; ${reach.reachedNodes} nodes are reached`;
    case 'unknown':
      return `whether it is reached is not known (${reach.why}), so it counts as reached`;
  }
}

function vexText(vex: VexVerdict): string | undefined {
  switch (vex.state) {
    case 'none':
      return undefined;
    case 'lowers':
    case 'raises':
      return saying(vex.statement);
    case 'unheard':
      return `${saying(vex.statement)}, which does not count: ${vex.why}`;
  }
}
const saying = ({ source, status, justification }: HeardStatement): string =>
  `\`${source}\` says ${status}${justification === undefined ? '' : `: ${justification}`}`;

const TIER_PLACE: Readonly<Record<Tier, number>> = {
  'safety-critical': 0,
  'production-critical': 1,
  'non-critical': 2,
};
const DISPOSITION_PLACE: Readonly<Record<Disposition, number>> = { routed: 0, queued: 1, held: 2 };
const FAR = 99_999;
const digits = (value: number): string => String(Math.min(Math.max(value, 0), FAR)).padStart(5, '0');

/** Fixed widths, worst first; what is not known ranks like the worst. The oldest comes first among equals. */
function keyOf(finding: Finding, { reach, isExploited, tier }: Known, disposition: Disposition): string {
  const places = [DISPOSITION_PLACE[disposition], isExploited ? 0 : 1, TIER_PLACE[tier], 4 - severityIndex(finding)];
  const chance = 10_000 - (finding.probability ?? 10_000);
  const hops = reach.state === 'reachable' ? reach.hops : reach.state === 'unknown' ? 0 : FAR;
  return `${places.join('')}.${digits(chance)}.${digits(hops)}.${finding.firstSeenAt}.${finding.id}`;
}
