import { expect, test } from 'vitest';
import { instantOf } from '../../shared/brand.ts';
import type { GraphNode } from '../../graph/graph.ts';
import type { Person } from '../../people/person.ts';
import { checkEnvelope, checkEnvelopeAgainst, lintEnvelope } from '../check-envelope.ts';
import { aCalendar, aGrant, anEnvelope, anId, aRoute, at } from '../envelope.builder.ts';
import type { Envelope, Grant } from '../envelope.ts';

const found = (change: Partial<Envelope>, severity: 'error' | 'warning' | 'info'): readonly string[] =>
  lintEnvelope(anEnvelope(change))
    .filter((finding) => finding.severity === severity)
    .map((finding) => finding.at);
const base = (severity: 'warning' | 'info'): readonly string[] => found({}, severity);
const added = (change: Partial<Envelope>, severity: 'warning' | 'info'): readonly string[] =>
  found(change, severity).filter((place) => !base(severity).includes(place));
const calendars = (change: Parameters<typeof aCalendar>[0]): Partial<Envelope> => ({
  calendars: [...anEnvelope().calendars, aCalendar({ name: 'other', ...change })],
});
const caps = (change: Partial<Grant['caps']>): Grant => aGrant({ caps: { ...aGrant().caps, ...change } });
const rule = (change: object): Envelope['humanOnly'][number] => ({ id: anId('H9'), clause: '4.7', ...change });

test.each<[string, Partial<Envelope>, readonly string[]]>([
  [
    'E1: offsets out of order',
    calendars({
      offsets: [
        { from: at('2026-10-25T01:00:00.000Z'), minutes: 0 },
        { from: at('2026-10-01T00:00:00.000Z'), minutes: 60 },
      ],
    }),
    ['/calendars/1/offsets/1/from'],
  ],
  [
    'E1: offsets that begin after the envelope',
    calendars({ offsets: [{ from: at('2026-11-01T00:00:00.001Z'), minutes: 0 }] }),
    ['/calendars/1/offsets'],
  ],
  ['E1: no offset at all', calendars({ offsets: [] }), ['/calendars/1/offsets']],
  [
    'E1: a closed day that does not exist',
    calendars({ closed: ['2026-12-25', '2026-02-30'] }),
    ['/calendars/1/closed/1'],
  ],
  [
    'E1: a period that ends before it begins',
    calendars({ periods: [{ from: at('2026-12-02T00:00:00.000Z'), to: at('2026-12-01T00:00:00.000Z') }] }),
    ['/calendars/1/periods/0'],
  ],
  [
    'E1: a grant whose windows never open',
    { ...calendars({ weekly: [], periods: [] }), grants: [aGrant({ calendars: ['other'] })] },
    ['/grants/0/calendars'],
  ],
  [
    'E1: an unknown calendar of a human-only rule',
    { humanOnly: [rule({ calendars: ['nigth'] })] },
    ['/humanOnly/0/calendars/0'],
  ],
  [
    'E1: an unknown calendar of a prohibition',
    { prohibited: [rule({ calendars: ['x'] })] },
    ['/prohibited/0/calendars/0'],
  ],
  [
    'E1: an unknown calendar of a route',
    { routes: [aRoute({ when: { calendars: ['x'] } })] },
    ['/routes/0/when/calendars/0'],
  ],
  ['E1: an empty list of paths', { humanOnly: [rule({ paths: [] })] }, ['/humanOnly/0/paths']],
  ['E1: an empty list of owners in a route', { routes: [aRoute({ when: { owners: [] } })] }, ['/routes/0/when/owners']],
  [
    'E1: the id of a guardrail and of a grant',
    { guardrails: [{ id: aGrant().id, clause: 'c', modes: ['autonomous'], actions: ['acl.change'], conditions: [] }] },
    ['/grants/0/id'],
  ],
  ['4.5: a change set that holds no step', { grants: [caps({ changeSetSize: 0 })] }, ['/grants/0/caps/changeSetSize']],
  ['4.12: nobody looks at a dry run', { dryRun: { marginPercent: 10, demands: [] } }, ['/dryRun/demands']],
  [
    'L6: egress before autonomy',
    { phase: 'observe-only', egress: { ...anEnvelope().egress, staging: 'sanitized' } },
    ['/egress/staging'],
  ],
  ['E1: a human-only rule that covers a grant', { humanOnly: [rule({ environments: ['production'] })] }, ['/grants/0']],
  ['E1: a human-only rule for all targets', { humanOnly: [rule({ targetsOver: 0 })] }, ['/grants/0']],
  [
    'E1: two human-only rules, one for each action of a grant',
    {
      grants: [aGrant({ actions: ['package.patch', 'service.restart'] })],
      humanOnly: [rule({ actions: ['package.patch'] }), rule({ id: anId('H8'), actions: ['service.restart'] })],
    },
    ['/grants/0'],
  ],
  [
    'E1: a human-only rule for the tiers of a grant',
    { humanOnly: [rule({ tiers: ['non-critical', 'production-critical'] })] },
    ['/grants/0'],
  ],
  [
    'DORA: a freeze on the very window of a grant',
    { humanOnly: [rule({ calendars: ['night', 'night'] })] },
    ['/grants/0'],
  ],
  [
    'E1: a guardrail that covers a grant',
    {
      guardrails: [
        {
          id: anId('W'),
          clause: 'c',
          modes: ['autonomous'],
          actions: [],
          conditions: [{ op: 'at-most', fact: 'targets', value: 15 }],
        },
      ],
    },
    ['/grants/0'],
  ],
  ['D5: a limit of nothing an hour', { limits: { ...anEnvelope().limits, classActionsPerHour: 0 } }, ['/grants/0']],
])('%s blocks activation', (_what, change, places) => {
  expect(found(change, 'error')).toEqual(places);
});

