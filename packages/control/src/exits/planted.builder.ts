/** A remediation run to its end in each mode of egress, with a word in every text of it (V2). */
import { mayLeave, type EgressMode, type Evidence, type RolloutEvent, type ValidationReport } from '@countersign/core';
import { disclose, sealFields, type Report } from '@countersign/seal';
import { goodEvents, sameSalt, type Opened } from '../enclaves/enclave.builder.ts';
import {
  approvalOf,
  approve,
  capsulesFor,
  control,
  draft,
  must,
  now,
  production,
  propose,
  report,
  signing,
  staging,
  witness,
  world,
} from '../flow/desk.builder.ts';
import { shownId, shownSignals } from '../flow/desk.parse.ts';
import { relayed } from '../testkit/relayed.ts';
import { idOf } from '../testkit/world.ts';
import { canary } from './canaries.builder.ts';
import { evidenceJson } from './planted.parse.ts';

/** What of the enclave's texts passes its gateway; the rule itself is the runner's and is tested there. */
export interface Mask {
  readonly field: (mode: EgressMode, pointer: string) => boolean;
  readonly text: (mode: EgressMode) => boolean;
}
export const MASK: Mask = { field: mayLeave, text: (mode) => mode === 'sanitized' };
/** The twin: an enclave that lets everything out. */
export const NO_MASK: Mask = { field: () => true, text: () => true };

export async function signalled(): Promise<string> {
  const document = {
    version: '4',
    alerts: [
      {
        status: 'firing',
        labels: { alertname: 'CheckoutTimeouts', severity: 'critical', target: 'web-1', note: canary('signal') },
        annotations: { summary: canary('signal'), description: canary('signal') },
        startsAt: '2026-11-21T11:00:00Z',
      },
    ],
  };
  const sent = control.ask('source:alertmanager-dc1', 'POST', '/api/v1/signals/alertmanager', {
    body: relayed(world, document),
  });
  return shownSignals(await must(sent, 202))[0] ?? '';
}

/** A complete proposal of which every text is planted. */
export async function proposed(path: string, target: string = 'web-1'): Promise<string> {
  const signal = await signalled();
  const base = await draft('config.change');
  const content = JSON.stringify({ a: canary('change') });
  const body = {
    ...base,
    signals: [idOf<'Signal'>(signal)],
    targets: [idOf<'Target'>(target)],
    title: canary('proposal'),
    hypothesis: canary('proposal'),
    failingCheck: canary('proposal'),
    trace: canary('proposal'),
    reproduction: canary('proposal'),
    contingencyPlan: canary('proposal'),
    context: {
      model: canary('context'),
      prompt: canary('context'),
      toolCalls: [{ tool: canary('context'), input: canary('context') }],
    },
    change: {
      ...base.change,
      summary: canary('change'),
      steps: [{ adapter: 'config', path, content, validate: 'json' }, ...base.change.steps.slice(1)],
    },
  };
  return shownId(await must(propose(body), 201));
}

const HELD = 'held inside';

/** One remediation from its signal to its evidence, as an enclave with this mode and mask tells it. */
export async function remediated(mode: EgressMode, mask: Mask): Promise<string> {
  const id = await proposed(`etc/app-${mode}.conf`);
  await witness();
  const [run] = await capsulesFor('staging-1');
  if (run === undefined) throw new Error('no validation capsule');
  await must(report('staging-1', staging().validation(run, now(), checkRuns(run, mask.text('sanitized')))), 200);
  await must(approve(approvalOf(await signing(id), 'ana')), 201);
  await witness();
  const [sent] = await capsulesFor('prod-1');
  if (sent === undefined) throw new Error('nothing was sent');
  // From where nothing leaves no report comes.
  if (mode === 'local-only' && !mask.text(mode)) return id;
  const detail = mask.text(mode) ? canary(mode === 'sanitized' ? 'detail' : 'held') : HELD;
  const events = goodEvents(sent.capsule, now()).map((event): RolloutEvent =>
    'detail' in event ? { ...event, detail } : event,
  );
  await must(report('prod-1', production().progress(sent, 0, events)), 200);
  await must(report('prod-1', evidence(sent, mode, mask)), 200);
  return id;
}

const checkRuns = ({ capsule }: Opened, isOpen: boolean): Pick<ValidationReport, 'runs'> => ({
  runs: (['before', 'after'] as const).map((phase) => ({
    id: idOf<'Run'>(`run-${phase}`),
    check: idOf<'Check'>('answers'),
    target: capsule.targets[0]?.id ?? idOf<'Target'>('none'),
    phase,
    result: phase === 'before' ? ('failed' as const) : ('passed' as const),
    detail: isOpen ? canary('validation') : HELD,
    at: now(),
  })),
});

/** Every text of the evidence is a word: `evidence` where its mode lets the field leave, else `held`. */
function evidence({ capsule, digest }: Opened, mode: EgressMode, mask: Mask): Report {
  const at = now();
  const word = (pointer: string): string => canary(mayLeave(mode, pointer) ? 'evidence' : 'held');
  const full: Evidence = {
    type: 'evidence',
    organisation: capsule.organisation,
    runner: capsule.audience.runner,
    capsule: digest,
    proposal: capsule.proposal.id,
    trigger: [word('/trigger/0')],
    decision: capsule.decision.digest,
    dependencyAnalysis: { graph: digest, dependants: [word('/dependencyAnalysis/dependants/0')] },
    approvals: [
      { person: idOf<'Person'>(word('/approvals/0/person')), role: word('/approvals/0/role'), envelope: digest },
    ],
    validation: [idOf<'Run'>(word('/validation/0'))],
    rollbackAvailability: word('/rollbackAvailability'),
    healthBefore: [{ subject: word('/healthBefore/0/subject'), state: word('/healthBefore/0/state') }],
    healthAfter: [{ subject: word('/healthAfter/0/subject'), state: word('/healthAfter/0/state') }],
    targets: [
      {
        target: idOf<'Target'>(word('/targets/0/target')),
        outcome: 'changed',
        before: [{ path: word('/targets/0/before/0/path'), digest }],
        after: [{ path: word('/targets/0/after/0/path'), digest }],
        healthBefore: word('/targets/0/healthBefore'),
        healthAfter: word('/targets/0/healthAfter'),
        output: word('/targets/0/output'),
      },
    ],
    outcome: 'completed',
    startedAt: at,
    finishedAt: at,
  };
  const sealed = sealFields(evidenceJson(full), sameSalt);
  if (!sealed.ok) throw new Error(sealed.refusal.detail);
  const { root, leaves } = sealed.value;
  const fields = disclose(leaves, (pointer) => mask.field(mode, pointer)).map((leaf) =>
    'hash' in leaf ? leaf.hash : ([leaf.salt, leaf.pointer, leaf.value] as const),
  );
  return production().evidenceOf({ capsule, digest }, at, { root, fields });
}
