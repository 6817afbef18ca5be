/**
 * Whether the envelope still speaks about the estate as it is (E7): envelope against graph, tiers and dependency map. What has drifted
 * is reported; nothing is changed.
 */
import { msOf, type Instant } from '../../shared/brand.ts';
import { populationKey, tierAt, type GraphIndex } from '../../graph/index-graph.ts';
import { TIERS, type GraphNode, type Tier } from '../../graph/graph.ts';
import type { Calendar, Envelope, Grant, Selector } from '../envelope.ts';
import { openIntervals } from './open-intervals.ts';

export type DriftKind =
  /** A rule names something no node has. */
  | 'names-nothing'
  /** No grant, route or prohibition can ever speak about these nodes. */
  | 'out-of-scope'
  /** Declared less critical than what needs it makes it. */
  | 'tier-lowered'
  | 'tier-unknown'
  | 'unowned'
  /** A cap that never binds: it is larger than everything it could count. */
  | 'cap-without-effect'
  | 'calendar-unused'
  | 'calendar-never-open'
  | 'graph-stale'
  | 'expires-soon'
  | 'dependency-gone';

export interface Drift {
  readonly kind: DriftKind;
  /** JSON pointer into the envelope, or `graph`. */
  readonly at: string;
  /** One sentence for a person. */
  readonly text: string;
  /** How many nodes, and some of them by name. */
  readonly count: number;
  readonly examples: readonly string[];
}

const MAX_EXAMPLES = 5;
const DAY_MS = 86_400_000;
/** Time enough for two people to read and sign. */
export const EXPIRY_WARNING_DAYS = 14;

const drift = (kind: DriftKind, at: string, text: string, names: readonly string[] = []): Drift => ({
  kind,
  at,
  text,
  count: names.length,
  examples: names.slice(0, MAX_EXAMPLES),
});

/** Every drift, in the order: names, scope, tiers and owners, caps, calendars, dates. */
export function alignmentOf(envelope: Envelope, graph: GraphIndex, now: Instant): readonly Drift[] {
  return [
    ...namesNothing(envelope, graph),
    ...outOfScope(envelope, graph),
    ...tiersAndOwners(graph),
    ...envelope.grants.flatMap((grant, place) => capsWithoutEffect(grant, `/grants/${place}/caps`, graph)),
    ...calendars(envelope),
    ...dates(envelope, graph, now),
  ];
}

/** What rules can name, and where the graph has it. */
const NAMED: Readonly<
  Record<'zones' | 'dataClasses' | 'paths' | 'owners' | 'targetKinds', (node: GraphNode) => readonly string[]>
> = {
  zones: ({ zone }) => (zone === undefined ? [] : [zone]),
  dataClasses: ({ dataClasses = [] }) => dataClasses,
  paths: ({ paths = [] }) => paths,
  owners: ({ owner }) => (owner === undefined ? [] : [owner]),
  targetKinds: ({ kind }) => [kind],
};
const PARTS = ['zones', 'dataClasses', 'paths', 'owners', 'targetKinds'] as const;

function namesNothing(envelope: Envelope, { snapshot }: GraphIndex): readonly Drift[] {
  const known = new Map(PARTS.map((part) => [part, new Set(snapshot.nodes.flatMap((node) => NAMED[part](node)))]));
  const absent = (at: string, selector: Selector): readonly Drift[] =>
    PARTS.flatMap((part) => {
      const missing = (selector[part] ?? []).filter((name) => known.get(part)?.has(name) !== true);
      if (missing.length === 0) return [];
      return [
        drift('names-nothing', `${at}/${part}`, `no node of the graph has ${part}: ${missing.join(', ')}`, missing),
      ];
    });
  const nodes = new Set<string>(snapshot.nodes.map(({ id }) => id));
  const gone = envelope.staging.dependencies.filter((id) => !nodes.has(id));
  return [
    ...envelope.prohibited.flatMap((rule, place) => absent(`/prohibited/${place}`, rule)),
    ...envelope.humanOnly.flatMap((rule, place) => absent(`/humanOnly/${place}`, rule)),
    ...envelope.routes.flatMap(({ when }, place) => absent(`/routes/${place}/when`, when)),
    ...envelope.grants.flatMap(({ targetKinds }, place) => absent(`/grants/${place}`, { targetKinds })),
    ...(gone.length === 0
      ? []
      : [
          drift(
            'dependency-gone',
            '/staging/dependencies',
            'staging asks for nodes the graph does not have: no validation counts',
            gone,
          ),
        ]),
  ];
}

/** Nodes that can be targets and that no route speaks about: an act there has nobody to ask. */
function outOfScope({ grants, routes }: Envelope, graph: GraphIndex): readonly Drift[] {
  const { nodes } = graph.snapshot;
  const unscoped = nodes.filter((node, place) => {
    const tier = tierAt(graph, place);
    return (
      !routes.some(({ when }) => mayMatch(when, node, tier)) && !grants.some((grant) => maySuit(grant, node, tier))
    );
  });
  if (unscoped.length === 0) return [];
  const names = unscoped.map(({ id }) => id);
  return [drift('out-of-scope', '/routes', `${names.length} nodes are in the scope of no grant and no route`, names)];
}

const has = (wanted: readonly string[] | undefined, found: readonly string[]): boolean =>
  wanted === undefined || found.some((one) => wanted.includes(one));

