/** Declares what the owner of the system graph does: import, look, sign, compare. */
import type { Command } from 'commander';
import { instantGiven, whole, type Act } from './declare.ts';

interface Importing {
  readonly from: readonly string[];
  readonly organisation: string;
  readonly version: number;
  readonly out: string;
  readonly environment?: string;
  readonly meaning: readonly string[];
  readonly namespace?: string;
  readonly takenAt?: string;
  readonly windowMinutes?: number;
  readonly strict?: boolean;
}

const listed = (item: string, before: readonly string[]): readonly string[] => [...before, item];

export function addGraphCommands(program: Command, act: Act): void {
  const graph = program
    .command('graph')
    .description('the system graph: what exists, how critical it is, what hangs on what');
  graph
    .command('import')
    .description('make a snapshot from catalogs, manifests, traces, bills of material or tables, with a report')
    .requiredOption(
      '--from <format=path>',
      'backstage, kubernetes, otel, cyclonedx, compose, csv or json, and a file or folder; may be repeated',
      listed,
      [],
    )
    .requiredOption('--organisation <id>', 'whose graph it is')
    .requiredOption('--version <n>', 'counts up with every snapshot', whole)
    .requiredOption('-o, --out <file>', 'where to write it')
    .option('--environment <name>', 'of everything whose file does not say one')
    .option('--meaning <word=environment>', 'what another word for an environment means; may be repeated', listed, [])
    .option('--namespace <name>', 'the Kubernetes namespace whose names stand alone')
    .option('--window-minutes <n>', 'how long Jaeger counted', whole)
    .option('--taken-at <time>', 'when the files were true; now, if absent', instantGiven)
    .option('--strict', 'fail when there is anything to report')
    .action(
      act(async (context, options: Importing) =>
        (await import('../commands/graph-import.ts')).graphImport(context, {
          ...options,
          strict: options.strict === true,
        }),
      ),
    );
  addUpdateCommands(graph, act);
  graph
    .command('show <file-or-live>')
    .description('counts by kind, tier and environment, and tiers that do not count; `live` is what the server uses')
    .action(act(async (context, name: string) => (await import('../commands/graph-show.ts')).graphShow(context, name)));
  graph
    .command('sign <file>')
    .description('sign a snapshot as its owner')
    .requiredOption('--key <file>', 'your private key: OpenSSH or PEM')
    .requiredOption('-o, --out <file>', 'where to write the signed graph')
    .action(
      act(async (context, file: string, options: { key: string; out: string }) =>
        (await import('../commands/graph-sign.ts')).graphSign(context, file, options),
      ),
    );
  graph
    .command('install <file>')
    .description('hand a signed graph to the server')
    .action(
      act(async (context, file: string) => (await import('../commands/graph-install.ts')).graphInstall(context, file)),
    );
  graph
    .command('diff <before> <after>')
    .description('what changed, with everything marked that lowers what is asked of people; either may be `live`')
    .action(
      act(async (context, before: string, after: string) =>
        (await import('../commands/graph-diff.ts')).graphDiff(context, before, after),
      ),
    );
}

function addUpdateCommands(graph: Command, act: Act): void {
  graph
    .command('update <base> <update>')
    .description('apply an update to the snapshot it was made for; the whole snapshot that comes out is what you sign')
    .requiredOption('-o, --out <file>', 'where to write the next snapshot')
    .action(
      act(async (context, base: string, update: string, options: { out: string }) =>
        (await import('../commands/graph-update.ts')).graphUpdate(context, [base, update], options),
      ),
    );
  graph
    .command('changes <base> <next>')
    .description('make the smallest update that leads from one snapshot to a later one')
    .requiredOption('-o, --out <file>', 'where to write the update')
    .action(
      act(async (context, base: string, next: string, options: { out: string }) =>
        (await import('../commands/graph-update.ts')).graphChanges(context, [base, next], options),
      ),
    );
  graph
    .command('fetch')
    .description('the graph the server uses, as a file, with its signature')
    .requiredOption('-o, --out <file>', 'where to write it')
    .action(
      act(async (context, options: { out: string }) =>
        (await import('../commands/fetch.ts')).graphFetch(context, options),
      ),
    );
  graph
    .command('owners')
    .description('who owns what in the graph the server uses, by the tier that counts; what nobody owns comes first')
    .action(act(async (context) => (await import('../commands/graph-report.ts')).graphOwners(context)));
  graph
    .command('report')
    .description('what is lowered, of unknown tier, unowned, dangling or circular in the graph the server uses')
    .action(act(async (context) => (await import('../commands/graph-report.ts')).graphReport(context)));
}
