/** Which steps carry out which action: a step elsewhere is another act in disguise (G4). */
import type { ActionType } from '../../proposal/change.ts';
import type { Step } from '../../proposal/step.ts';

type Adapter = Step['adapter'];

interface StepRule {
  /** What may be among its steps. */
  readonly mayHave: readonly Adapter[];
  /** Of these it has at least one; absent: the steps it may have say it all. */
  readonly owes?: readonly Adapter[];
}

const ROLL_OUT: readonly Adapter[] = ['config', 'service'];
const only = (...adapters: readonly Adapter[]): StepRule => ({ mayHave: adapters, owes: adapters });

export const ACTION_STEPS: Readonly<Record<ActionType, StepRule>> = {
  'config.change': { mayHave: ROLL_OUT },
  // A package may come as files and a restart.
  'package.patch': { mayHave: ['package', ...ROLL_OUT] },
  'service.restart': only('service'),
  'flag.rollback': only('flag'),
  'file.quarantine': only('file'),
  'process.kill': only('process'),
  'host.isolate': only('network'),
  'firewall.rule': only('firewall'),
  'network.isolate': { mayHave: ['network', 'firewall'], owes: ['network'] },
  'workload.scale': only('workload'),
  'credential.rotate': { mayHave: ['credential', ...ROLL_OUT], owes: ['credential'] },
  'secret.change': { mayHave: ['credential', ...ROLL_OUT], owes: ['credential'] },
  'acl.change': only('acl'),
  'account.disable': only('account'),
  'identity.change': { mayHave: ['account', 'acl', 'credential'] },
  'entitlement.change': { mayHave: ['acl', 'account'] },
  'billing.change': { mayHave: ROLL_OUT },
  'data.restore': only('data'),
  'data.destroy': only('data'),
  'tenant.cross': { mayHave: ROLL_OUT },
  'governance.change': { mayHave: ROLL_OUT },
};

export const belongs = (action: ActionType, adapter: Adapter): boolean =>
  ACTION_STEPS[action].mayHave.includes(adapter);