/** By what is known of the node alone; numbers, calendars and what is reached may still decide otherwise. */
function mayMatch(
  { environments, tiers, targetKinds, zones, dataClasses, paths, owners }: Selector,
  node: GraphNode,
  tier: Tier,
): boolean {
  return (
    has(environments, [node.environment]) &&
    has(tiers, [tier]) &&
    has(targetKinds, [node.kind]) &&
    // What is reached from a node can add zones, classes and paths, never owners.
    (zones === undefined || node.zone === undefined || zones.includes(node.zone)) &&
    (dataClasses === undefined || node.dataClasses === undefined || has(dataClasses, node.dataClasses)) &&
    (paths === undefined || node.paths === undefined || has(paths, node.paths)) &&
    has(owners, NAMED.owners(node))
  );
}

const maySuit = ({ isEnabled, environments, tiers, targetKinds }: Grant, node: GraphNode, tier: Tier): boolean =>
  isEnabled &&
  environments.includes(node.environment) &&
  tiers.includes(tier) &&
  (targetKinds.length === 0 || targetKinds.includes(node.kind));

function tiersAndOwners(graph: GraphIndex): readonly Drift[] {
  const { nodes } = graph.snapshot;
  const lowered = graph.lowered.map(({ node }) => node);
  const unknown = nodes.flatMap(({ id, tier }) => (tier === 'unknown' ? [id] : []));
  const unowned = nodes.flatMap(({ id, owner }, place) =>
    owner === undefined && tierAt(graph, place) !== 'non-critical' ? [id] : [],
  );
  return [
    ...(lowered.length === 0
      ? []
      : [drift('tier-lowered', 'graph', `${lowered.length} nodes declare a lower tier than what needs them`, lowered)]),
    ...(unknown.length === 0
      ? []
      : [
          drift(
            'tier-unknown',
            'graph',
            `${unknown.length} nodes have an unknown tier and count as safety-critical`,
            unknown,
          ),
        ]),
    ...(unowned.length === 0
      ? []
      : [drift('unowned', 'graph', `${unowned.length} critical nodes have no owner`, unowned)]),
  ];
}

/** Everything the grant could ever touch fits under its cap: the cap protects nothing. */
function capsWithoutEffect(grant: Grant, at: string, graph: GraphIndex): readonly Drift[] {
  if (!grant.isEnabled) return [];
  const reachable = TIERS.filter((tier) => grant.tiers.includes(tier)).map((tier) => ({
    tier,
    // Where kinds are not named, any kind may be a target.
    nodes: graph.snapshot.nodes.filter((node, place) => tierAt(graph, place) === tier && maySuit(grant, node, tier)),
  }));
  const all = reachable.reduce((sum, { nodes }) => sum + nodes.length, 0);
  const perTier = reachable.flatMap(({ tier, nodes }) => {
    const cap = grant.caps.perTier[tier] ?? 0;
    if (nodes.length === 0 || cap < nodes.length) return [];
    const population =
      nodes[0] === undefined ? 0 : (graph.population.get(populationKey(nodes[0], tier)) ?? nodes.length);
    return [
      drift(
        'cap-without-effect',
        `${at}/perTier/${tier}`,
        `the cap of ${cap} covers all ${nodes.length} nodes of this tier (${population} of the first kind)`,
      ),
    ];
  });
  if (all === 0)
    return [drift('names-nothing', at.replace(/\/caps$/, ''), 'no node of the graph is in the scope of this grant')];
  return [
    ...(grant.caps.targets < all
      ? []
      : [
          drift(
            'cap-without-effect',
            `${at}/targets`,
            `the cap of ${grant.caps.targets} targets covers all ${all} nodes in the scope of the grant`,
          ),
        ]),
    ...perTier,
  ];
}

function calendars(envelope: Envelope): readonly Drift[] {
  const used = new Set<string>([
    ...envelope.grants.flatMap((grant) => grant.calendars),
    ...[...envelope.prohibited, ...envelope.humanOnly].flatMap((rule) => rule.calendars ?? []),
    ...envelope.routes.flatMap(({ when }) => when.calendars ?? []),
    ...envelope.guardrails.flatMap(({ conditions }) =>
      conditions.flatMap((condition) =>
        'values' in condition && condition.fact === 'openCalendars' ? condition.values : [],
      ),
    ),
  ]);
  const within = { from: msOf(envelope.validFrom), to: msOf(envelope.validUntil) };
  const isDead = (calendar: Calendar): boolean => openIntervals(calendar, within).length === 0;
  return envelope.calendars.flatMap((calendar, place) => {
    const at = `/calendars/${place}`;
    if (!used.has(calendar.name))
      return [drift('calendar-unused', at, `no rule uses the calendar \`${calendar.name}\``)];
    return isDead(calendar)
      ? [
          drift(
            'calendar-never-open',
            at,
            `the calendar \`${calendar.name}\` is never open while the envelope is valid`,
          ),
        ]
      : [];
  });
}

function dates({ maxGraphAgeMinutes, validUntil }: Envelope, { snapshot }: GraphIndex, now: Instant): readonly Drift[] {
  const ageMinutes = Math.floor((msOf(now) - msOf(snapshot.takenAt)) / 60_000);
  const leftDays = Math.floor((msOf(validUntil) - msOf(now)) / DAY_MS);
  return [
    ...(ageMinutes <= maxGraphAgeMinutes
      ? []
      : [
          drift(
            'graph-stale',
            '/maxGraphAgeMinutes',
            `the graph is ${ageMinutes} minutes old and may be ${maxGraphAgeMinutes}: nothing runs alone`,
          ),
        ]),
    ...(leftDays >= EXPIRY_WARNING_DAYS
      ? []
      : [
          drift(
            'expires-soon',
            '/validUntil',
            leftDays < 0 ? `authority ended at ${validUntil}` : `authority ends at ${validUntil}: in ${leftDays} days`,
          ),
        ]),
  ];
}
