/**
 * What differs between two versions of one capsule, and what that does to signatures over the older one (D6). Every field of a capsule
 * has a rule here, so no difference is silent; what is not said to narrow is asked again or voids.
 */
import type { Demand } from '../people/person.ts';
import type { Capsule } from '../capsule/capsule.ts';
import { EGRESS_MODES } from '../envelope/egress.ts';
import { targetChanges } from './target-changes.ts';

/**
 * `follows`: computed again, authorises nothing. `narrows`: less than was signed. `shifts`: other than was signed, but small enough to be
 * read by itself. `voids`: wider than a delta may express; everyone signs anew.
 */
const EFFECTS = ['follows', 'narrows', 'shifts', 'voids'] as const;
/** What a difference does to signatures over the older version. */
export type DeltaEffect = (typeof EFFECTS)[number];

export interface CapsuleChange {
  /** JSON pointer into the capsule. */
  readonly at: string;
  readonly effect: DeltaEffect;
  /** What it was and what it is now; hostile text, not escaped. Absent: there was, or is, nothing. */
  readonly before?: string;
  readonly after?: string;
}

export interface ChangeFacts {
  /** Proved here: the newer authority envelope allows nothing that the older one did not. */
  readonly narrowsEnvelope: boolean;
}

type Pair<T> = (before: T, after: T) => readonly CapsuleChange[];
type Rules<T> = { readonly [Name in keyof Required<T>]: Pair<T[Name]> };

/** Empty when the two say the same. */
export function capsuleChanges(before: Capsule, after: Capsule, facts: ChangeFacts): readonly CapsuleChange[] {
  const rules: Rules<Capsule> = {
    type: always('voids', '/type'),
    id: always('voids', '/id'),
    version: always('follows', '/version'),
    parent: always('follows', '/parent'),
    organisation: always('voids', '/organisation'),
    purpose: always('voids', '/purpose'),
    environment: always('voids', '/environment'),
    audience: always('voids', '/audience'),
    notBefore: ordered('/notBefore', 'higher-narrows'),
    notAfter: ordered('/notAfter', 'lower-narrows'),
    nonce: always('follows', '/nonce'),
    isDemo: always('voids', '/isDemo'),
    proposal: (a, b) => changesIn(PROPOSAL, a, b),
    change: always('voids', '/change'),
    validation: always('voids', '/validation'),
    rollback: always('voids', '/rollback'),
    changeDigest: always('voids', '/changeDigest'),
    capture: always('voids', '/capture'),
    counterCapsule: always('follows', '/counterCapsule'),
    targets: targetChanges,
    rollout: (a, b) => changesIn(ROLLOUT, a, b),
    dependants: dependantChanges,
    egress: egressChanges,
    decision: (a, b) => changesIn(DECISION, a, b),
    envelope: (a, b) => envelopeChanges(a, b, facts),
    graph: graphChanges,
    riskAssessment: always('follows', '/riskAssessment'),
    demands: demandChanges,
  };
  return changesIn(rules, before, after);
}

/** The gravest effect of all; `undefined` when nothing differs. */
export const worstEffect = (changes: readonly CapsuleChange[]): DeltaEffect | undefined =>
  EFFECTS.findLast((effect) => changes.some((one) => one.effect === effect));

const PROPOSAL: Rules<Capsule['proposal']> = {
  id: always('voids', '/proposal/id'),
  revision: (a, b) => changed('/proposal/revision', b > a ? 'shifts' : 'voids', [a, b]),
  agent: always('voids', '/proposal/agent'),
  owner: always('voids', '/proposal/owner'),
  title: always('shifts', '/proposal/title'),
  hypothesis: always('shifts', '/proposal/hypothesis'),
  signals: always('shifts', '/proposal/signals'),
  changeRecord: always('shifts', '/proposal/changeRecord'),
  contingencyPlan: always('shifts', '/proposal/contingencyPlan'),
};

const ROLLOUT: Rules<Capsule['rollout']> = {
  canary: ordered('/rollout/canary', 'lower-narrows'),
  window: ordered('/rollout/window', 'lower-narrows'),
  bakeMs: ordered('/rollout/bakeMs', 'higher-narrows'),
  healthTimeoutMs: ordered('/rollout/healthTimeoutMs', 'lower-narrows'),
};

const DECISION: Rules<Capsule['decision']> = {
  digest: always('follows', '/decision/digest'),
  verdict: always('voids', '/decision/verdict'),
  inputs: (a, b) => changesIn(INPUTS, a, b),
};

