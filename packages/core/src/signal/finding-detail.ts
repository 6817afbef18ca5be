/**
 * One rule on one target, as a scanner reports it (G5). When it reports the same twice, what is kept is whatever makes it look
 * worse: firing before resolved, the higher level, a chance only when every report gives one.
 */
import type { TargetId } from '../shared/brand.ts';

export interface FindingDetail {
  /** Rule or vulnerability, e.g. `CVE-2026-1234`. */
  readonly rule: string;
  readonly target: TargetId;
  readonly title: string;
  /** In the source's scale. */
  readonly severity: string;
  readonly status: 'firing' | 'resolved';
  /** Chance of exploitation in ten-thousandths, as given with the finding; absent: nobody says that it is small. */
  readonly probability?: number;
  /** Package URLs or names of what is vulnerable on the target, sorted; absent: not known. */
  readonly components?: readonly string[];
}

/** Levels of SARIF, least first. */
const LEVELS: readonly string[] = ['none', 'note', 'warning', 'error'];
/** Of more, nobody checks one by one whether a statement speaks of all: then they are not known. */
const MAX_COMPONENTS = 64;

/** Collects reports, one detail for each rule and target. */
export class FindingDetails {
  readonly #details = new Map<string, FindingDetail>();

  add(detail: FindingDetail): void {
    const key = JSON.stringify([detail.rule, detail.target]);
    const before = this.#details.get(key);
    this.#details.set(key, before === undefined ? detail : worse(before, detail));
  }

  all(): readonly FindingDetail[] {
    return [...this.#details.values()];
  }
}

function worse(one: FindingDetail, other: FindingDetail): FindingDetail {
  const { rule, target } = one;
  if (one.status !== other.status) return one.status === 'firing' ? one : other;
  const more = LEVELS.indexOf(other.severity) > LEVELS.indexOf(one.severity) ? other : one;
  const components = joined(one.components, other.components);
  return {
    rule,
    target,
    title: more.title,
    severity: more.severity,
    status: one.status,
    ...(one.probability !== undefined &&
      other.probability !== undefined && { probability: Math.max(one.probability, other.probability) }),
    ...(components !== undefined && { components }),
  };
}

function joined(
  one: readonly string[] | undefined,
  other: readonly string[] | undefined,
): readonly string[] | undefined {
  if (one === undefined || other === undefined) return undefined;
  const all = [...new Set([...one, ...other])].toSorted();
  return all.length > MAX_COMPONENTS ? undefined : all;
}
