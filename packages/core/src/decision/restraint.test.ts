import { expect, test } from 'vitest';
import type { Person } from '../people/person.ts';
import { anId, at } from '../envelope/envelope.builder.ts';
import { readShape } from '../shared/shape.ts';
import { checkLift, restraintLiftShape, type LiftFacts, type RestraintLift } from './restraint.ts';

const NOW = at('2026-11-18T12:00:00.000Z');
const lift: RestraintLift = {
  type: 'restraint-lift',
  organisation: anId('acme'),
  restraint: anId('H-1'),
  person: anId('petra'),
  reason: 'the vendor fixed its prompts',
  signedAt: NOW,
  expiresAt: at('2026-11-18T12:15:00.000Z'),
};
const petra: Person = { id: anId('petra'), name: 'Petra', roles: [anId('policy-admin')], credentials: [] };
const facts = (change: Partial<LiftFacts> = {}): LiftFacts => ({
  organisation: anId('acme'),
  restraint: 'H-1',
  agentOwner: anId('ann'),
  now: NOW,
  signers: [petra],
  ...change,
});

test('D7: a policy admin who signed exactly this lets it go on', () => {
  expect(checkLift(lift, facts())).toEqual({ ok: true, value: lift });
  expect(readShape(restraintLiftShape, JSON.parse(JSON.stringify(lift)))).toEqual({ ok: true, value: lift });
});

const refused: readonly { readonly what: string; readonly at: string; readonly change: Partial<LiftFacts> }[] = [
  { what: 'nobody signed', at: '/person', change: { signers: [] } },
  { what: 'an operator signed', at: '/person', change: { signers: [{ ...petra, roles: [anId('operator')] }] } },
  { what: 'the owner of the agent signed', at: '/person', change: { agentOwner: anId('petra') } },
  { what: 'it is about another restraint', at: '/restraint', change: { restraint: 'H-2' } },
  { what: 'it is of another organisation', at: '/organisation', change: { organisation: anId('other') } },
  { what: 'it is too late', at: '/signedAt', change: { now: lift.expiresAt } },
  { what: 'it is signed ahead of time', at: '/signedAt', change: { now: at('2026-11-18T11:59:59.999Z') } },
];
test.each(refused)('D7: the restraint stays when $what', ({ at: place, change }) => {
  const checked = checkLift(lift, facts(change));
  expect(!checked.ok && [checked.refusal.code, checked.refusal.complaints?.map((one) => one.at)]).toEqual([
    'lift-refused',
    [place],
  ]);
});
