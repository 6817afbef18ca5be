/** Firewall rules and isolation (scenario C): what is inside, what runs across, and the controllers that lose their supervisor. */
import type { NodeId } from '../../shared/brand.ts';
import { nodeOf } from '../../graph/index-graph.ts';
import type { GraphNode } from '../../graph/graph.ts';
import type { Step } from '../../proposal/step.ts';
import { isEverywhere, overlaps, parseBlock, renderBlock, type Block } from '../cidr.ts';
import { crossingsOf, type Crossings } from '../crossings.ts';
import { idsOf, insideOf, placesOf, withContents } from '../places.ts';
import { LABELS, labelOf, neighbours, type Flow } from '../wiring.ts';
import { isDataEffects, worstDataEffects, type DataEffects } from './action-impact.ts';
import { controlCut, controlInside } from './controllers.ts';
import { counted, names, nodesOf, sorted, type Reading, type Remark, type Study } from './study.ts';

type StepOf<A extends Step['adapter']> = Extract<Step, { adapter: A }>;

interface Side {
  readonly text: string;
  readonly block: Block;
  readonly inside: ReadonlySet<number>;
}

function sideOf({ index }: Study, text: string): Side | undefined {
  const block = parseBlock(text);
  return block === undefined ? undefined : { text: renderBlock(block), block, inside: insideOf(index, block) };
}

/** A rule whose addresses cannot be read, or that the graph knows nothing behind, is not understood. */
export function readFirewall(study: Study, step: StepOf<'firewall'>): Reading {
  const sides = [step.from, step.to].map((text) => ({ text, side: sideOf(study, text) }));
  const missing = sides.flatMap(({ text, side }) => {
    if (side === undefined) return [`addresses of \`${text}\`, which is no block of addresses`];
    return side.inside.size === 0 ? [`what is in ${side.text}`] : [];
  });
  const [from, to] = sides.map(({ side }) => side);
  if (from === undefined || to === undefined) return { missing };
  // All addresses together name no place: only what talks with the other side counts.
  const places = [from, to].filter(({ block }) => !isEverywhere(block));
  const inside = new Set((places.length === 0 ? [from, to] : places).flatMap((side) => [...side.inside]));
  const within: Reading = {
    missing,
    touched: idsOf(study.index, inside),
    segments: segmentsOf(study, inside),
    findings: controlInside(study, idsOf(study.index, inside)),
  };
  return step.operation === 'block'
    ? merge(within, blocked(study, { from, to, ...(step.traffic !== undefined && { traffic: step.traffic }) }))
    : merge(within, allowed(study, { from, to, step }));
}

const merge = (one: Reading, other: Reading): Reading => ({
  ...one,
  ...other,
  findings: [...(one.findings ?? []), ...(other.findings ?? [])],
  missing: [...(one.missing ?? []), ...(other.missing ?? [])],
  touched: [...(one.touched ?? []), ...(other.touched ?? [])],
});

const segmentsOf = (study: Study, inside: ReadonlySet<number>): readonly NodeId[] =>
  nodesOf(study.index, idsOf(study.index, inside)).flatMap(({ id, kind }) => (kind === 'segment' ? [id] : []));

function blocked(
  study: Study,
  { from, to, traffic }: { readonly from: Side; readonly to: Side; readonly traffic?: string },
): Reading {
  const crossings = crossingsOf(study.index, study.wiring, {
    one: from.inside,
    isOther: (position) => position !== undefined && to.inside.has(position),
    ...(traffic !== undefined && { traffic }),
  });
  const what = `${traffic ?? 'all traffic'} between ${from.text} and ${to.text}`;
  return across(study, crossings, { what, isFiltered: traffic !== undefined });
}

/** What cut traffic does: to its ends, to those who need them, to the data that was on its way. */
function across(
  study: Study,
  { flows, dependants, unplaced }: Crossings,
  { what, isFiltered }: { readonly what: string; readonly isFiltered: boolean },
): Reading {
  const ends = sorted(flows.flatMap(({ from, to }) => [from, to]));
  const needing = sorted(dependants.map(({ node }) => node));
  const isData = flows.length > 0 || dependants.length > 0;
  return {
    findings: [
      ...(flows.length === 0 ? [] : [cutFinding(flows, what)]),
      ...(needing.length === 0
        ? []
        : [
            {
              kind: 'flows-cut' as const,
              clause: 'AG-706 4.3',
              text: `${names(needing)} ${needing.length === 1 ? 'needs' : 'need'} something on the other side: ${what} stops`,
              nodes: needing,
            },
          ]),
      ...controlCut(study, flows),
    ],
    missing: unplaced.length > 0 ? [`addresses of ${names(unplaced)}, at the other end of flows of ${what}`] : [],
    touched: [...ends, ...needing, ...unplaced],
    cut: flows,
    seeds: [
      ...flows.flatMap((flow) => endSeeds(study, flow)),
      ...unplaced.map(
        (node) => [node, { health: 'unknown', because: `nobody knows whether ${what} reaches it` }] as const,
      ),
      ...dependants.map(({ node, needs, isHard }) => {
        const health = isFiltered ? 'unknown' : isHard ? 'down' : 'degraded';
        return [node, { health, because: `needs ${needs} across ${what}` }] as const;
      }),
    ],
    ...(isData && { dataEffects: inTransit(study, flows) }),
  };
}

