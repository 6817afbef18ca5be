/** `cs graph owners` and `cs graph report`: what the owner of the graph in force has to look at (G1, G3). */
import type { Context } from '../cli/context.ts';
import { EXIT, type ExitCode } from '../cli/exit-codes.ts';
import { table } from '../cli/output.ts';
import { safe } from '../cli/safe-text.ts';
import type { GraphReportView, ListedView, OwnerView } from '../sdk/graph.ts';

const SHOWN = 20;
const SHOWN_OF_A_CYCLE = 8;
const HEADS = ['OWNER', 'NODES', 'SAFETY-CRITICAL', 'PRODUCTION-CRITICAL', 'NON-CRITICAL'];

export async function graphOwners({ client, output, settings }: Context): Promise<ExitCode> {
  const found = await client.graphOwners();
  if (settings.isJson) {
    output.json(found);
    return EXIT.ok;
  }
  const { version, owners, unownedCritical } = found;
  output.line(`graph v${version}`);
  output.lines(table([HEADS.map((head) => output.style('bold', head)), ...owners.map(row)]));
  output.lines(
    section(
      'critical and owned by nobody',
      unownedCritical,
      ({ node, tier }) => `${safe(node, 64)}  ${safe(tier, 40)}`,
    ),
  );
  return EXIT.ok;
}

const row = ({ owner, nodes, perTier }: OwnerView): readonly string[] => [
  owner === undefined ? '(nobody)' : safe(owner, 120),
  String(nodes),
  String(perTier['safety-critical']),
  String(perTier['production-critical']),
  String(perTier['non-critical']),
];

export async function graphReport({ client, output, settings }: Context): Promise<ExitCode> {
  const found = await client.graphReport();
  if (settings.isJson) {
    output.json(found);
    return EXIT.ok;
  }
  const told = sectionsOf(found);
  output.lines([
    `graph v${found.version}  taken ${safe(found.takenAt, 40)}  ${found.nodes} nodes, ${found.edges} edges  ${safe(found.digest, 80)}`,
    ...(told.length === 0 ? ['nothing is lowered, unknown, unowned, dangling or circular'] : told),
  ]);
  return EXIT.ok;
}

const name = (text: string): string => safe(text, 64);
const sectionsOf = (found: GraphReportView): readonly string[] => [
  ...section('lowered: declared less critical than what hangs on it', found.lowered, ({ node, declared, effective }) =>
    [name(node), 'declared', name(declared), 'counts as', name(effective)].join(' '),
  ),
  ...section('unknown tier: count as safety-critical', found.unknownTier, name),
  ...section('unowned: nobody to ask', found.unowned, name),
  ...section('dangling: one end is not in the graph', found.dangling, ({ from, to, kind }) =>
    [name(from), name(kind), name(to)].join(' '),
  ),
  ...section('cycles: groups that need each other', found.cycles, ({ count, first }) => {
    const members = first.slice(0, SHOWN_OF_A_CYCLE).map(name).join(', ');
    return count > SHOWN_OF_A_CYCLE ? `${members} and ${count - SHOWN_OF_A_CYCLE} more` : members;
  }),
  ...section('self-dependencies', found.selfDependencies, name),
  ...section('described more than once: the first description rules', found.repeated, name),
];

function section<T>(title: string, { count, first }: ListedView<T>, told: (item: T) => string): readonly string[] {
  if (count === 0) return [];
  const shown = first.slice(0, SHOWN);
  const left = count - shown.length;
  return [
    '',
    `${count} ${title}`,
    ...shown.map((item) => `  ${told(item)}`),
    ...(left > 0
      ? [`  and ${left} more; --json lists ${count > first.length ? `the first ${first.length}` : 'all'}`]
      : []),
  ];
}
