/** Acts on running things: packages, restarts, configuration, flags, replicas, processes, files (G4). */
import type { NodeId } from '../../shared/brand.ts';
import { eachNeighbour, nodeOf } from '../../graph/index-graph.ts';
import type { Step } from '../../proposal/step.ts';
import { strataOf } from '../impact.ts';
import { LABELS, LIBRARY, labelOf, nodeAt, wordsOf } from '../wiring.ts';
import { quorumOf } from '../quorum.ts';
import { counted, inTurn, names, nodesOf, quoted, sorted, type Reading, type Study } from './study.ts';

type StepOf<A extends Step['adapter']> = Extract<Step, { adapter: A }>;

/** Libraries a patch changes: packages named by its steps, and the versions health must show afterwards. */
const patched = ({ act: { change } }: Study): readonly string[] =>
  sorted([
    ...change.steps.flatMap((step) => (step.adapter === 'package' ? [step.name] : [])),
    ...Object.keys(change.intendedVersions),
  ]);

/** Each target is out of service in its turn; strata say how different the targets are (AG-706 4.9). */
export function readPatch(study: Study): Reading {
  const { index, impact, act } = study;
  const strata = new Set(strataOf(index, act.targets).map(({ stratum }) => stratum));
  const stores = nodesOf(index, impact.targets).filter(({ kind }) => kind === 'datastore');
  return {
    findings: [
      {
        kind: 'strata',
        clause: 'AG-706 4.9',
        text: `${counted(act.targets.length, 'target')} in ${counted(strata.size, 'stratum', 'strata')}`,
        nodes: sorted(impact.targets),
      },
      ...sharedLibraries(study),
    ],
    seeds: inTurn(study, 'down', 'is patched') ?? [],
    // A store may write its files in a new way after a patch; the old version cannot read them.
    ...(stores.length > 0 && { dataEffects: 'unknown' as const }),
  };
}

/** Services nobody named that carry the very library version this patch replaces: what breaks here waits there (scenario A). */
function sharedLibraries(study: Study): NonNullable<Reading['findings']> {
  const { index, impact, wiring } = study;
  const own = new Set<NodeId>(impact.targets);
  const ownServices = new Set(servicesOn(study, impact.targets));
  const packages = patched(study);
  const versions = new Set(
    nodesOf(index, impact.targets).flatMap((node) =>
      packages.flatMap((name) => {
        const version = labelOf(node, LIBRARY + name);
        return version === undefined ? [] : [`${LIBRARY}${name}=${version}`];
      }),
    ),
  );
  return [...versions].toSorted().flatMap((version) => {
    const others = new Set<NodeId>();
    const carriers: NodeId[] = [];
    for (const node of wiring.withLibrary.get(version) ?? []) {
      const foreign = own.has(node) ? [] : servicesOn(study, [node]).filter((service) => !ownServices.has(service));
      if (foreign.length === 0) continue;
      carriers.push(node);
      for (const service of foreign) others.add(service);
    }
    if (others.size === 0) return [];
    const library = quoted(version.slice(LIBRARY.length));
    const on = `${counted(carriers.length, 'host')} of other services (${names(sorted(others))})`;
    return [
      {
        kind: 'shared-library' as const,
        clause: 'AG-706 4.3',
        text: `${library} is also on ${on}: ${names(sorted(carriers))}`,
        nodes: sorted([...carriers, ...others]),
      },
    ];
  });
}

/** Services that depend on these nodes directly, or that they are themselves. */
function servicesOn({ index }: Study, nodes: readonly NodeId[]): readonly NodeId[] {
  const services = new Set<NodeId>();
  for (const node of nodes) {
    const position = index.positions.get(node);
    if (position === undefined) continue;
    eachNeighbour(index.dependants, position, (other, kind) => {
      const it = nodeAt(index, other);
      if (it?.kind === 'service' && (kind === 'depends-on' || kind === 'replica-of')) services.add(it.id);
    });
  }
  return [...services].toSorted();
}

