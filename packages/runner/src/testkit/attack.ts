/** Three worlds that are admitted, and the code that comes out when a test changes one thing. */
import { instant, plusMs, type Instant } from '@countersign/core';
import { generateSigner, type CapsuleDelivery } from '@countersign/seal';
import { Admitted } from '../admit/admit.ts';
import { gateOf, type GatePlan } from './gate.ts';
import { makeKeys, ownKey, personKey, type HouseKeys } from './house.ts';
import { made } from './made.ts';
import { makeWorld, type World, type WorldPlan } from './world.ts';

export const NOW: Instant = made(instant, '2026-11-21T02:14:00.000Z');
export const TARGETS: WorldPlan['targets'] = [
  { id: 'host-1', tier: 'non-critical' },
  { id: 'host-2', tier: 'non-critical' },
  { id: 'host-3', tier: 'non-critical' },
];
export const KEYS: HouseKeys = makeKeys();
export const world = (authority: WorldPlan['authority'], change: Partial<WorldPlan> = {}): World =>
  makeWorld({ now: NOW, targets: TARGETS, authority, ...change }, KEYS);
export const PEOPLE: World = world('people');
export const ALONE: World = world('envelope');
export const STAGING: World = world('staging');

export function code(of: World, delivery: Partial<CapsuleDelivery> = {}, plan: GatePlan = {}): string {
  const context = gateOf(of, plan);
  const admitted = Admitted.check({ ...of.delivery, ...delivery }, context);
  context.journal.close();
  return admitted.ok ? `admitted by ${admitted.value.authority.kind}` : admitted.refusal.code;
}
export const flip = (text: string): string => text.replace(/[A-Za-z]/, (letter) => (letter === 'A' ? 'B' : 'A'));
export const now = (ms: number): GatePlan => ({ change: { now: plusMs(NOW, ms) } });

export const many = (count: number): WorldPlan['targets'] =>
  Array.from({ length: count }, (_, place) => ({ id: `host-${place}`, tier: 'non-critical' as const }));
export function bundleOwing(count: number): object {
  const floor = {
    quorums: [{ environment: 'production', demands: [{ role: 'release-approver', count }] }],
    humanOnlyActions: [],
    autonomousTargets: 10,
  };
  return { floor };
}
/** A third policy admin, so that an envelope owned by one of them could be signed by two others. */
const raw = (name: string): object => ownKey(personKey(KEYS, name));

export function withRui(): object {
  const rui = {
    id: 'rui',
    name: 'rui',
    roles: ['policy-admin'],
    credentials: [ownKey(generateSigner('ed25519'))],
  };
  const people = ['pat', 'quinn'].map((id) => ({ id, name: id, roles: ['policy-admin'], credentials: [raw(id)] }));
  return { people: [...people, rui] };
}
