/**
 * What an act means, by its action and by every step of it (G4, D4, AG-706 4.3). Total over actions and steps; a step that
 * does not belong to its action, a node nobody knows, a walk that was stopped: each is a missing fact, never silence.
 */
import type { NodeId } from '../../shared/brand.ts';
import type { GraphNode, Tier } from '../../graph/graph.ts';
import { tierOf, type GraphIndex } from '../../graph/index-graph.ts';
import type { ActionType } from '../../proposal/change.ts';
import type { Step } from '../../proposal/step.ts';
import { foresee, type Outlook } from '../foreseen.ts';
import type { Impact } from '../impact.ts';
import { wiringOf, nodeAt, neighbours, type Flow } from '../wiring.ts';
import { predict } from './predict.ts';
import {
  worstDataEffects,
  type Act,
  type ActionFinding,
  type ActionImpact,
  type ActionOptions,
  type CutFlow,
  type DataEffects,
} from './action-impact.ts';
import { readAccess, readDisable, readRotation } from './credentials.ts';
import { readData, readFloorAct } from './floor-acts.ts';
import { readFirewall, readIsolation } from './networks.ts';
import { ACTION_STEPS, belongs } from './action-steps.ts';
import { addUp, counted, listed, names, nodesOf, sorted, type Reading, type Readings, type Study } from './study.ts';
import { readConfig, readFlag, readKill, readPatch, readQuarantine, readRestart, readScale } from './workloads.ts';

/**
 * `impact` is the walk over the same targets (`analyseImpact`); `options.atOnce` the window of the rollout.
 * Never throws; the same inputs give the same bytes.
 */
export function analyseAction(index: GraphIndex, act: Act, impact: Impact, options: ActionOptions): ActionImpact {
  const study: Study = { index, wiring: wiringOf(index), act, impact, options };
  const readings = addUp(readingsOf(study));
  const outlook = foresee(index, readings.seeds, { atOnce: options.atOnce, maxEdges: options.caps.edges });
  const { prediction, dropped } = predict(study, { outlook, readings });
  const affected = affectedBy(study, readings, outlook);
  return {
    findings: [...readings.findings, ...foreseenDown(prediction.dependants)],
    missing: sorted([...readings.missing, ...stopped(impact, outlook, options), ...dropped]),
    prediction,
    affectedSegments: sorted([...readings.segments, ...segmentsOf(index, impact.targets)]),
    ...affected,
    missingConsumers: readings.missingConsumers,
    cutFlows: readings.cut.map(cutFlow).toSorted(byEnds),
    dataEffects: worstDataEffects([act.rollback.dataEffects, readings.dataEffects]),
    isReversible: isReversible(act, readings),
  };
}

/** X6 alone, for a plan without a walk: the worst honest word on what becomes of data written since. */
export function rollbackEffect(index: GraphIndex, act: Act, impact: Impact): DataEffects {
  const options: ActionOptions = { hops: 0, caps: { dependants: 0, edges: 0 }, atOnce: 1, healthKnown: () => false };
  const readings = addUp(readingsOf({ index, wiring: wiringOf(index), act, impact, options }));
  return worstDataEffects([act.rollback.dataEffects, readings.dataEffects]);
}

const readingsOf = (study: Study): readonly Reading[] => [
  ...study.act.change.steps.map((step) => readStep(study, step)),
  readAction(study, study.act.change.action),
  readTargets(study),
];

function readStep(study: Study, step: Step): Reading {
  switch (step.adapter) {
    case 'config':
      return readConfig(study, step.path);
    case 'service':
      return readRestart(study, step.service);
    case 'package':
      return readPatch(study);
    case 'credential':
      return readRotation(study, step);
    case 'firewall':
      return readFirewall(study, step);
    case 'network':
      return readIsolation(study, step.node);
    case 'acl':
      return readAccess(study, step);
    case 'account':
      return readDisable(study, step);
    case 'process':
      return readKill(study, step);
    case 'file':
      return readQuarantine(study, step);
    case 'flag':
      return readFlag(study, step);
    case 'workload':
      return readScale(study, step);
    case 'data':
      return readData(study, step);
  }
}

/** What an action means whatever its steps say; most say it all in their steps. */
function readAction(study: Study, action: ActionType): Reading {
  switch (action) {
    case 'package.patch':
      return both(readPatch(study), stepsOf(study, action));
    case 'config.change':
    case 'service.restart':
    case 'flag.rollback':
    case 'file.quarantine':
    case 'process.kill':
    case 'host.isolate':
    case 'firewall.rule':
    case 'network.isolate':
    case 'workload.scale':
    case 'credential.rotate':
    case 'secret.change':
    case 'acl.change':
    case 'account.disable':
      return stepsOf(study, action);
    case 'data.restore':
    case 'data.destroy':
      // Without a step that says which store, the whole act is of unknown reach.
      return both(stepsOf(study, action), { dataEffects: 'lost', isFinal: true });
    case 'identity.change':
    case 'entitlement.change':
    case 'billing.change':
    case 'tenant.cross':
    case 'governance.change':
      return both(stepsOf(study, action), { ...readFloorAct(action), dataEffects: 'unknown' });
  }
}

const both = (one: Reading, other: Reading): Reading => ({
  ...one,
  ...other,
  findings: [...(one.findings ?? []), ...(other.findings ?? [])],
});