const INPUTS: Rules<Capsule['decision']['inputs']> = {
  facts: always('follows', '/decision/inputs/facts'),
  trust: always('follows', '/decision/inputs/trust'),
  // A staging run that is no longer counted is less proof than people signed for.
  validation: (a, b) => changed('/decision/inputs/validation', b === undefined ? 'shifts' : 'follows', [a, b]),
};

function changesIn<T extends object>(rules: Rules<T>, before: T, after: T): readonly CapsuleChange[] {
  const found: CapsuleChange[] = [];
  for (const name in rules)
    if (!isSame(before[name], after[name])) found.push(...rules[name](before[name], after[name]));
  return found;
}

const isSame = (a: unknown, b: unknown): boolean => ordinary(a) === ordinary(b);

/** JSON with the names in order, so that two documents are the same however they were written down. */
function ordinary(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(ordinary).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? '';
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  const sorted = entries.toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${sorted.map(([name, inner]) => `${JSON.stringify(name)}:${ordinary(inner)}`).join(',')}}`;
}

const shown = (value: unknown): string => (typeof value === 'string' ? value : ordinary(value));

/** One line of a difference. */
function changed(at: string, effect: DeltaEffect, [before, after]: readonly [unknown, unknown]): [CapsuleChange] {
  return [
    {
      at,
      effect,
      ...(before !== undefined && { before: shown(before) }),
      ...(after !== undefined && { after: shown(after) }),
    },
  ];
}

function always(effect: DeltaEffect, at: string): Pair<unknown> {
  return (before, after) => changed(at, effect, [before, after]);
}

/** Numbers, and instants, whose text is in the order of time. The other direction is wider. */
function ordered(at: string, direction: 'lower-narrows' | 'higher-narrows'): Pair<number | string> {
  return (before, after) => {
    const isLower = after < before;
    return changed(at, isLower === (direction === 'lower-narrows') ? 'narrows' : 'voids', [before, after]);
  };
}

/** Watching more is stricter; no longer watching one that was signed has to be seen. */
function dependantChanges(before: Capsule['dependants'], after: Capsule['dependants']): readonly CapsuleChange[] {
  const [were, are] = [new Set<string>(before), new Set<string>(after)];
  const gone = before.filter((id) => !are.has(id));
  const added = after.filter((id) => !were.has(id));
  if (gone.length + added.length === 0) return changed('/dependants', 'follows', [before, after]);
  return [
    ...gone.flatMap((id) => changed('/dependants', 'shifts', [id, undefined])),
    ...added.flatMap((id) => changed('/dependants', 'narrows', [undefined, id])),
  ];
}

/** `EGRESS_MODES` goes from the least that leaves to the most. */
const egressChanges: Pair<Capsule['egress']> = (before, after) =>
  changed('/egress', EGRESS_MODES.indexOf(after) < EGRESS_MODES.indexOf(before) ? 'narrows' : 'voids', [before, after]);

function envelopeChanges(
  before: Capsule['envelope'],
  after: Capsule['envelope'],
  { narrowsEnvelope }: ChangeFacts,
): readonly CapsuleChange[] {
  const isOlder =
    after.version < before.version || (after.version === before.version) !== (after.digest === before.digest);
  if (isOlder) return changed('/envelope', 'voids', [before, after]);
  return changed('/envelope', narrowsEnvelope ? 'narrows' : 'shifts', [before, after]);
}

/** Where the targets were looked up; an older word about the estate than the one people signed under is no word. */
const graphChanges: Pair<Capsule['graph']> = (before, after) =>
  changed('/graph', after.version > before.version && after.digest !== before.digest ? 'follows' : 'voids', [
    before,
    after,
  ]);

function demandChanges(before: readonly Demand[], after: readonly Demand[]): readonly CapsuleChange[] {
  const roles = [...new Set([...before, ...after].map(({ role }) => role))].toSorted();
  const changes = roles.flatMap((role) => {
    const [was, is] = [peopleOf(before, role), peopleOf(after, role)];
    const lines = [was, is].map((count) => (count === 0 ? undefined : `${count} x ${role}`));
    return was === is ? [] : changed('/demands', is > was ? 'narrows' : 'voids', [lines[0], lines[1]]);
  });
  return changes.length > 0 ? changes : changed('/demands', 'follows', [before, after]);
}

const peopleOf = (demands: readonly Demand[], role: string): number =>
  demands.reduce((sum, demand) => sum + (demand.role === role ? demand.count : 0), 0);
