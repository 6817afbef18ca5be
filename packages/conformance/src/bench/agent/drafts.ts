/** What the benchmark's agent proposes: a restart that policy lets run alone, and a change that people have to sign. */
import { proposalDraftShape, readShape, type ProposalDraft, type Signal } from '@countersign/core';
import { SOUND_APP_CONF } from '../../estate/layout.ts';

/** Its checkout fails on the timeout it loaded, and passes once it loads the sound one. */
export const STAGING_HOST = 'staging-api-01';
/** No playbook of the demo knows these rules, so nobody else proposes anything for them. */
export const RESTART_RULE = 'InstanceStuck';
export const CONFIG_RULE = 'TimeoutBelowStandard';

const SERVICE = { adapter: 'service', operation: 'restart', service: 'app' } as const;

export const restartDraft = (targets: readonly string[], signals: readonly Signal[]): ProposalDraft =>
  draft({
    title: 'Restart a service that no longer answers',
    hypothesis: 'the instance no longer takes requests although its files are in order; a new instance answers again',
    targets,
    signals,
    change: {
      action: 'service.restart',
      summary: 'Restart the service from its present files',
      steps: [SERVICE],
      intendedVersions: {},
    },
  });

export const configDraft = (targets: readonly string[], signals: readonly Signal[]): ProposalDraft =>
  draft({
    title: 'Give every service two seconds for its upstream',
    hypothesis: 'the timeout of some services is shorter than their upstream takes; 2000 ms is the standard',
    targets,
    signals,
    change: {
      action: 'config.change',
      summary: 'Write etc/app.conf as the standard has it and restart the service',
      steps: [{ adapter: 'config', path: 'etc/app.conf', content: SOUND_APP_CONF, validate: 'json' }, SERVICE],
      intendedVersions: {},
    },
  });

interface Wish {
  readonly title: string;
  readonly hypothesis: string;
  readonly targets: readonly string[];
  readonly signals: readonly Signal[];
  readonly change: unknown;
}

/** Checked by the same shape as at intake. */
function draft({ title, hypothesis, targets, signals, change }: Wish): ProposalDraft {
  const ids = signals.map(({ id }) => id);
  const read = readShape(proposalDraftShape, {
    title,
    hypothesis,
    environment: 'production',
    signals: ids,
    failingCheck: 'a checkout through the service succeeds',
    trace: signals.map((signal) => `${signal.id} ${signal.source} ${signal.rule}`).join('\n'),
    reproduction: 'GET /probe/checkout of the staging host does not answer 200',
    // The run that observed the failure is the evaluation that raised the signal, so it carries the signal's id.
    runIds: ids,
    targets,
    change,
    validation: {
      spec: { id: 'bench', version: 1 },
      reproduction: { id: 'checkout-succeeds', path: '/probe/checkout', expectStatus: 200 },
      checks: [{ id: 'health', path: '/health', expectStatus: 200 }],
      stagingTargets: [STAGING_HOST],
    },
    rollback: { kind: 'restore', windowMinutes: 15, dataEffects: 'none', isAutomatic: true },
    timing: { mayNotOverlap: [] },
    context: { model: 'benchmark (deterministic, no model)', prompt: `bench: ${title}`, toolCalls: [] },
  });
  if (read.ok) return read.value;
  const complaints = (read.refusal.complaints ?? []).map(({ at, problem }) => `${at} ${problem}`);
  throw new Error(`the benchmark's own draft is malformed: ${complaints.join('; ')}`);
}