const rendered = ({ from, to }: Flow): string => `${from} to ${to}`;

function cutFinding(flows: readonly Flow[], what: string): Remark {
  const perMinute = flows.reduce((sum, flow) => sum + (flow.perMinute ?? 0), 0);
  const amount = perMinute > 0 ? `, ${perMinute} messages a minute` : '';
  return {
    kind: 'flows-cut',
    clause: 'AG-706 4.3',
    text: `${what} stops ${counted(flows.length, 'flow')}${amount}: ${names(flows.map(rendered).toSorted())}`,
    nodes: sorted(flows.flatMap(({ from, to }) => [from, to])),
  };
}

/** A controller without its flow goes to its safe state; others stop where the flow is hard, and are weaker where it is not. */
function endSeeds({ index }: Study, flow: Flow): NonNullable<Reading['seeds']> {
  return [flow.from, flow.to].map((end) => {
    const kind = nodeOf(index, end)?.kind;
    const isDown = flow.isHard || kind === 'device' || kind === 'flow';
    return [end, { health: isDown ? 'down' : 'degraded', because: `flow from ${rendered(flow)} is cut` }];
  });
}

/** Messages on their way are lost unless the flow says what becomes of them (X6). */
function inTransit({ index }: Study, flows: readonly Flow[]): DataEffects {
  const said = flows.map(({ from, to }) =>
    [from, to].map((end) => labelOf(nodeOf(index, end), LABELS.delivery)).find(isDataEffects),
  );
  return flows.length === 0 ? 'unknown' : worstDataEffects(said.map((effects) => effects ?? 'unknown'));
}

/** What is newly reachable, and from which entry points an attacker could use it (G5). */
function allowed(
  study: Study,
  { from, to, step }: { readonly from: Side; readonly to: Side; readonly step: StepOf<'firewall'> },
): Reading {
  const open = idsOf(study.index, to.inside);
  const entries = nodesOf(study.index, idsOf(study.index, from.inside)).flatMap(({ id, isEntryPoint }) =>
    isEntryPoint === true ? [id] : [],
  );
  const isPublic = isEverywhere(from.block);
  const who = [
    ...(isPublic ? ['every address'] : []),
    ...(entries.length > 0 ? [`entry points ${names(entries)}`] : []),
  ];
  const text = `${who.length === 0 ? from.text : who.join(' and ')} ${who.length === 0 ? 'gains' : 'gain'} ${step.traffic ?? 'all traffic'} to ${counted(open.length, 'node')} in ${to.text}: ${names(open)}`;
  return { findings: [{ kind: 'exposure', clause: 'G5', text, nodes: sorted([...entries, ...open]) }] };
}

/**
 * Whatever is in it is out of reach: everything inside stops for those outside, and they feel it as far as nothing stands in
 * for it. What only stands on a host inside is not inside itself; its flows are cut all the same.
 */
export function readIsolation(study: Study, node: NodeId): Reading {
  const { index } = study;
  const start = index.positions.get(node);
  const own = nodeOf(index, node);
  const members = start === undefined || own === undefined ? new Set<number>() : membersOf(study, start, own);
  const inside = withContents(index, members);
  const ids = idsOf(index, members);
  const crossings = crossingsOf(index, study.wiring, {
    one: inside,
    isOther: (position) => position === undefined || !inside.has(position),
  });
  const cut = across(study, crossings, { what: `traffic of ${node}`, isFiltered: false });
  const needing = new Set(crossings.dependants.map((dependant) => dependant.node));
  const finding: Remark = {
    kind: 'isolated',
    clause: 'G4',
    text: `${counted(ids.length, 'node')} out of reach: ${names(ids)}`,
    nodes: ids,
  };
  return merge(
    {
      findings: [finding, ...controlInside(study, idsOf(index, inside))],
      missing: own === undefined ? [`${node} in the graph`] : unreadableAddresses(own),
      touched: [...ids, ...idsOf(index, inside)],
      segments: segmentsOf(study, members),
    },
    {
      ...cut,
      seeds: [
        ...(cut.seeds ?? []).filter(([end]) => end !== node && !needing.has(end)),
        ...ids.map((id) => [id, { health: 'down', because: 'is isolated', isMeant: id === node }] as const),
      ],
    },
  );
}

/** A segment or group is all that is in it, by membership or by address; anything else is itself. */
function membersOf({ index }: Study, start: number, { kind, cidr }: GraphNode): ReadonlySet<number> {
  if (kind !== 'segment' && kind !== 'group') return new Set([start]);
  const block = cidr === undefined ? undefined : parseBlock(cidr);
  const { own } = placesOf(index);
  const members = new Set([start]);
  if (block !== undefined)
    for (const [position, blocks] of own) if (blocks.some((one) => overlaps(one, block))) members.add(position);
  const queue = [...members];
  for (let position = queue.pop(); position !== undefined; position = queue.pop())
    for (const member of neighbours(index, position, { kind: 'member-of-segment', way: 'up' }))
      if (!members.has(member)) {
        members.add(member);
        queue.push(member);
      }
  return members;
}

const unreadableAddresses = ({ id, cidr }: GraphNode): readonly string[] =>
  cidr !== undefined && parseBlock(cidr) === undefined ? [`addresses of ${id}`] : [];