/** Each target is out of service in its turn; nothing undoes a restart, and nothing written is lost by one. */
export const readRestart = (study: Study, service: string): Reading => ({
  findings: [
    {
      kind: 'restart',
      clause: 'D4',
      text: `\`${service}\` restarts on ${counted(study.act.targets.length, 'target')}, at most ${study.options.atOnce} at once`,
      nodes: sorted(study.impact.targets),
    },
  ],
  seeds: inTurn(study, 'down', `restarts \`${service}\``) ?? [],
});

/** A file alone stops nothing; what reads it may behave differently from then on. */
export const readConfig = (study: Study, path: string): Reading => ({
  findings: [
    {
      kind: 'config',
      clause: 'G4',
      text: `\`${path}\` is replaced on ${counted(study.act.targets.length, 'target')}`,
      nodes: sorted(study.impact.targets),
    },
  ],
  seeds: inTurn(study, 'degraded', `reads a new \`${path}\``) ?? [],
});

/** Targets are the readers that were named; others that read the flag change with them. */
export function readFlag(study: Study, { flag, value }: StepOf<'flag'>): Reading {
  const named = new Set<NodeId>(study.impact.targets);
  const others = (study.wiring.readersOf.get(flag) ?? []).filter((node) => !named.has(node));
  const because = `reads flag \`${flag}\``;
  return {
    findings: [
      {
        kind: 'flag-readers',
        clause: 'G4',
        text: `\`${flag}\` becomes ${quoted(value)} for ${counted(named.size + others.length, 'reader')}${others.length > 0 ? `, ${others.length} of them not named as targets: ${names(sorted(others))}` : ''}`,
        nodes: sorted([...named, ...others]),
      },
    ],
    touched: others,
    seeds: [
      ...(inTurn(study, 'degraded', because) ?? []),
      ...others.map((node) => [node, { health: 'degraded', because }] as const),
    ],
  };
}

/** Fewer replicas than needed is an outage; how many there are and how many are needed must be known. */
export function readScale(study: Study, { workload, replicas }: StepOf<'workload'>): Reading {
  const { index } = study;
  const position = index.positions.get(workload);
  const node = position === undefined ? undefined : nodeAt(index, position);
  if (position === undefined || node === undefined) {
    const because = `is scaled as \`${workload}\`, which the graph does not know`;
    return { missing: [`workload \`${workload}\` in the graph`], seeds: inTurn(study, 'unknown', because) ?? [] };
  }
  const quorum = quorumOf(index, position);
  const count = quorum?.members.size ?? replicasOf(study, position);
  const missing = count === 0 ? [`how many replicas ${node.id} has`] : [];
  const finding = {
    kind: 'scale' as const,
    clause: 'D4',
    text: `${node.id} goes from ${count === 0 ? 'an unknown number of' : count} to ${counted(replicas, 'replica')}`,
    nodes: [node.id],
  };
  const touched = [node.id];
  const say = (health: 'degraded' | 'unknown' | 'down', because: string): Reading => ({
    findings: [finding],
    missing,
    touched,
    seeds: [
      [node.id, { health, because, ...(count > 0 && { capacityLeftPercent: Math.floor((replicas * 100) / count) }) }],
    ],
    // Whatever a replica that goes away had not handed over yet.
    ...(node.kind === 'datastore' && { dataEffects: 'unknown' as const }),
  });
  if (replicas === 0) return say('down', 'is scaled to nothing');
  if (count > 0 && replicas >= count) return { findings: [finding], touched };
  if (node.minHealthy !== undefined && replicas < node.minHealthy)
    return say('down', `keeps ${replicas} replicas and ${node.minHealthy} are needed`);
  const { capacity } = node;
  if (count > 0 && capacity !== undefined && Math.floor((capacity.units * replicas) / count) < capacity.used)
    return say('down', `${replicas} of ${count} replicas carry less than the ${capacity.used} in use`);
  if (node.minHealthy === undefined)
    return {
      ...say('unknown', 'nobody said how many replicas are needed'),
      missing: [...missing, `how many replicas ${node.id} needs`],
    };
  return say(count === 0 ? 'unknown' : 'degraded', `keeps ${replicas} of ${count} replicas`);
}

function replicasOf({ index }: Study, position: number): number {
  let count = 0;
  eachNeighbour(index.dependants, position, (_, kind) => (count += kind === 'replica-of' ? 1 : 0));
  return count;
}

