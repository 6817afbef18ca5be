/** Declares what is about the program itself. */
import type { Command } from 'commander';
import type { Act } from './declare.ts';

export function addSelfCommands(program: Command, act: Act): void {
  program
    .command('up')
    .description('start everything on this machine')
    .option('--port <port>', 'port of the control plane')
    .option('--data <folder>', 'where its state is kept')
    .option('--no-demo', 'play no scenario')
    .action(
      act(async (context, { port, data, demo }: { port?: string; data?: string; demo: boolean }) =>
        (await import('../commands/up.ts')).up(context, { port, data, demo }),
      ),
    );
  program
    .command('explain [code-clause-or-proposal]')
    .description('what a word of a refusal means, or why a proposal was decided as it was')
    .action(
      act(async (context, topic: string | undefined) =>
        (await import('../commands/explain.ts')).explain(context, topic),
      ),
    );
  program
    .command('approval-page')
    .description('the page for approving that you host yourself')
    .command('build')
    .description('write it as one file, and say the digest to pin')
    .requiredOption('-o, --output <file>', 'where to write it')
    .requiredOption('--control <origin>', 'origin of the control plane it may ask')
    .action(
      act(async (context, options: { output: string; control: string }) =>
        (await import('../commands/approval-page.ts')).buildPage(context, options),
      ),
    );
  program
    .command('version')
    .description('version of this program and of the server')
    .action(act(async (context) => (await import('../commands/version.ts')).version(context)));
  program
    .command('exit-codes', { hidden: true })
    .action(act(async (context) => (await import('../commands/exit-codes.ts')).exitCodes(context)));
}
