/** Declares what is about the program itself. */
import type { Command } from 'commander';
import { duration, type Act } from './declare.ts';

const FIVE_MINUTES_MS = 300_000;

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
    .command('sign-in')
    .description('sign in with the browser, where the organisation has an identity provider; never enough to approve')
    .option('--organisation <id>', 'where the server serves several')
    .option('--fresh', 'prove it anew: opens for five minutes what needs a fresh sign-in', false)
    .option('--timeout <time>', 'how long to wait for the browser', duration, FIVE_MINUTES_MS)
    .action(
      act(
        async (context, { organisation, fresh, timeout }: { organisation?: string; fresh: boolean; timeout: number }) =>
          (await import('../commands/sign-in.ts')).signIn(context, {
            organisation,
            fresh,
            timeoutMs: timeout,
          }),
      ),
    );
  program
    .command('sign-out')
    .description('end the session at the server and remove it here')
    .action(act(async (context) => (await import('../commands/sign-in.ts')).signOut(context)));
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
    .requiredOption('-o, --out <file>', 'where to write it')
    .requiredOption('--control <origin>', 'origin of the control plane it may ask')
    .action(
      act(async (context, options: { out: string; control: string }) =>
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
