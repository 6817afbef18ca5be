/** Declares what people do with signals, findings and coverage. */
import type { Command } from 'commander';
import { whole, type Act } from './declare.ts';

interface Listing {
  readonly state?: string;
  readonly answerable?: string;
  readonly limit?: number;
}

export function addFindingCommands(program: Command, act: Act): void {
  const signal = program.command('signal').description('say what became of signals');
  signal
    .command('label <signal>')
    .description('true, false, benign-known or unclear; the last word counts, all of them stay')
    .option('--label <label>', 'true, false, benign-known or unclear')
    .option('-m, --message <text>', 'what shows it')
    .action(
      act(async (context, id: string, { label, message }: { label?: string; message?: string }) =>
        (await import('../commands/signal-label.ts')).signalLabel(context, id, { label, message }),
      ),
    );
  signal
    .command('rates')
    .description('false positives and confidence of each source and category')
    .action(act(async (context) => (await import('../commands/signal-rates.ts')).signalRates(context)));

  program
    .command('finding')
    .description('what scanners found')
    .command('list')
    .description('findings in the order of the queue, and how much is held back')
    .option('--state <state>', 'routed, queued, held or resolved')
    .option('--answerable <name>', 'only those this person, team or role answers for')
    .option('--limit <n>', 'most items', whole)
    .action(
      act(async (context, { state, answerable, limit }: Listing) =>
        (await import('../commands/finding-list.ts')).findingList(context, { state, answerable, limit }),
      ),
    );

  program
    .command('coverage [module]')
    .description('spec, check, run and kind of change, and what is missing; exit 1 when something is')
    .action(
      act(async (context, module: string | undefined) =>
        (await import('../commands/coverage.ts')).coverage(context, module),
      ),
    );
}