/** A step of another kind is another act in disguise; an action without the step that carries it out is not understood. */
function stepsOf({ act: { change } }: Study, action: ActionType): Reading {
  const foreign = change.steps.filter((step) => !belongs(action, step.adapter)).map(({ adapter }) => adapter);
  const { owes } = ACTION_STEPS[action];
  const isOwed = owes !== undefined && change.steps.every(({ adapter }) => !owes.includes(adapter));
  if (foreign.length === 0 && !isOwed) return {};
  const kinds = names(sorted(foreign));
  return {
    findings:
      foreign.length === 0
        ? []
        : [
            {
              kind: 'foreign-step',
              clause: 'G4',
              text: `${action} has steps that do not belong to it: ${kinds}`,
              nodes: [],
            },
          ],
    missing: [
      ...(foreign.length === 0 ? [] : [`an action that ${kinds} steps belong to; ${action} is not one`]),
      ...(isOwed ? [`the ${owes.join(' or ')} step of ${action}`] : []),
    ],
  };
}

/** Nodes that steps name and the target list does not: approval covers the list (design 4), so they are shown. */
function readTargets({ act, impact, index }: Study): Reading {
  const own = new Set<string>([...impact.targets, ...impact.unknownTargets]);
  const beyond = sorted(act.change.steps.flatMap(namedBy).filter((node) => !own.has(node)));
  const known = beyond.filter((node) => index.positions.has(node));
  return {
    findings:
      beyond.length === 0
        ? []
        : [
            {
              kind: 'beyond-targets',
              clause: 'AG-706 4.5',
              text: `steps act on ${names(beyond)} beyond the targets`,
              nodes: beyond,
            },
          ],
    touched: known,
  };
}

function namedBy(step: Step): readonly NodeId[] {
  switch (step.adapter) {
    case 'credential':
      return [step.credential];
    case 'network':
      return [step.node];
    case 'acl':
      return [step.resource, step.principal];
    case 'account':
      return [step.account];
    case 'data':
      return [step.store];
    case 'config':
    case 'service':
    case 'package':
    case 'firewall':
    case 'process':
    case 'file':
    case 'flag':
    case 'workload':
      return [];
  }
}

function stopped(impact: Impact, { isStopped }: Outlook, { hops, caps }: ActionOptions): readonly string[] {
  return [
    ...(impact.stoppedBy === undefined
      ? []
      : [`what lies beyond ${hops} hops, ${caps.dependants} dependants or ${caps.edges} edges of the targets`]),
    ...(isStopped ? [`health beyond ${caps.edges} edges of the act`] : []),
  ];
}

function foreseenDown(dependants: ActionImpact['prediction']['dependants']): readonly ActionFinding[] {
  const down = dependants.filter(({ health }) => health === 'down');
  if (down.length === 0) return [];
  const [first] = down;
  const nodes = down.map(({ node }) => node);
  const why = down.length === 1 && first !== undefined ? ` (${first.because})` : '';
  const text = `${counted(down.length, 'dependant')} foreseen down: ${names(nodes)}${why}`;
  return [listed({ kind: 'foreseen-down', clause: 'D4', text, nodes })];
}

function segmentsOf(index: GraphIndex, nodes: readonly NodeId[]): readonly NodeId[] {
  const positions = nodes.flatMap((node) => index.positions.get(node) ?? []);
  return positions
    .flatMap((position) => [
      ...(nodeAt(index, position)?.kind === 'segment' ? [position] : []),
      ...neighbours(index, position, { kind: 'member-of-segment', way: 'down' }),
    ])
    .flatMap((position) => nodeAt(index, position)?.id ?? []);
}

/** Tiers of nodes the graph does not know are safety-critical (G1). */
function affectedBy(
  { index, impact }: Study,
  readings: Readings,
  outlook: Outlook,
): Pick<ActionImpact, 'affectedNodes' | 'extraTiers' | 'extraZones' | 'extraPaths' | 'extraDataClasses'> {
  const walked = new Set<NodeId>([...impact.targets, ...impact.dependants]);
  // Who is only weaker is in the walk already, with its tier where the edge is hard.
  const stopping = [...outlook.nodes].flatMap(
    ([
      node,
      {
        felt: { health },
      },
    ]) => (health === 'down' || health === 'unknown' ? [node] : []),
  );
  const affectedNodes = sorted([...readings.touched, ...outlook.nodes.keys()].filter((node) => !walked.has(node)));
  const all = sorted([...affectedNodes, ...stopping]);
  const nodes: readonly GraphNode[] = nodesOf(index, all);
  return {
    affectedNodes,
    extraTiers: sorted<Tier>(all.map((node) => tierOf(index, node))),
    extraZones: sorted(nodes.flatMap(({ zone }) => zone ?? [])),
    extraPaths: sorted(nodes.flatMap(({ paths }) => paths ?? [])),
    extraDataClasses: sorted(nodes.flatMap(({ dataClasses }) => dataClasses ?? [])),
  };
}

const cutFlow = ({ from, to, traffic, perMinute }: Flow): CutFlow => ({
  from,
  to,
  ...(traffic !== undefined && { traffic }),
  ...(perMinute !== undefined && { perMinute }),
});

const keyOf = ({ from, to, traffic = '' }: CutFlow): string => `${from} ${to} ${traffic}`;
const byEnds = (one: CutFlow, other: CutFlow): number =>
  keyOf(one) < keyOf(other) ? -1 : Number(keyOf(one) > keyOf(other));

/** A restart alone has no inverse; after a step that has one it only makes it felt (X6). */
const isReversible = ({ change, rollback }: Act, { isFinal }: Readings): boolean =>
  rollback.kind === 'restore' && !isFinal && change.steps.some(({ adapter }) => adapter !== 'service');
