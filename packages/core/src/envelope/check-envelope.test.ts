import { expect, test } from 'vitest';
import { readShape } from '../shared/shape.ts';
import { checkEnvelope } from './check-envelope.ts';
import { aCalendar, aGrant, anEnvelope, anId, aRoute, at } from './envelope.builder.ts';
import { envelopeShape } from './envelope-shape.ts';
import type { Envelope } from './envelope.ts';

const faults = (change: Partial<Envelope>): readonly string[] =>
  checkEnvelope(anEnvelope(change)).map((complaint) => complaint.at);
const caps = aGrant().caps;

test('the envelope the tests start from has no fault and its own shape', () => {
  expect(checkEnvelope(anEnvelope())).toEqual([]);
  expect(readShape(envelopeShape, JSON.parse(JSON.stringify(anEnvelope())))).toEqual({ ok: true, value: anEnvelope() });
});

const table: readonly {
  readonly what: string;
  readonly change: Partial<Envelope>;
  readonly places: readonly string[];
}[] = [
  {
    what: '4.10: 92 days and a millisecond',
    change: { validUntil: at('2027-02-01T00:00:00.001Z') },
    places: ['/validUntil'],
  },
  { what: '4.10: exactly 92 days', change: { validUntil: at('2027-02-01T00:00:00.000Z') }, places: [] },
  { what: 'E2: no time at all', change: { validUntil: anEnvelope().validFrom }, places: ['/validUntil'] },
  { what: 'E2: a second version of nothing', change: { version: 2 }, places: ['/supersedes'] },
  {
    what: 'E2: a first version of something',
    change: { supersedes: `sha256:${'a'.repeat(64)}` },
    places: ['/supersedes'],
  },
  {
    what: 'an id used by a grant and a route',
    change: { routes: [aRoute({ id: aGrant().id })] },
    places: ['/routes/0/id'],
  },
  {
    what: 'a calendar name used twice',
    change: { calendars: [...anEnvelope().calendars, ...anEnvelope().calendars] },
    places: ['/calendars/1/name'],
  },
  {
    what: 'hours that never begin',
    change: { calendars: [aCalendar({ name: 'night', weekly: [{ days: [1], from: 60, to: 60 }] })] },
    places: ['/calendars/0/weekly/0'],
  },
  {
    what: 'hours that begin at the end of the day',
    change: { calendars: [aCalendar({ name: 'night', weekly: [{ days: [1], from: 1440, to: 60 }] })] },
    places: ['/calendars/0/weekly/0/from'],
  },
  {
    what: 'E1: a calendar nobody defined',
    change: { grants: [aGrant({ calendars: ['night', 'lunch'] })] },
    places: ['/grants/0/calendars/1'],
  },
  { what: 'a grant without actions', change: { grants: [aGrant({ actions: [] })] }, places: ['/grants/0/actions'] },
  { what: 'a grant without tiers', change: { grants: [aGrant({ tiers: [] })] }, places: ['/grants/0/tiers'] },
  {
    what: 'a grant without environments',
    change: { grants: [aGrant({ environments: [] })] },
    places: ['/grants/0/environments'],
  },
  {
    what: 'a cap of zero',
    change: { grants: [aGrant({ caps: { ...caps, actionsPerHour: 0 } })] },
    places: ['/grants/0/caps'],
  },
  {
    what: 'no room for any tier of the grant',
    change: { grants: [aGrant({ caps: { ...caps, perTier: {} } })] },
    places: ['/grants/0/caps/perTier'],
  },
  {
    what: '4.7: a grant for safety-critical targets',
    change: { grants: [aGrant({ tiers: ['safety-critical', 'non-critical'] })] },
    places: ['/grants/0/tiers'],
  },
  {
    what: 'a grant for prohibited actions only',
    change: { grants: [aGrant({ actions: ['tenant.cross'] })] },
    places: ['/grants/0'],
  },
  {
    what: 'a switched-off grant that is unfinished',
    change: { grants: [aGrant({ isEnabled: false, actions: [], tiers: ['safety-critical'] })] },
    places: [],
  },
  {
    what: '4.9: more than 10 targets without a canary',
    change: { rollout: { ...anEnvelope().rollout, canary: 51 } },
    places: ['/grants/0/caps/targets'],
  },
  {
    what: 'a human-only rule that matches nothing',
    change: { humanOnly: [{ id: anId('H1'), clause: '4.7', zones: [] }] },
    places: ['/humanOnly/0/zones'],
  },
  {
    what: 'a prohibition of nothing',
    change: { prohibited: [{ id: anId('P1'), clause: '4.1', actions: [] }] },
    places: ['/prohibited/0/actions'],
  },
  {
    what: '4.2: a route that asks nobody',
    change: { routes: [aRoute({ demands: [] })] },
    places: ['/routes/0/demands'],
  },
  {
    what: 'a route that never matches',
    change: { routes: [aRoute({ when: { tiers: [] } })] },
    places: ['/routes/0/when/tiers'],
  },
  { what: 'L8: no agent', change: { agents: [] }, places: ['/agents'] },
  { what: 'L7: config that skips staging', change: { maySkipStaging: ['config.change'] }, places: ['/maySkipStaging'] },
];
test.each(table)('$what: $places', ({ change, places }) => {
  expect(faults(change)).toEqual(places);
});

test('E1: every fault is reported at once', () => {
  expect(faults({ version: 3, agents: [], grants: [aGrant({ actions: [], environments: [] })] })).toEqual([
    '/supersedes',
    '/grants/0/actions',
    '/grants/0/environments',
    '/agents',
  ]);
});
