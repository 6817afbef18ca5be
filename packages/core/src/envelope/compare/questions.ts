/** The questions of a comparison, each put to the policies that differ: what is the same in both versions cancels out. */
import { MODES, type Mode } from '../attributes.ts';
import { assume, copyOf, narrow, wholeBox, type Box } from './box.ts';
import { Examples, type Request } from './example.ts';
import type { Cube } from './literal.ts';
import { partitionOf, testOf, type Partition, type Tests } from './partition.ts';
import type { Alternative, ReadPolicies, ReadPolicy } from './read-est.ts';
import { Search, type Effort } from './search.ts';

/** One policy in one mode: its alternatives as tests; `key` is equal for policies that ask the same. */
export interface ModePolicy {
  readonly id: string;
  readonly key: string;
  readonly alternatives: readonly Tests[];
}
/** What a set of policies says in one mode. */
export interface ModePolicies {
  readonly permits: readonly ModePolicy[];
  readonly forbids: readonly ModePolicy[];
}

export const cubesOfAll = (sets: readonly ReadPolicies[]): readonly Cube[] =>
  sets.flatMap(({ policies }) => policies.flatMap(({ alternatives }) => alternatives.map(({ cube }) => cube)));

export class Comparer {
  readonly partition: Partition;
  readonly total: Effort;
  readonly #each: Pick<Effort, 'maxSteps' | 'maxNodes'>;
  readonly #examples: Examples;
  readonly #whole: Box;
  readonly #tests = new Map<string, Tests>();

  constructor(sets: readonly ReadPolicies[], { maxSteps, maxNodes }: Pick<Effort, 'maxSteps' | 'maxNodes'>) {
    this.partition = partitionOf(cubesOfAll(sets));
    this.total = { steps: 0, nodes: 0, maxSteps, maxNodes };
    // No single question may spend what the others need to find a plain widening.
    this.#each = { maxSteps: maxSteps / 8, maxNodes: maxNodes / 8 };
    this.#whole = wholeBox(this.partition);
    // Where a permit begins to hold: earlier nothing is allowed at all.
    const nowMs = Math.max(0, ...sets.flatMap(({ validFromMs }) => validFromMs));
    this.#examples = new Examples(this.partition, nowMs);
  }

