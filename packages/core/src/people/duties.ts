/**
 * Separation of duties over natural persons (A4, L8, I18): which duties one person may not hold together, who has no say on a
 * given act, and what an agent may do.
 */
import type { Instant, PersonId } from '../shared/brand.ts';
import { ok, refuse, type Result } from '../shared/result.ts';
import type { Agent, Person, Role } from './person.ts';
import type { Environment } from './trust-bundle.ts';

/** Duties whose names mean the same in every organisation; all other roles are approver roles of its own making. */
export const FLEET_OPERATOR_ROLES: ReadonlySet<string> = new Set(['operator', 'fleet-operator', 'runner-operator']);
export const POLICY_ADMIN_ROLE = 'policy-admin';
const NOT_APPROVERS: ReadonlySet<string> = new Set([
  ...FLEET_OPERATOR_ROLES,
  POLICY_ADMIN_ROLE,
  'registrar',
  'auditor',
  'agent-owner',
]);

export const isApproverRole = (role: string): boolean => !NOT_APPROVERS.has(role);

export interface DutyConflict {
  readonly roles: readonly [Role, Role];
  readonly rule: string;
}
/** A conflict that a signed policy accepts; shown in every access review. */
export type DutyException = readonly [string, string];

const isFleetRole = (role: string): boolean => FLEET_OPERATOR_ROLES.has(role);
const isFleetOperator = (person: Person): boolean => person.roles.some(isFleetRole);
const isNoReviewer = (person: Person): boolean => !person.roles.some(isApproverRole);

/** Why two duties may not be held by one person; undefined when they may. */
function conflictRule(a: string, b: string): string | undefined {
  const has = (test: (role: string) => boolean): boolean => test(a) || test(b);
  if (has(isFleetRole) && has(isApproverRole)) return 'fleet operators do not approve production';
  if (has(isFleetRole) && has((role) => role === POLICY_ADMIN_ROLE)) return 'policy admins do not execute';
  if (has((role) => role === 'auditor') && has((role) => role === POLICY_ADMIN_ROLE))
    return 'auditors stand outside the policy admins';
  return undefined;
}

/** Every pair of duties that one person may not hold together. */
export function dutyConflicts(
  roles: readonly Role[],
  exceptions: readonly DutyException[] = [],
): readonly DutyConflict[] {
  const isExcepted = (a: Role, b: Role): boolean =>
    exceptions.some(([x, y]) => (x === a && y === b) || (x === b && y === a));
  return roles.flatMap((a, index) =>
    roles.slice(index + 1).flatMap((b) => {
      const rule = a === b || isExcepted(a, b) ? undefined : conflictRule(a, b);
      return rule === undefined ? [] : [{ roles: [a, b], rule } as const];
    }),
  );
}

/** A4: the conflicts that would void an act are refused already when the role is granted. */
export function checkGrant(
  person: Person,
  role: Role,
  exceptions: readonly DutyException[] = [],
): Result<readonly Role[]> {
  const roles = person.roles.includes(role) ? person.roles : [...person.roles, role];
  const [conflict] = dutyConflicts(roles, exceptions);
  if (conflict === undefined) return ok(roles);
  const [a, b] = conflict.roles;
  return refuse('duty-conflict', `\`${a}\` and \`${b}\` may not be held by one person: ${conflict.rule}`, {
    clause: 'A4',
  });
}

/** A4: reviewers do not author policy alone; at least one of those who sign it approves nothing. */
export function checkPolicySigners(signers: readonly Person[]): Result<readonly Person[]> {
  if (signers.some(isNoReviewer)) return ok(signers);
  return refuse('duty-conflict', 'reviewers may not alone author the policy they review under', { clause: 'A4' });
}

type ExclusionReason =
  | 'author'
  | 'agent-owner'
  | 'initiator'
  | 'editor'
  | 'contributor'
  | 'fleet-operator'
  | 'same-person'
  | 'delegate';

/** Somebody who has no say on one act, and why. */
export interface Exclusion {
  readonly person: PersonId;
  readonly reason: ExclusionReason;
}