test.each<[string, Partial<Envelope>]>([
  ['a human-only rule for some zones', { humanOnly: [rule({ zones: ['x'] })] }],
  ['a human-only rule for one of two tiers', { humanOnly: [rule({ tiers: ['non-critical'] })] }],
  ['a human-only rule for another action', { humanOnly: [rule({ actions: ['acl.change'] })] }],
  ['a prohibition without a change record', { prohibited: [{ ...rule({}), without: 'change-record' }] }],
  [
    'a guardrail for more targets than the grant',
    {
      guardrails: [
        {
          id: anId('W'),
          clause: 'c',
          modes: ['autonomous'],
          actions: [],
          conditions: [{ op: 'at-least', fact: 'targets', value: 16 }],
        },
      ],
    },
  ],
  ['a switched-off grant that something covers', { grants: [aGrant({ isEnabled: false })], humanOnly: [rule({})] }],
  ['a phase that takes everything away', { phase: 'observe-only' }],
])('negative twin: %s does not', (_what, change) => {
  expect(found(change, 'error')).toEqual([]);
});

test.each<[string, Partial<Envelope>, readonly string[]]>([
  ['E1: a window that never opens', calendars({ weekly: [], periods: [] }), ['/calendars/1']],
  [
    'E1: a period outside the validity',
    calendars({ weekly: [], periods: [{ from: at('2030-01-01T00:00:00.000Z'), to: at('2030-01-02T00:00:00.000Z') }] }),
    ['/calendars/1'],
  ],
  ['E1: a closed day named twice', calendars({ closed: ['2026-12-25', '2026-12-25'] }), ['/calendars/1/closed/1']],
  [
    '4.2: one person for critical targets',
    { routes: [aRoute({ when: { tiers: ['production-critical'] } })] },
    ['/routes/0/demands'],
  ],
  [
    '4.2: one person for what critical ones need',
    { routes: [aRoute({ when: { affectedTiers: ['safety-critical'] } })] },
    ['/routes/0/demands'],
  ],
  [
    '4.5: a cap of a tier that is not named',
    { grants: [caps({ perTier: { 'non-critical': 1, 'production-critical': 1, 'safety-critical': 1 } })] },
    ['/grants/0/caps/perTier/safety-critical'],
  ],
  [
    '4.5: a tier cap over the cap',
    { grants: [caps({ perTier: { 'non-critical': 99, 'production-critical': 1 } })] },
    ['/grants/0/caps/perTier/non-critical'],
  ],
  [
    '4.5: a human-only limit no grant reaches',
    { humanOnly: [rule({ targetsOver: 15 })] },
    ['/humanOnly/0/targetsOver'],
  ],
  [
    'D3: more confidence than any source has',
    { grants: [aGrant({ minConfidencePercent: 50 })] },
    ['/grants/0/minConfidencePercent'],
  ],
  ['D3: no severity at all', { severities: {} }, ['/severities']],
  [
    'D5: more targets than a day allows',
    { limits: { ...anEnvelope().limits, organisationTargetsPerDay: 14 } },
    ['/grants/0/caps/targets'],
  ],
  [
    'E6: a rate of zero',
    { contraction: { ...anEnvelope().contraction, failurePercent: 0 } },
    ['/contraction/failurePercent'],
  ],
  ['L4: an exception that nothing may use', { maxSkipPercent: 0 }, ['/maxSkipPercent']],
  [
    '4.2: a route for what nobody may approve',
    { routes: [aRoute(), aRoute({ id: anId('R2'), when: { actions: ['data.destroy'] } })] },
    ['/routes/1'],
  ],
  [
    '4.7: people for what nobody may approve',
    { humanOnly: [rule({ actions: ['tenant.cross'], zones: ['x'] })] },
    ['/humanOnly/0'],
  ],
])('%s is a warning and blocks nothing', (_what, change, places) => {
  expect(added(change, 'warning')).toEqual(places);
  expect(checkEnvelope(anEnvelope(change))).toEqual([]);
});