/** A kill has no inverse. What starts the process again must be known on every target (G4). */
export function readKill(study: Study, { process }: StepOf<'process'>): Reading {
  const keepers = nodesOf(study.index, study.impact.targets).map((node) => ({
    id: node.id,
    kind: node.kind,
    keeper: labelOf(node, `${LABELS.supervisor}.${process}`) ?? labelOf(node, LABELS.supervisor),
  }));
  const unknown = keepers.filter(({ keeper }) => keeper === undefined).map(({ id }) => id);
  const gone = keepers.filter(({ keeper }) => keeper === 'none').map(({ id }) => id);
  const kept = keepers.length - unknown.length - gone.length;
  const parts = [
    ...(kept > 0 ? [`comes back on ${kept}`] : []),
    ...(gone.length > 0 ? [`stays dead on ${names(sorted(gone))}`] : []),
    ...(unknown.length > 0 ? [`nobody knows on ${names(sorted(unknown))}`] : []),
  ];
  return {
    findings: [
      {
        kind: 'respawn',
        clause: 'G4',
        text: `\`${process}\`: ${parts.length === 0 ? 'no known target' : parts.join('; ')}`,
        nodes: sorted([...gone, ...unknown]),
      },
    ],
    missing: unknown.length > 0 ? [`what restarts process \`${process}\` on ${names(sorted(unknown))}`] : [],
    seeds: keepers.map(({ id, keeper }) => [id, killed(process, keeper)]),
    ...(keepers.some(({ kind }) => kind === 'datastore') && { dataEffects: 'unknown' as const }),
    isFinal: true,
  };
}

/** Seen from those who need the target; what comes back does so in its turn, what stays dead stays. */
function killed(process: string, keeper: string | undefined): NonNullable<Reading['seeds']>[number][1] {
  const because = `\`${process}\` is killed`;
  if (keeper === undefined)
    return { health: 'unknown', because: `${because}, nobody knows what restarts it`, isMeant: true };
  if (keeper === 'none') return { health: 'down', because: `${because} and nothing restarts it`, isMeant: true };
  return { health: 'down', because: `${because} and ${quoted(keeper)} restarts it`, isInTurn: true };
}

/** Whether taking away `path` takes `needed` away, or a part of it. */
const isPartOf = (path: string, needed: string): boolean => {
  const clean = needed.replace(/^\/+|\/+$/g, '');
  return clean === path || clean.startsWith(`${path}/`) || path.startsWith(`${clean}/`);
};

/** Services that say they need the file stop; when neither a target nor anything on it says what it needs, nobody knows. */
export function readQuarantine(study: Study, { path }: StepOf<'file'>): Reading {
  const reports = study.impact.targets.map((target) => {
    const near = [target, ...servicesOn(study, [target])];
    const saying = nodesOf(study.index, near).filter((node) => labelOf(node, LABELS.files) !== undefined);
    const needing = saying.filter((node) => wordsOf(labelOf(node, LABELS.files)).some((file) => isPartOf(path, file)));
    return { target, isKnown: saying.length > 0, needing: needing.map(({ id }) => id) };
  });
  const unknown = sorted(reports.filter(({ isKnown }) => !isKnown).map(({ target }) => target));
  const needing = sorted(reports.flatMap((report) => report.needing));
  const isStore = study.impact.targets.some((target) => nodeOf(study.index, target)?.kind === 'datastore');
  return {
    findings:
      needing.length === 0
        ? []
        : [
            {
              kind: 'file-needed',
              clause: 'AG-706 4.3',
              text: `${names(needing)} ${needing.length === 1 ? 'needs' : 'need'} \`${path}\``,
              nodes: needing,
            },
          ],
    missing: unknown.length > 0 ? [`which services need \`${path}\` on ${names(unknown)}`] : [],
    touched: needing,
    seeds: [
      ...needing.map((node) => [node, { health: 'down', because: `needs \`${path}\`, which is taken away` }] as const),
      ...unknown.map(
        (node) => [node, { health: 'unknown', because: `nobody knows who needs \`${path}\``, isMeant: true }] as const,
      ),
    ],
    ...(isStore && { dataEffects: 'unknown' as const }),
  };
}