/** Two identities of one natural person, or one who acts for another (T3). */
export interface Tie {
  readonly kind: 'alias' | 'delegate';
  /** The delegate or the second identity. */
  readonly person: PersonId;
  readonly of: PersonId;
}

export interface Involvement {
  /** The human who answers for the proposing agent. */
  readonly owner: PersonId;
  readonly authors: readonly PersonId[];
  readonly initiators: readonly PersonId[];
  /** Everyone who changed the capsule. */
  readonly editors: readonly PersonId[];
  /** Those who added content while they were asked for more information. */
  readonly contributors: readonly PersonId[];
  readonly environment: Environment;
  readonly roster: readonly Person[];
  readonly ties: readonly Tie[];
}

const because = (people: readonly PersonId[], reason: ExclusionReason): readonly Exclusion[] =>
  people.map((person) => ({ person, reason }));

/** Everyone excluded from approving an act, with each reason; ties are followed to the end. */
export function exclusionsOf(involved: Involvement): readonly Exclusion[] {
  const fleet =
    involved.environment === 'production' ? involved.roster.filter(isFleetOperator).map(({ id }) => id) : [];
  const direct = [
    ...because([involved.owner], 'agent-owner'),
    ...because(involved.authors, 'author'),
    ...because(involved.initiators, 'initiator'),
    ...because(involved.editors, 'editor'),
    ...because(involved.contributors, 'contributor'),
    ...because(fleet, 'fleet-operator'),
  ];
  return [...direct, ...tiedTo(direct, involved.ties)];
}

function tiedTo(direct: readonly Exclusion[], ties: readonly Tie[]): readonly Exclusion[] {
  const excluded = new Set(direct.map(({ person }) => person));
  const added: Exclusion[] = [];
  for (let size = -1; size !== excluded.size;) {
    size = excluded.size;
    for (const { kind, person, of } of ties) {
      if (excluded.has(of) && !excluded.has(person))
        added.push({ person, reason: kind === 'alias' ? 'same-person' : 'delegate' });
      if (excluded.has(of)) excluded.add(person);
      // An alias is the same person in both directions; whoever a delegate acts for keeps their own voice.
      if (kind === 'alias' && excluded.has(person) && !excluded.has(of))
        added.push({ person: of, reason: 'same-person' });
      if (kind === 'alias' && excluded.has(person)) excluded.add(of);
    }
  }
  return added;
}

/** One id for each natural person: identities tied as aliases share the smallest of their ids. */
export function naturalPerson(person: PersonId, ties: readonly Tie[]): PersonId {
  const same = new Set([person]);
  for (let size = 0; size !== same.size;) {
    size = same.size;
    for (const tie of ties) {
      if (tie.kind !== 'alias' || (!same.has(tie.person) && !same.has(tie.of))) continue;
      same.add(tie.person).add(tie.of);
    }
  }
  return [...same].reduce((least, id) => (id < least ? id : least), person);
}

/** Why a person may not sign in a role; undefined when they may. */
export function ineligibility(person: Person, role: Role, exclusions: readonly Exclusion[]): string | undefined {
  const excluded = exclusions.filter((exclusion) => exclusion.person === person.id).map(({ reason }) => reason);
  if (excluded.length > 0) return `excluded as ${[...new Set(excluded)].join(', ')}`;
  if (!person.roles.includes(role)) return `does not hold \`${role}\``;
  return undefined;
}

export const isEligible = (person: Person, role: Role, exclusions: readonly Exclusion[]): boolean =>
  ineligibility(person, role, exclusions) === undefined;

/** L8: an agent acts only before its end date and only in its own duty; there is no exchange upwards or downwards. */
export function checkAgent(agent: Agent | undefined, duty: Agent['duty'], now: Instant): Result<Agent> {
  if (agent === undefined) return refuse('agent-unknown', 'the agent is not registered', { clause: 'L8' });
  if (now >= agent.expiresAt)
    return refuse('agent-expired', `the agent \`${agent.id}\` has no duty since ${agent.expiresAt}`, { clause: 'L8' });
  if (agent.duty !== duty)
    return refuse('agent-duty', `the agent \`${agent.id}\` may ${agent.duty}, not ${duty}`, { clause: 'L8' });
  return ok(agent);
}
