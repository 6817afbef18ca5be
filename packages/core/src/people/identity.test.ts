import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseId, parseInstant, type Id } from '../shared/brand.ts';
import type { WorkloadIdentity } from './outside-identity.ts';
import type { Agent, Person } from './person.ts';
import {
  agentSharingKey,
  grantedScopes,
  personOfIdentity,
  SCOPES_OF_DUTY,
  standingAgent,
  standsForAgent,
} from './identity.ts';

const must = <T>(value: T | undefined): T => {
  if (value === undefined) throw new Error('the test data is wrong');
  return value;
};
const idOf = <Name extends string>(text: string): Id<Name> => must(parseId<Name>(text));
const NOW = must(parseInstant('2026-11-21T12:00:00.000Z'));
const LATER = must(parseInstant('2026-11-21T12:00:00.001Z'));
const WORKLOAD: WorkloadIdentity = { iss: 'https://k8s.example', sub: 'system:serviceaccount:a:b', aud: 'countersign' };
const agent = (change: Partial<Agent> = {}): Agent => ({
  id: idOf('playbook'),
  owner: idOf('sam'),
  duty: 'decide',
  purpose: 'web tier',
  expiresAt: LATER,
  keys: ['AAAA'],
  issuers: [WORKLOAD],
  ...change,
});
const person = (change: Partial<Person> = {}): Person => ({
  id: idOf('kim'),
  name: 'Kim',
  roles: [],
  credentials: [],
  identities: [{ iss: 'https://login.example', sub: 'u-1' }],
  ...change,
});
const roster = { people: [{ id: idOf<'Person'>('sam') }], agents: [agent()] };
const DUTIES = ['observe', 'decide', 'execute'] as const;
const ABOVE = [
  'approve',
  'resume',
  'lift',
  'envelope',
  'admin',
  'override',
  '*',
  'READ',
  'read propose start',
  '',
  ' ',
];

describe('an agent that stands', () => {
  test('L8: is on the roster, has not ended and has an owner', () => {
    expect(standingAgent(roster, 'playbook', NOW)).toEqual({ ok: true, value: roster.agents[0] });
  });

  test.each<[string, typeof roster, string, string]>([
    ['an unknown one', roster, 'other', 'agent-unknown'],
    ['another spelling', roster, 'Playbook', 'agent-unknown'],
    ['an empty name', roster, '', 'agent-unknown'],
    ['one that ended', { ...roster, agents: [agent({ expiresAt: NOW })] }, 'playbook', 'agent-expired'],
    ['one without an owner', { ...roster, people: [] }, 'playbook', 'agent-expired'],
  ])('L8: %s does not', (_, given, name, code) => {
    expect(standingAgent(given, name, NOW)).toMatchObject({ ok: false, refusal: { code } });
  });
});

describe('scopes', () => {
  test('I18: no word of any duty approves, resumes, lifts or edits an envelope', () => {
    expect(SCOPES_OF_DUTY).toEqual({ observe: ['read'], decide: ['read', 'propose'], execute: ['read', 'start'] });
  });

  test('L8: every part of a duty is granted, nothing of another', () => {
    const words = ['read', 'propose', 'start'];
    fc.assert(
      fc.property(fc.constantFrom(...DUTIES), fc.subarray(words, { minLength: 1 }), (duty, asked) => {
        const granted = grantedScopes(agent({ duty }), asked.join(' '));
        const allowed: readonly string[] = SCOPES_OF_DUTY[duty];
        expect(granted.ok).toBe(asked.every((word) => allowed.includes(word)));
        expect((granted.ok ? granted.value : []).every((scope) => allowed.includes(scope))).toBe(true);
      }),
    );
  });

  test.each(DUTIES.flatMap((duty) => ABOVE.map((asked) => [duty, asked] as const)))(
    'L8: an agent with duty %s that asks for `%s` gets nothing',
    (duty, asked) => {
      expect(grantedScopes(agent({ duty }), asked)).toMatchObject({ ok: false, refusal: { code: 'scope-refused' } });
    },
  );

  test.each(DUTIES)('L8: %s without a wish gets its duty', (duty) => {
    expect(grantedScopes(agent({ duty }), undefined)).toEqual({ ok: true, value: SCOPES_OF_DUTY[duty] });
  });

  test('L8: a wish twice is no wish of a duty', () => {
    expect(grantedScopes(agent(), 'read read').ok).toBe(false);
  });
});

describe('shared identities', () => {
  const other = agent({ id: idOf('observer'), duty: 'observe', keys: ['BBBB'], issuers: [] });
  test('I18: a key of two agents is known as such', () => {
    expect(agentSharingKey([agent(), other], agent(), 'AAAA')).toBeUndefined();
    expect(agentSharingKey([agent(), { ...other, keys: ['AAAA'] }], agent(), 'AAAA')?.id).toBe('observer');
  });

  test('L8: a workload stands for the one agent that lists it', () => {
    expect(standsForAgent([agent(), other], agent(), WORKLOAD)).toEqual({ ok: true, value: true });
  });

  test.each([
    ['iss', 'https://k8s.example/'],
    ['iss', 'https://K8S.example'],
    ['sub', 'system:serviceaccount:a:b2'],
    ['sub', 'system:serviceaccount:a:B'],
    ['aud', 'countersign2'],
    ['aud', ''],
  ])('L8: with %s `%s` it stands for nobody', (field, value) => {
    expect(standsForAgent([agent()], agent(), { ...WORKLOAD, [field]: value })).toMatchObject({
      ok: false,
      refusal: { code: 'exchange-refused' },
    });
  });

  test.each([WORKLOAD, { ...WORKLOAD, aud: 'other' }])(
    'L8: a workload that also stands for another agent stands for neither (%j)',
    (listed) => {
      const agents = [agent(), { ...other, issuers: [listed] }];
      expect(standsForAgent(agents, agent(), WORKLOAD)).toMatchObject({ refusal: { code: 'exchange-refused' } });
    },
  );
});

describe('people', () => {
  const identity = { iss: 'https://login.example', sub: 'u-1' };
  test('O4: issuer and subject name exactly one person', () => {
    expect(personOfIdentity([person()], identity)).toEqual({ ok: true, value: person() });
  });

  test.each<[string, readonly Person[], { readonly iss: string; readonly sub: string }]>([
    ['nobody', [], identity],
    ['a person without identities', [person({ identities: [] })], identity],
    ['another subject', [person()], { ...identity, sub: 'u-2' }],
    ['the same subject at another issuer', [person()], { ...identity, iss: 'https://login.example.org' }],
    ['an issuer with a slash more', [person()], { ...identity, iss: 'https://login.example/' }],
    ['the id of the person', [person()], { ...identity, sub: 'kim' }],
    ['two people with it', [person(), person({ id: idOf('ana') })], identity],
  ])('O4: %s is no sign-in', (_, people, given) => {
    expect(personOfIdentity(people, given)).toMatchObject({ ok: false, refusal: { code: 'sign-in-refused' } });
  });
});
