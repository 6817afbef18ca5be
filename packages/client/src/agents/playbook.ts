/**
 * Deterministic rules that turn a triage into a proposal (L1, L2): data, no model. A playbook is matched by the rule id of the
 * signals; everything the proposal says comes from the file and from the signals, so it can be computed again by anyone.
 */
import {
  changeShape,
  environmentShape,
  id,
  list,
  object,
  proposalDraftShape,
  readShape,
  rollbackPlanShape,
  text,
  validationPlanShape,
  type BoundChange,
  type Environment,
  type ProposalDraft,
  type Result,
  type Shape,
  type Signal,
} from '@countersign/core';

export interface Playbook extends BoundChange {
  readonly name: string;
  /** Rule ids of signals it answers, compared exactly. */
  readonly rules: readonly string[];
  readonly title: string;
  readonly hypothesis: string;
  readonly failingCheck: string;
  readonly reproduction: string;
  readonly environment: Environment;
}

const words = (max: number): Shape<string> => text({ min: 1, max });
export const playbooksShape: Shape<{ readonly playbooks: readonly Playbook[] }> = object<{
  readonly playbooks: readonly Playbook[];
}>({
  playbooks: list(
    object<Playbook>({
      name: id(),
      rules: list(words(200), { min: 1, max: 50 }),
      title: words(200),
      hypothesis: words(4000),
      failingCheck: words(1000),
      reproduction: words(4000),
      environment: environmentShape,
      change: changeShape,
      validation: validationPlanShape,
      rollback: rollbackPlanShape,
    }),
    { min: 1, max: 200 },
  ),
});

/** A signal as far as a playbook reads it. */
export type SeenSignal = Pick<
  Signal,
  'id' | 'rule' | 'title' | 'severity' | 'status' | 'targets' | 'source' | 'document'
>;

const AGENT_MODEL = 'playbook 1 (deterministic, no model)';

/** The first playbook whose rule is among the firing signals; undefined when no rule fits: a person has to look. */
export function playbookFor(playbooks: readonly Playbook[], signals: readonly SeenSignal[]): Playbook | undefined {
  const rules = new Set(signals.filter(({ status }) => status === 'firing').map(({ rule }) => rule));
  return playbooks.find((playbook) => playbook.rules.some((rule) => rules.has(rule)));
}

export interface Triaged {
  readonly triage: string;
  readonly playbook: Playbook;
  readonly signals: readonly SeenSignal[];
}

/** The draft, checked by the same shape as at intake; a playbook that yields no valid draft is reported, not sent. */
export function draftOf({ triage, playbook, signals }: Triaged): Result<ProposalDraft> {
  const used = signals.filter(({ status, rule }) => status === 'firing' && playbook.rules.includes(rule));
  const targets = [...new Set(used.flatMap((signal) => signal.targets))];
  const { title, hypothesis, failingCheck, reproduction, environment, change, validation, rollback } = playbook;
  return readShape(proposalDraftShape, {
    title,
    hypothesis,
    environment,
    failingCheck,
    reproduction,
    change,
    validation,
    rollback,
    signals: used.map((signal) => signal.id),
    trace: traceOf(used),
    // The run that observed the failure is the evaluation that raised the signal, so it carries the signal's id.
    runIds: used.map((signal) => signal.id),
    targets,
    timing: { mayNotOverlap: [change.action] },
    context: {
      model: AGENT_MODEL,
      prompt: `playbook ${playbook.name}: a firing signal with rule ${playbook.rules.join(' or ')} is answered by ${change.action}`,
      toolCalls: [
        { tool: 'GET /triages/:id', input: triage },
        ...used.map((signal) => ({ tool: 'signal', input: signal.id, outputDigest: signal.document })),
      ],
    },
  });
}

const TRACE_LINES = 40;

function traceOf(signals: readonly SeenSignal[]): string {
  const lines = signals
    .slice(0, TRACE_LINES)
    .map(
      ({ id: signal, source, rule, severity, targets, title }) =>
        `${signal} ${source} ${rule} ${severity} on ${targets.length} targets: ${title.slice(0, 120)}`,
    );
  const rest = signals.length - lines.length;
  return [...lines, ...(rest > 0 ? [`and ${rest} more signals`] : [])].join('\n');
}
