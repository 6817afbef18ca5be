/**
 * Maturity of AG-706 as data with its scorer (O5): a level holds only when every test of its clauses and every capability listed for
 * it holds now. One control that is off, one overdue drill, and the level falls with the next score.
 */
import type { CaseResult } from '../result.ts';
import { CLAUSES, type TestId } from './ag-706.ts';

export const LEVELS = ['basic', 'intermediate', 'advanced'] as const;
type Level = (typeof LEVELS)[number];

/** What is asked of the live deployment beside its tests; absent means unknown, and unknown does not hold. */
export interface LiveState {
  /** The envelope in force and not expired. */
  readonly isEnvelopeActive?: boolean;
  /** Days until it ends. */
  readonly envelopeDaysLeft?: number;
  readonly phase?: string;
  /** Enabled grants whose actions were drilled within their age, of all enabled grants. */
  readonly drilledActions?: number;
  readonly grantedActions?: number;
  readonly isGraphFresh?: boolean;
  /** Findings of the alignment audit that are overdue. */
  readonly overdueFindings?: number;
  /** Envelope versions on record, with ticket and signers. */
  readonly historyLength?: number;
  /** Outcome dashboards are served. */
  readonly hasDashboards?: boolean;
}

export interface Capability {
  readonly id: string;
  readonly level: Level;
  readonly text: string;
  /** Checks of the run that have to have passed, by name. */
  readonly checks: readonly string[];
  /** What must be true of the deployment now; undefined: nothing beyond the checks. */
  readonly isLive?: (live: LiveState) => boolean;
}

export const CAPABILITIES: readonly Capability[] = [
  {
    id: 'documented-envelope',
    level: 'basic',
    text: 'an envelope says what runs alone and what needs people',
    checks: ['8.1 envelope-is-whole'],
    isLive: ({ isEnvelopeActive }) => isEnvelopeActive === true,
  },
  {
    id: 'safety-critical-excluded',
    level: 'basic',
    text: 'safety-critical and process-control systems are left to people',
    checks: ['8.7 safety-critical-is-left-to-people'],
  },
  {
    id: 'acts-recorded',
    level: 'basic',
    text: 'every act alone is recorded with its trigger and its result',
    checks: ['8.8 six-facts-of-an-act-alone'],
  },
  {
    id: 'rollback-exists',
    level: 'basic',
    text: 'every act can be taken back',
    checks: ['8.6 a-change-is-taken-back'],
  },
  {
    id: 'people-outside-the-envelope',
    level: 'basic',
    text: 'people approve whatever is outside',
    checks: ['8.2 outside-the-envelope-waits-for-people', '8.2 approval-is-recorded-whole'],
  },
  {
    id: 'circuit-breaker',
    level: 'intermediate',
    text: 'failing health stops a rollout',
    checks: ['8.4 failing-health-stops-the-rollout'],
  },
  {
    id: 'progressive-rollout',
    level: 'intermediate',
    text: 'a fleet is changed in growing cohorts behind a canary',
    checks: ['8.4 failing-health-stops-the-rollout'],
  },
  {
    id: 'dependency-map',
    level: 'intermediate',
    text: 'dependencies are read from a maintained map before each act',
    checks: ['8.3 dependants-analysed-before-the-act', '8.3 unknown-host-does-not-run-alone'],
    isLive: ({ isGraphFresh }) => isGraphFresh === true,
  },
  {
    id: 'machine-readable-envelope',
    level: 'intermediate',
    text: 'the engine reads the envelope itself at run time',
    checks: ['8.5 more-than-the-cap-does-not-run-alone'],
  },
  {
    id: 'quarterly-drills',
    level: 'intermediate',
    text: 'rollback of every granted action was drilled within its time',
    checks: [],
    isLive: ({ drilledActions, grantedActions }) =>
      drilledActions !== undefined &&
      grantedActions !== undefined &&
      grantedActions > 0 &&
      drilledActions >= grantedActions,
  },
  {
    id: 'time-bounded-authority',
    level: 'intermediate',
    text: 'authority ends and is given again by people',
    checks: ['8.1 expired-envelope-authorises-nothing'],
    isLive: ({ envelopeDaysLeft }) => envelopeDaysLeft !== undefined && envelopeDaysLeft > 0 && envelopeDaysLeft <= 92,
  },
  {
    id: 'independent-signals',
    level: 'intermediate',
    text: 'a second, independent source confirms before an act alone',
    checks: ['8.2 one-source-is-not-two'],
  },
  {
    id: 'dry-run',
    level: 'advanced',
    text: 'the impact is modelled before the act and shown to a person near a boundary',
    checks: ['8.5 near-a-cap-one-person-looks-first'],
  },
  {
    id: 'change-history',
    level: 'advanced',
    text: 'the envelope has its whole history with tickets, for the change advisory board',
    checks: ['8.1 a-widening-is-refused-with-an-example'],
    isLive: ({ historyLength }) => historyLength !== undefined && historyLength > 0,
  },
  {
    id: 'independent-audits',
    level: 'advanced',
    text: 'auditors hold the envelope against the topology, and what they find is mended in time',
    checks: ['8.1 an-overdue-audit-finding-stops-widening'],
    isLive: ({ overdueFindings }) => overdueFindings === 0,
  },
  {
    id: 'outcome-feedback',
    level: 'advanced',
    text: 'outcomes contract authority, and draft what people may widen',
    checks: ['8.5 bad-outcomes-take-autonomy-away'],
  },
  {
    id: 'dashboards',
    level: 'advanced',
    text: 'success, false-positive and breaker rates are seen as they happen',
    checks: [],
    isLive: ({ hasDashboards }) => hasDashboards === true,
  },
];