test('to know: a calendar nobody names, a share that never ends, a grant the phase keeps off', () => {
  expect(added(calendars({}), 'info')).toEqual(['/calendars/1']);
  expect(found({ maxSkipPercent: 100 }, 'info')).toContain('/maxSkipPercent');
  expect(found({ phase: 'observe-only' }, 'info')).toContain('/grants/0/isEnabled');
});

test('D1: an environment for which no route names anyone is a warning that says what to write', () => {
  const { advice = '' } = lintEnvelope(anEnvelope()).find(({ problem }) => problem.includes('in staging')) ?? {};
  expect(advice).toContain('environments: [staging]');
  const whole = anEnvelope({ routes: [aRoute({ when: {} })] });
  expect(lintEnvelope(whole).filter(({ at: place }) => place === '/routes')).toEqual([]);
});

test('errors come first, then warnings, and each says what to do and by which clause', () => {
  const all = lintEnvelope(anEnvelope({ agents: [], severities: {}, maxSkipPercent: 100 }));
  const order = all.map(({ severity }) => ['error', 'warning', 'info'].indexOf(severity));
  expect(order).toEqual(order.toSorted((a, b) => a - b));
  for (const { advice, clause, problem } of all) expect([advice, clause, problem]).not.toContain('');
});

const person = (id: string, roles: readonly string[], keys: number = 1): Person => ({
  id: anId(id),
  name: id,
  roles: roles.map((role) => anId(role)),
  credentials: Array.from(
    { length: keys },
    () =>
      ({ kind: 'raw', publicKey: 'x', surface: 'own', enrolledAt: instantOf(0), usableFrom: instantOf(0) }) as const,
  ),
});
const asking = (...demands: readonly (readonly [string, number])[]): Envelope =>
  anEnvelope({
    routes: [aRoute({ when: {}, demands: demands.map(([role, count]) => ({ role: anId(role), count })) })],
  });
const people = (envelope: Envelope, ...roster: readonly Person[]): readonly string[] =>
  checkEnvelopeAgainst(envelope, [person('ann', ['release-approver']), ...roster]).map((complaint) => complaint.at);

test.each<[string, Envelope, readonly Person[], readonly string[]]>([
  ['somebody holds the role', asking(['owner', 1]), [person('bob', ['owner'])], []],
  ['nobody holds the role', asking(['owner', 1]), [], ['/routes/0/demands/0/role']],
  ['who holds the role has no key', asking(['owner', 1]), [person('bob', ['owner'], 0)], ['/routes/0/demands/0/role']],
  [
    'a role that does not approve',
    asking(['operator', 1]),
    [person('bob', ['operator'])],
    ['/routes/0/demands/0/role'],
  ],
  ['fewer people than seats', asking(['owner', 2]), [person('bob', ['owner'])], ['/routes/0/demands/0/count']],
  [
    'one person for two seats',
    asking(['owner', 1], ['safety', 1]),
    [person('bob', ['owner', 'safety'])],
    ['/routes/0/demands'],
  ],
  [
    'two people for two seats',
    asking(['owner', 1], ['safety', 1]),
    [person('bob', ['owner', 'safety']), person('eve', ['safety'])],
    [],
  ],
])('A4: %s', (_what, envelope, roster, places) => {
  expect(people(envelope, ...roster)).toEqual(places);
});

test('A4: the dry run has to be looked at by somebody who exists', () => {
  expect(checkEnvelopeAgainst(asking(['owner', 1]), [person('bob', ['owner'])]).map((one) => one.at)).toEqual([
    '/dryRun/demands/0/role',
  ]);
});

const node = (id: string, zone: string): GraphNode => ({
  id: anId(id),
  kind: 'host',
  tier: 'non-critical',
  environment: 'production',
  zone,
});

test('E7: a name that is nearly one of the graph is a slip; one that is far from all is meant', () => {
  const envelope = anEnvelope({
    humanOnly: [rule({ zones: ['clincal', 'scada', 'clinical'] })],
    staging: { dataClasses: [], dependencies: [anId('db'), anId('gone')] },
  });
  const graph = { nodes: [node('db', 'clinical')] };
  const slips = lintEnvelope(envelope, { graph }).filter(({ problem }) => /graph/.test(problem));
  expect(slips.map(({ at: place, advice }) => `${place} ${advice}`)).toEqual([
    '/humanOnly/0/zones/0 did you mean `clinical`?',
    '/staging/dependencies/1 change it, or leave it out',
  ]);
});
