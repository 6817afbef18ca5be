/** The steps, the way back and the proof of a capsule, for its page. */
import { assertNever } from '../shared/result.ts';
import type { Probe, RollbackPlan } from '../proposal/change.ts';
import { isRunnable, type PlannedStep, type Step } from '../proposal/step.ts';
import type { Capsule } from './capsule.ts';
import type { CapturedState } from './captured-state.ts';
import { contentLines, field, hiddenCharacters, plain } from './plain-text.ts';

export function changeLines({ change }: Pick<Capsule, 'change'>): readonly string[] {
  const versions = Object.entries(change.intendedVersions).toSorted(([a], [b]) => (a < b ? -1 : Number(a > b)));
  return [
    ...field('action', change.action),
    ...field('summary', plain(change.summary)),
    ...change.steps.flatMap((step, index) => stepLines(step, index + 1)),
    ...versions.flatMap(([name, version]) => field('afterwards', `${plain(name)} is ${plain(version)}`)),
  ];
}

function stepLines(step: Step, number: number): readonly string[] {
  if (!isRunnable(step)) return field(`step ${number}`, plannedLine(step));
  switch (step.adapter) {
    case 'config':
      return [
        ...field(`step ${number}`, `write the file ${plain(step.path)}, whole content below`),
        ...field('', `${step.content.length} characters, checked as: ${step.validate}`),
        ...hiddenWarning(step.content),
        ...contentLines(step.content),
      ];
    case 'service':
      return field(`step ${number}`, `restart the service ${plain(step.service)}`);
    default:
      return assertNever(step);
  }
}

/** One sentence for a step that no adapter carries out yet: it is read in proposals, never in a capsule that runs. */
function plannedLine(step: PlannedStep): string {
  switch (step.adapter) {
    case 'package':
      return `install ${plain(step.name)} ${plain(step.version)}`;
    case 'credential': {
      const old = step.keepsOld ? 'the old secret stays valid until they are verified' : 'THE OLD SECRET ENDS AT ONCE';
      return `rotate ${step.credential}, updating ${step.consumers.join(', ') || 'NO CONSUMER'}; ${old}`;
    }
    case 'firewall':
      return `${step.operation} ${plain(step.traffic ?? 'all traffic')} from ${plain(step.from)} to ${plain(step.to)}`;
    case 'network':
      return `isolate ${step.node} from the network`;
    case 'acl':
      return step.operation === 'grant'
        ? `grant ${step.principal} access to ${step.resource}`
        : `revoke the access of ${step.principal} to ${step.resource}`;
    case 'account':
      return `disable the account ${step.account}`;
    case 'process':
      return `kill the process ${plain(step.process)}`;
    case 'file':
      return `move the file ${plain(step.path)} to quarantine`;
    case 'flag':
      return `set the flag ${plain(step.flag)} to ${plain(step.value)}`;
    case 'workload':
      return `scale ${plain(step.workload)} to ${step.replicas} replicas`;
    case 'data':
      return `${step.operation} the data of ${step.store}`;
    default:
      return assertNever(step);
  }
}

function hiddenWarning(content: string): readonly string[] {
  const count = hiddenCharacters(content);
  return count === 0 ? [] : field('', `CAUTION: ${count} characters are not plain text; shown as \\u{hex}`);
}

const DATA_EFFECTS: Readonly<Record<RollbackPlan['dataEffects'], string>> = {
  none: 'no data is written in between',
  kept: 'data written since stays',
  'replayed-once': 'data written since is replayed once',
  lost: 'DATA WRITTEN SINCE IS LOST',
  unknown: 'WHAT BECOMES OF DATA WRITTEN SINCE IS UNKNOWN',
};

const captured = (state: CapturedState): string =>
  state.kind === 'file' ? `the file ${plain(state.path)}` : `which instance of ${plain(state.service)} runs`;

export function rollbackLines({ rollback, capture }: Pick<Capsule, 'rollback' | 'capture'>): readonly string[] {
  const before =
    capture.length === 0
      ? field('captured', 'nothing')
      : capture.flatMap((state) => field('captured', captured(state)));
  return [...before, ...wayBackLines(rollback)];
}

function wayBackLines(rollback: RollbackPlan): readonly string[] {
  if (rollback.kind === 'none')
    return [
      ...field('way back', 'NONE: it cannot be undone by this capsule'),
      ...field('start', `${rollback.isAutomatic ? 'by itself' : 'never'}; window of ${rollback.windowMinutes} minutes`),
      ...field('data', DATA_EFFECTS[rollback.dataEffects]),
    ];
  const trip = rollback.isAutomatic
    ? 'starts by itself after a trip'
    : 'starts when a person asks; a trip only halts and holds';
  return [
    ...field('way back', 'put the captured before-state back and restart what was restarted'),
    ...field('start', `${trip}; signed with this capsule`),
    ...field('within', `${rollback.windowMinutes} minutes`),
    ...field('data', DATA_EFFECTS[rollback.dataEffects]),
  ];
}

const probeText = (probe: Probe): string => `${probe.id}: ${plain(probe.path)} answers ${probe.expectStatus}`;

export function validationLines({ validation }: Pick<Capsule, 'validation'>): readonly string[] {
  const { spec, reproduction, checks, stagingTargets } = validation;
  return [
    ...field('specification', `${spec.id}, version ${spec.version}`),
    ...field(
      'reproduction',
      reproduction === undefined ? 'none' : `${probeText(reproduction)}; fails before, passes after`,
    ),
    ...(checks.length === 0 ? field('check', 'none') : checks.flatMap((check) => field('check', probeText(check)))),
    ...field('in staging on', stagingTargets.length === 0 ? 'nothing' : stagingTargets.join(', ')),
  ];
}
