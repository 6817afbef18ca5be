/**
 * The floor no envelope can lower (L7), as code. It knows no permit: it only turns acts to people, prohibits, and adds
 * people to those an envelope asks for.
 */
import type { Floor } from '../people/trust-bundle.ts';
import type { ActionType } from '../proposal/change.ts';
import type { Decision } from './decision.ts';
import type { Facts } from './facts.ts';

export interface FloorReason {
  readonly effect: 'people' | 'prohibit';
  readonly clause: string;
  readonly text: string;
}

/** Secrets, keys, credential stores; identity, billing, entitlement; destruction of data, cross-tenant; what governs. */
export const NEVER_AUTOMATIC: readonly ActionType[] = [
  'credential.rotate',
  'secret.change',
  'identity.change',
  'account.disable',
  'acl.change',
  'entitlement.change',
  'billing.change',
  'data.restore',
  'data.destroy',
  'tenant.cross',
  'governance.change',
];
/** Network segmentation: people are asked, except where an envelope signed by two allows it outside production. */
export const SEGMENTATION: readonly ActionType[] = ['firewall.rule', 'network.isolate', 'host.isolate'];
/** What records, watches, backs up or governs. */
const GOVERNING_ZONES: readonly string[] = ['audit', 'backup', 'governance', 'logging', 'monitoring'];
const AUTHENTICATION_ZONES: readonly string[] = ['authentication', 'identity'];
const CUSTOMER_DATA: readonly string[] = [
  'cardholder',
  'customer',
  'customer-data',
  'pci',
  'personal',
  'personal-health',
  'phi',
  'pii',
];
/** Step-up authentication is owed for secrets, restoring data and changes of privilege (A1). */
const STEP_UP: ReadonlySet<ActionType> = new Set([
  'credential.rotate',
  'secret.change',
  'identity.change',
  'acl.change',
  'entitlement.change',
  'data.restore',
]);

const shares = (facts: readonly string[], named: readonly string[]): readonly string[] =>
  facts.filter((item) => named.includes(item));

/** Every floor rule that speaks about these facts; empty means the floor is silent, not that it permits. */
export function floorReasons(facts: Facts, floor: Floor, stage: Decision['stage']): readonly FloorReason[] {
  const reasons: FloorReason[] = [];
  const people = (clause: string, text: string): void => void reasons.push({ effect: 'people', clause, text });
  const inProduction = facts.environments.length === 0 || facts.environments.includes('production');
  if (facts.tiers.includes('safety-critical') || facts.affectedTiers.includes('safety-critical'))
    people('AG-706 4.7', 'safety-critical systems are changed only with human approval, whatever the severity');
  if (facts.unknownTargets > 0)
    people(
      'AG-706 4.7',
      `the graph does not know ${facts.unknownTargets} of the targets, which makes them safety-critical`,
    );
  if (NEVER_AUTOMATIC.includes(facts.action)) people('L7', `${facts.action} is never automatic`);
  if (floor.humanOnlyActions.includes(facts.action)) people('L7', `the trust bundle asks people for ${facts.action}`);
  if (facts.targets > floor.autonomousTargets)
    people(
      'L7',
      `the trust bundle lets at most ${floor.autonomousTargets} targets be changed alone; these are ${facts.targets}`,
    );
  for (const zone of shares(facts.zones, GOVERNING_ZONES))
    people('L7', `zone ${zone} records, watches, backs up or governs`);
  if (inProduction) {
    if (SEGMENTATION.includes(facts.action)) people('L7', 'people are asked for network segmentation in production');
    for (const zone of shares(facts.zones, AUTHENTICATION_ZONES))
      people('L7', `people are asked for authentication (zone ${zone})`);
    for (const kind of shares(facts.dataClasses, CUSTOMER_DATA))
      people('L7', `people are asked for customer data (${kind})`);
    if (facts.action === 'config.change') reasons.push(...configReasons(facts, stage));
  }
  return reasons;
}

/** Production config: staging proof and approval, both. Before staging the proof is owed; after it, its absence prohibits. */
function configReasons(facts: Facts, stage: Decision['stage']): readonly FloorReason[] {
  const approval: FloorReason = {
    effect: 'people',
    clause: 'L7',
    text: 'production config is changed only with approval',
  };
  if (facts.stagingValidated || stage === 'before-staging') return [approval];
  return [
    approval,
    {
      effect: 'prohibit',
      clause: 'L7',
      text: 'production config is changed only after staging validated exactly this change',
    },
  ];
}

export const floorStepUp = (facts: Facts): boolean => STEP_UP.has(facts.action);
