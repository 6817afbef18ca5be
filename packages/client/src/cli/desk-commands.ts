/** Declares what people do with proposals. */
import type { Command } from 'commander';
import { duration, whole, type Act } from './declare.ts';

interface Approving {
  readonly key?: string;
  readonly role?: string;
  readonly digest?: string;
  readonly timeout: number;
  readonly wait: boolean;
}

const TEN_MINUTES_MS = 600_000;

export function addDeskCommands(program: Command, act: Act): void {
  program
    .command('queue')
    .description('what waits for people')
    .option('--limit <n>', 'most items', whole)
    .action(
      act(async (context, { limit }: { limit?: number }) =>
        (await import('../commands/queue.ts')).queue(context, { limit }),
      ),
    );

  const proposal = program.command('proposal').description('list and show proposals');
  proposal
    .command('list')
    .description('all proposals, newest first')
    .option('--state <state>', 'only those in this state, e.g. PENDING')
    .option('--limit <n>', 'most items', whole)
    .action(
      act(async (context, { state, limit }: { state?: string; limit?: number }) =>
        (await import('../commands/proposal-list.ts')).proposalList(context, { state, limit }),
      ),
    );
  proposal
    .command('show <proposal>')
    .description('why people are asked, what it touches, what to do next')
    .option('--text', 'the whole page as it is signed', false)
    .action(
      act(async (context, id: string, options: { text: boolean }) =>
        (await import('../commands/proposal-show.ts')).proposalShow(context, id, options),
      ),
    );
  addSigning(program, act);
}

function addSigning(program: Command, act: Act): void {
  program
    .command('approve <proposal>')
    .description('countersign: with a key file here, else with a passkey on the page it names')
    .option('--key <key>', 'your key: a file, ssh-agent:SHA256:... or pkcs11:...')
    .option('--role <role>', 'the duty you sign for, when you hold several')
    .option('--digest <digest>', 'what is to be signed, for scripts that cannot be asked')
    .option('--timeout <time>', 'how long to wait for the decision', duration, TEN_MINUTES_MS)
    .option('--no-wait', 'print the page and do not wait')
    .action(
      act(async (context, id: string, { key, role, digest, timeout, wait }: Approving) =>
        (await import('../commands/approve.ts')).approve(context, id, { key, role, digest, timeoutMs: timeout, wait }),
      ),
    );
  program
    .command('reject <proposal>')
    .description('say no: one call, no signature')
    .option('--reason <code>', 'scope, evidence, timing, false-positive or other')
    .option('-m, --message <text>', 'why, in a sentence for the agent')
    .action(
      act(async (context, id: string, { reason, message }: { reason?: string; message?: string }) =>
        (await import('../commands/reject.ts')).reject(context, id, { reason, message }),
      ),
    );
}
