/** Declares what is done about keeping and holding evidence. */
import type { Command } from 'commander';
import type { HoldOptions } from '../commands/retention.ts';
import type { Act } from './declare.ts';

export function addRetentionCommands(program: Command, act: Act): void {
  const retention = program.command('retention').description('how long what is kept, and what is due');
  retention
    .command('list')
    .description('days by kind and environment, and how much a run would remove now')
    .action(act(async (context) => (await import('../commands/retention.ts')).retentionList(context)));
  retention
    .command('run')
    .description('remove now what the daily run would remove')
    .option('--dry-run', 'only say what it would remove')
    .action(
      act(async (context, { dryRun }: { dryRun?: boolean }) =>
        (await import('../commands/retention.ts')).retentionRun(context, { dryRun }),
      ),
    );
  addHolds(program, act);
}

const another = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

function addHolds(program: Command, act: Act): void {
  const hold = program.command('hold').description('legal hold: kept whatever the retention says');
  hold
    .command('list')
    .description('holds, the newest first')
    .action(act(async (context) => (await import('../commands/retention.ts')).holdList(context)));
  hold
    .command('set <name>')
    .description('hold remediations or a period; one person')
    .option('--proposal <id>', 'a remediation; may be given again', another)
    .option('--period <from..to>', 'everything recorded in it; the end is not part of it')
    .option('-m, --message <text>', 'why')
    .action(
      act(async (context, name: string, options: HoldOptions) =>
        (await import('../commands/retention.ts')).holdSet(context, name, options),
      ),
    );
  hold
    .command('lift <name>')
    .description('ask to lift a hold, or confirm what another person asked')
    .option('-m, --message <text>', 'why')
    .action(
      act(async (context, name: string, options: { message?: string }) =>
        (await import('../commands/retention.ts')).holdLift(context, name, options),
      ),
    );
}
