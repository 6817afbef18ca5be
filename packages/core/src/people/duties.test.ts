import { expect, test } from 'vitest';
import { parseId, parseInstant } from '../shared/brand.ts';
import {
  checkAgent,
  checkGrant,
  checkPolicySigners,
  dutyConflicts,
  exclusionsOf,
  ineligibility,
  isApproverRole,
  isEligible,
  naturalPerson,
  type Involvement,
  type Tie,
} from './duties.ts';
import type { Agent, Person, Role } from './person.ts';

const id = parseId as <Name extends string>(text: string) => NonNullable<ReturnType<typeof parseId<Name>>>;
const person = (name: string, ...roles: string[]): Person => ({
  id: id(name),
  name,
  roles: roles.map((role) => id<'Role'>(role)),
  credentials: [],
});
const roles = (...names: string[]): readonly Role[] => names.map((name) => id<'Role'>(name));

const ALL = [
  'operator',
  'fleet-operator',
  'runner-operator',
  'policy-admin',
  'registrar',
  'auditor',
  'release-approver',
];
const CONFLICTS = new Set([
  ...['operator', 'fleet-operator', 'runner-operator'].flatMap((fleet) => [
    `${fleet}+release-approver`,
    `release-approver+${fleet}`,
    `${fleet}+policy-admin`,
    `policy-admin+${fleet}`,
  ]),
  'auditor+policy-admin',
  'policy-admin+auditor',
]);

test.each(ALL.flatMap((a) => ALL.map((b) => [a, b])))('A4: %s with %s is as the list says', (a, b) => {
  const conflicts = dutyConflicts(roles(a, b));
  expect(conflicts.length > 0).toBe(CONFLICTS.has(`${a}+${b}`));
});

test('A4: a conflict names both duties and the rule', () => {
  expect(dutyConflicts(roles('operator', 'release-approver'))).toEqual([
    { roles: ['operator', 'release-approver'], rule: 'fleet operators do not approve production' },
  ]);
  expect(dutyConflicts(roles('policy-admin', 'operator', 'release-approver'))).toHaveLength(2);
});

test('A4: the same conflict is refused when the role is granted', () => {
  expect(checkGrant(person('kim', 'operator'), id('service-owner'))).toMatchObject({
    refusal: { code: 'duty-conflict' },
  });
  expect(checkGrant(person('kim', 'policy-admin'), id('release-approver'))).toEqual({
    ok: true,
    value: ['policy-admin', 'release-approver'],
  });
  expect(checkGrant(person('kim', 'operator'), id('operator'))).toEqual({ ok: true, value: ['operator'] });
});

test('A4: a signed exception covers exactly its pair, in both orders', () => {
  const exceptions = [['release-approver', 'operator']] as const;
  expect(checkGrant(person('kim', 'operator'), id('release-approver'), exceptions).ok).toBe(true);
  expect(checkGrant(person('kim', 'operator'), id('service-owner'), exceptions).ok).toBe(false);
});

test('A4: reviewers do not author policy alone', () => {
  const reviewer = person('kim', 'policy-admin', 'release-approver');
  expect(checkPolicySigners([reviewer, person('lea', 'policy-admin', 'service-owner')]).ok).toBe(false);
  expect(checkPolicySigners([reviewer, person('max', 'policy-admin')]).ok).toBe(true);
  expect(checkPolicySigners([]).ok).toBe(false);
});

test('duties with a fixed meaning are not approver roles', () => {
  expect(isApproverRole('release-approver')).toBe(true);
  expect(['operator', 'policy-admin', 'registrar', 'auditor', 'agent-owner'].some(isApproverRole)).toBe(false);
});

const roster = [
  person('olga', 'release-approver'),
  person('ops', 'operator', 'release-approver'),
  person('kim', 'release-approver'),
];
const involved = (more: Partial<Involvement> = {}): Involvement => ({
  owner: id('olga'),
  authors: [],
  initiators: [],
  editors: [],
  contributors: [],
  environment: 'production',
  roster,
  ties: [],
  ...more,
});
const excludedOf = (more: Partial<Involvement>): readonly string[] =>
  exclusionsOf(involved(more)).map((exclusion) => `${exclusion.person}:${exclusion.reason}`);

test('A4: agent owner, author, initiator, editor, contributor and fleet operators are excluded, each with the reason', () => {
  const more = {
    authors: [id<'Person'>('a')],
    initiators: [id<'Person'>('b')],
    editors: [id<'Person'>('c')],
    contributors: [id<'Person'>('d')],
  };
  expect(excludedOf(more)).toEqual([
    'olga:agent-owner',
    'a:author',
    'b:initiator',
    'c:editor',
    'd:contributor',
    'ops:fleet-operator',
  ]);
});

test('A4: fleet operators are excluded in production only', () => {
  expect(excludedOf({ environment: 'staging' })).toEqual(['olga:agent-owner']);
});

const tie = (kind: Tie['kind'], of: string, name: string): Tie => ({ kind, person: id(name), of: id(of) });

test('T3: second identities and delegates of the excluded are excluded too, to the end of the chain', () => {
  const ties = [tie('delegate', 'olga2', 'dora'), tie('alias', 'olga', 'olga2'), tie('alias', 'dora2', 'dora')];
  expect(excludedOf({ environment: 'staging', ties })).toEqual([
    'olga:agent-owner',
    'olga2:same-person',
    'dora:delegate',
    'dora2:same-person',
  ]);
});

test('T3: whoever an excluded person is a delegate of keeps their own voice', () => {
  expect(excludedOf({ environment: 'staging', ties: [tie('delegate', 'kim', 'olga')] })).toEqual(['olga:agent-owner']);
});

test('one natural person has one id, whichever identity is asked', () => {
  const ties = [tie('alias', 'b', 'c'), tie('alias', 'a', 'b'), tie('delegate', 'a', 'z')];
  expect(['a', 'b', 'c', 'z'].map((name) => naturalPerson(id(name), ties))).toEqual(['a', 'a', 'a', 'z']);
});

test('eligible is who holds the role and stands on no list', () => {
  const kim = person('kim', 'release-approver');
  expect(isEligible(kim, id('release-approver'), [])).toBe(true);
  expect(ineligibility(kim, id('service-owner'), [])).toBe('does not hold `service-owner`');
  const twice = [
    { person: kim.id, reason: 'author' },
    { person: kim.id, reason: 'editor' },
  ] as const;
  expect(ineligibility(kim, id('release-approver'), twice)).toBe('excluded as author, editor');
});

const now = parseInstant('2026-11-21T10:00:00.000Z')!;
const agent = (more: Partial<Agent> = {}): Agent => ({
  id: id('playbook'),
  owner: id('olga'),
  duty: 'decide',
  purpose: 'web',
  expiresAt: parseInstant('2026-11-21T10:00:00.001Z')!,
  ...more,
});

test.each([
  ['valid to the last millisecond', agent(), 'decide', undefined],
  ['unknown', undefined, 'decide', 'agent-unknown'],
  ['expired', agent({ expiresAt: now }), 'decide', 'agent-expired'],
  ['an observer that decides', agent({ duty: 'observe' }), 'decide', 'agent-duty'],
  ['a decider that executes', agent(), 'execute', 'agent-duty'],
  ['an executor that observes', agent({ duty: 'execute' }), 'observe', 'agent-duty'],
] as const)('L8: an agent that is %s', (_, given, duty, code) => {
  const result = checkAgent(given, duty, now);
  expect(result.ok ? undefined : result.refusal.code).toBe(code);
});
