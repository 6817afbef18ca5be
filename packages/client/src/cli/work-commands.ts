/** Declares what people do by hand, and with agents and sources that are held back. */
import type { Command } from 'commander';
import type { Act } from './declare.ts';

interface Noted {
  readonly message?: string;
}

export function addWorkCommands(program: Command, act: Act): void {
  const work = program.command('work').description('what policy keeps from running and people do by hand');
  work
    .command('list')
    .description('open work, oldest first')
    .option('--state <state>', 'open, done or closed')
    .action(
      act(async (context, { state }: { state?: string }) =>
        (await import('../commands/work-list.ts')).workList(context, { state }),
      ),
    );
  work
    .command('done <proposal>')
    .description('say what was done; the check of the plan is asked for')
    .option('-m, --message <text>', 'what was done')
    .action(
      act(async (context, id: string, { message }: Noted) =>
        (await import('../commands/work-done.ts')).workDone(context, id, { note: message }),
      ),
    );
  work
    .command('close <proposal>')
    .description('say how the check went')
    .option('--check <result>', 'passed or failed')
    .option('-m, --message <text>', 'what shows it')
    .action(
      act(async (context, id: string, { check, message }: Noted & { check?: string }) =>
        (await import('../commands/work-done.ts')).workClose(context, id, { result: check, note: message }),
      ),
    );
  addAgents(program, act);
}

function addAgents(program: Command, act: Act): void {
  const agent = program.command('agent').description('hold agents and sources back, and let them go on');
  agent
    .command('suspend <agent>')
    .description('people are asked for all it proposes; at once, needs no signature')
    .option('--source', 'a source of signals: what it sends counts nothing', false)
    .option('-m, --message <text>', 'why')
    .action(
      act(async (context, id: string, { source, message }: Noted & { source: boolean }) =>
        (await import('../commands/agent-suspend.ts')).suspend(context, id, {
          kind: source ? 'source' : 'agent',
          reason: message,
        }),
      ),
    );
  agent
    .command('restraints')
    .description('who is held back, since when and why')
    .action(act(async (context) => (await import('../commands/agent-suspend.ts')).restraintList(context)));
  agent
    .command('lift <restraint>')
    .description('let it go on; signed by a policy admin who does not answer for it')
    .option('--key <file>', 'your private key, OpenSSH or PEM')
    .option('-m, --message <text>', 'why it may go on')
    .action(
      act(async (context, id: string, { key, message }: Noted & { key?: string }) =>
        (await import('../commands/agent-suspend.ts')).restraintLift(context, id, { key, reason: message }),
      ),
    );
}