interface CapabilityScore {
  readonly id: string;
  readonly level: Level;
  readonly holds: boolean;
  /** Why not, in words; empty when it holds. */
  readonly why: readonly string[];
}

export interface Score {
  /** The highest level all of whose parts, and those of every level below, hold; absent: not even basic. */
  readonly level?: Level;
  readonly clauses: readonly { readonly id: string; readonly holds: boolean; readonly why: readonly string[] }[];
  readonly capabilities: readonly CapabilityScore[];
}

/** Clauses that a level rests on (maturity model of AG-706). */
const CLAUSES_OF: Readonly<Record<Level, readonly string[]>> = {
  basic: ['4.1', '4.2', '4.7', '4.8'],
  intermediate: ['4.3', '4.4', '4.5', '4.6', '4.9', '4.10', '4.11'],
  advanced: ['4.12'],
};

/** Complaints about one named check: it must have run, and neither it nor its twin may have failed. */
function complaintsAbout(name: string, results: readonly CaseResult[]): readonly string[] {
  const own = results.filter((result) => result.name === name);
  if (own.length === 0) return [`\`${name}\` did not run`];
  return own.flatMap(({ kind, state }) => (state === 'passed' ? [] : [`the ${kind} of \`${name}\` ${state}`]));
}

function scoreCapability(capability: Capability, results: readonly CaseResult[], live: LiveState): CapabilityScore {
  const { id, level, checks, isLive } = capability;
  const failed = checks.flatMap((name) => complaintsAbout(name, results));
  const why = [...failed, ...(isLive === undefined || isLive(live) ? [] : ['the deployment does not show it now'])];
  return { id, level, holds: why.length === 0, why };
}

function complaintsAboutTest(test: TestId, results: readonly CaseResult[]): readonly string[] {
  const own = results.filter(({ name }) => name.startsWith(`${test} `));
  if (own.length === 0) return [`test ${test} did not run`];
  return own.flatMap(({ name, kind, state }) => (state === 'passed' ? [] : [`the ${kind} of \`${name}\` ${state}`]));
}

export function scoreOf(results: readonly CaseResult[], live: LiveState): Score {
  const clauses = CLAUSES.map(({ id, tests }) => {
    const why = tests.flatMap((test) => complaintsAboutTest(test, results));
    return { id, holds: why.length === 0, why };
  });
  const capabilities = CAPABILITIES.map((capability) => scoreCapability(capability, results, live));
  const holds = (level: Level): boolean =>
    CLAUSES_OF[level].every((id) => clauses.some((clause) => clause.id === id && clause.holds)) &&
    capabilities.every((capability) => capability.level !== level || capability.holds);
  const reached = LEVELS.findLast((_, position) => LEVELS.slice(0, position + 1).every(holds));
  return { clauses, capabilities, ...(reached !== undefined && { level: reached }) };
}