  /** The policies that speak in this mode. */
  inMode({ policies }: ReadPolicies, mode: Mode): ModePolicies {
    const of = (effect: ReadPolicy['effect']): readonly ModePolicy[] =>
      policies.flatMap(({ id, effect: own, alternatives }) => {
        if (own !== effect) return [];
        const speaking = alternatives.filter(({ modes }) => modes.includes(mode));
        if (speaking.length === 0) return [];
        const key = speaking.map((alternative) => alternative.key).toSorted();
        return [{ id, key: key.join('|'), alternatives: speaking.map((alternative) => this.#testsOf(alternative)) }];
      });
    return { permits: of('permit'), forbids: of('forbid') };
  }

  /** The versions share most of their alternatives, and modes do. */
  #testsOf({ cube, key }: Alternative): Tests {
    const known = this.#tests.get(key);
    if (known !== undefined) return known;
    const tests = cube.map((literal) => testOf(this.partition, literal));
    this.#tests.set(key, tests);
    return tests;
  }

  /** The requests of `box` that pass all tests. */
  part(tests: Tests, box: Box = this.#whole): Box | undefined {
    const part = copyOf(box);
    return tests.every((test) => assume(part, test)) ? part : undefined;
  }

  /** What is left of `box` without what is covered: a request, nothing, or no answer. The box is narrowed. */
  left(box: Box, covers: readonly Tests[]): Left {
    const open = narrow(box, covers);
    if (open === undefined) return { kind: 'nothing' };
    const { total } = this;
    if (total.steps > total.maxSteps || total.nodes > total.maxNodes) return { kind: 'gave-up' };
    const effort: Effort = { steps: 0, nodes: 0, ...this.#each };
    const search = new Search(box, open, effort);
    const found = search.run({ usual: this.#examples.usual }, effort);
    total.steps += effort.steps;
    total.nodes += effort.nodes;
    return found.kind === 'left' ? { kind: 'left', request: () => this.#examples.of(box, search, found) } : found;
  }
}

/** The request is made only when it is wanted. */
export type Left =
  | { readonly kind: 'left'; readonly request: () => Request }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'gave-up' };

export const coversOf = (...sets: readonly (readonly ModePolicy[])[]): readonly Tests[] =>
  sets.flatMap((policies) => policies.flatMap(({ alternatives }) => alternatives));

/** The policies of `one` that ask something no policy of `other` asks. */
function changed(one: readonly ModePolicy[], other: readonly ModePolicy[]): readonly ModePolicy[] {
  const keys = new Set(other.map(({ key }) => key));
  return one.filter(({ key }) => !keys.has(key));
}

/** What the questions of one mode found. */
export class Findings {
  readonly #most: number;
  readonly #found = new Map<string, Request>();
  /** A question was given up: nothing is proved. */
  isUnsure = false;

  constructor(most: number) {
    this.#most = most;
  }

  /** One request a rule is enough; so is a handful in all. */
  wants(rule: string): boolean {
    return this.#found.size < this.#most && !this.#found.has(rule);
  }
  take(rule: string, left: Left): void {
    if (left.kind === 'gave-up') this.isUnsure = true;
    if (left.kind === 'left') this.#found.set(rule, left.request());
  }
  get requests(): readonly (readonly [rule: string, request: Request])[] {
    return [...this.#found];
  }
}

/** Modes in which something is permitted. */
export const PERMITTING: readonly Mode[] = MODES.filter((mode) => mode !== 'route');

export interface Versions {
  readonly before: ModePolicies;
  readonly after: ModePolicies;
}

/**
 * Requests permitted now and not before: those of a changed permit that nothing permitted before, and those that a changed
 * forbid held back. Together these are all there are: what is the same in both versions cannot permit more.
 */
export function newlyPermitted(comparer: Comparer, { before, after }: Versions, findings: Findings): void {
  const forbids = coversOf(after.forbids);
  const covers = [...coversOf(before.permits), ...forbids];
  for (const permit of changed(after.permits, before.permits)) lookIn(comparer, permit, { covers, findings });
  for (const tests of coversOf(changed(before.forbids, after.forbids))) {
    const within = comparer.part(tests);
    const open = within && narrow(within, forbids);
    if (within === undefined || open === undefined) continue;
    for (const permit of after.permits) lookIn(comparer, permit, { within, covers: open, findings });
  }
}

/** Requests that owed this route before, do not owe it now, and can now be approved without it. */
export function noLongerRouted(
  comparer: Comparer,
  {
    route,
    now,
    approved,
  }: { readonly route: ModePolicy; readonly now: ModePolicy | undefined; readonly approved: ModePolicies },
  findings: Findings,
): void {
  if (route.key === now?.key) return;
  const forbids = [...(now?.alternatives ?? []), ...coversOf(approved.forbids)];
  for (const tests of route.alternatives) {
    const within = comparer.part(tests);
    const covers = within && narrow(within, forbids);
    if (within === undefined || covers === undefined) continue;
    for (const { alternatives } of approved.permits)
      lookIn(comparer, { id: route.id, alternatives }, { within, covers, findings });
  }
}

interface Look {
  readonly within?: Box;
  readonly covers: readonly Tests[];
  readonly findings: Findings;
}

function lookIn(
  comparer: Comparer,
  { id, alternatives }: Pick<ModePolicy, 'id' | 'alternatives'>,
  { within, covers, findings }: Look,
): void {
  for (const tests of alternatives) {
    if (!findings.wants(id)) return;
    const box = comparer.part(tests, within);
    if (box !== undefined) findings.take(id, comparer.left(box, covers));
  }
}
