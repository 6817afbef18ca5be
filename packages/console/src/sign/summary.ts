/** Short facts of a capsule and its papers for the page; everything is in the exact text below as well. */
import { TIERS, type Capsule, type ValidationReport } from '@countersign/core';

export interface Fact {
  readonly label: string;
  readonly value: string;
}

const NAMED = 6;

export function touches(capsule: Capsule): readonly Fact[] {
  const { targets, dependants, rollout } = capsule;
  const tiers = TIERS.map((tier) => ({ tier, count: targets.filter((target) => target.tier === tier).length }));
  const names = targets.slice(0, NAMED).map(({ id }) => id);
  return [
    { label: 'Action', value: capsule.change.action },
    { label: 'Where', value: `${capsule.environment}, runner ${capsule.audience.runner}` },
    {
      label: 'Targets',
      value: tiers
        .filter(({ count }) => count > 0)
        .map(({ tier, count }) => `${count} ${tier}`)
        .join(', '),
    },
    { label: 'First', value: named(names, targets.length) },
    { label: 'Watched services', value: named(dependants.slice(0, NAMED), dependants.length) },
    {
      label: 'Pace',
      value: `canary of ${Math.min(rollout.canary, targets.length)}, then growing; at most ${rollout.window} at a time`,
    },
    { label: 'Undo', value: undoText(capsule) },
  ];
}

const named = (names: readonly string[], total: number): string => {
  if (total === 0) return 'none';
  return total > names.length ? `${names.join(', ')} and ${total - names.length} more` : names.join(', ');
};

function undoText({ rollback }: Capsule): string {
  if (rollback.kind === 'none') return 'not possible';
  return `restores what was there, within ${rollback.windowMinutes} min; ${rollback.isAutomatic ? 'by itself after a failure' : 'on demand'}`;
}

export function validationFacts(report: ValidationReport): readonly Fact[] {
  const count = (phase: 'before' | 'after', result: string): number =>
    report.runs.filter((run) => run.phase === phase && run.result === result).length;
  return [
    { label: 'Reproduced', value: report.isReproduced ? 'yes: failed before, passed after' : 'no' },
    { label: 'Passed', value: report.isPassed ? 'yes' : 'no' },
    {
      label: 'Before',
      value: `${count('before', 'passed')} passed, ${count('before', 'failed')} failed, ${count('before', 'error')} errors`,
    },
    {
      label: 'After',
      value: `${count('after', 'passed')} passed, ${count('after', 'failed')} failed, ${count('after', 'error')} errors`,
    },
    { label: 'Run by', value: `${report.runner}, finished ${report.finishedAt}` },
  ];
}

/** The risk assessment as label and value; lists are joined, what is not simple is left to the exact text. */
export function riskFacts(document: unknown): readonly Fact[] {
  if (typeof document !== 'object' || document === null) return [];
  return Object.entries(document).flatMap(([name, value]: readonly [string, unknown]) => {
    const text = simple(value);
    return name === 'type' || name === 'changeDigest' || text === undefined
      ? []
      : [{ label: words(name), value: text }];
  });
}

function simple(value: unknown): string | undefined {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (!Array.isArray(value)) return undefined;
  const items: readonly unknown[] = value;
  return items.length === 0 ? 'none' : items.map(String).join(', ');
}

/** `highestTier` becomes `Highest tier`. */
function words(name: string): string {
  const spaced = name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}
