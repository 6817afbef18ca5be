/** Declares what people do with rollouts, and what lets them watch. */
import type { Command } from 'commander';
import { whole, type Act } from './declare.ts';

interface Resuming {
  readonly key?: string;
  readonly role: string;
  readonly message?: string;
  readonly digest?: string;
  readonly trip?: number;
}
interface WatchFlags {
  readonly all: boolean;
  readonly once: boolean;
  readonly after?: number;
  readonly new: boolean;
  readonly purpose: string;
}

const PURPOSE = ['--purpose <text>', 'what you watch it for; it is recorded', 'watch'] as const;

export function addRolloutCommands(program: Command, act: Act): void {
  const rollout = program.command('rollout').description('watch, stop, resume and undo rollouts');
  rollout
    .command('list')
    .description('all rollouts')
    .action(act(async (context) => (await import('../commands/rollout-show.ts')).rolloutList(context)));
  rollout
    .command('show <rollout>')
    .description('phase and counts; by proposal or capsule digest')
    .action(
      act(async (context, name: string) => (await import('../commands/rollout-show.ts')).rolloutShow(context, name)),
    );
  rollout
    .command('watch <rollout>')
    .description('follow it until it has ended')
    .option(...PURPOSE)
    .action(
      act(async (context, name: string, { purpose }: Pick<WatchFlags, 'purpose'>) =>
        (await import('../commands/watch.ts')).rolloutWatch(context, name, purpose),
      ),
    );
  rollout
    .command('halt <rollout>')
    .description('stop it now; needs no signature')
    .action(
      act(async (context, name: string) => (await import('../commands/rollout-stop.ts')).rolloutHalt(context, name)),
    );
  rollout
    .command('rollback <rollout>')
    .description('put everything back; signed already, so needs no signature')
    .action(
      act(async (context, name: string) =>
        (await import('../commands/rollout-stop.ts')).rolloutRollback(context, name),
      ),
    );
  addResume(rollout, act);
  addWatching(program, act);
}

function addResume(rollout: Command, act: Act): void {
  rollout
    .command('resume <rollout>')
    .description('let it go on after a stop: signed by a person, for this stop only')
    .option('--key <key>', 'your key: a file, ssh-agent:SHA256:... or pkcs11:...')
    .option('--role <role>', 'the duty you sign for', 'operator')
    .option('-m, --message <text>', 'why it may go on')
    .option('--digest <digest>', 'the capsule that is meant, for scripts that cannot be asked')
    .option('--trip <n>', 'the stop that is meant', whole)
    .action(
      act(async (context, name: string, { key, role, message, digest, trip }: Resuming) =>
        (await import('../commands/rollout-resume.ts')).rolloutResume(context, name, {
          key,
          role,
          reason: message,
          digest,
          trip,
        }),
      ),
    );
}

function addWatching(program: Command, act: Act): void {
  program
    .command('halt')
    .description('stop everything now; needs no signature')
    .option('--all', 'everything', false)
    .action(
      act(async (context, options: { all: boolean }) =>
        (await import('../commands/rollout-stop.ts')).haltAll(context, options),
      ),
    );
  program
    .command('watch [proposal]')
    .description('play what happens, from the beginning of the record')
    .option('--all', 'everything, until Ctrl-C', false)
    .option('--once', 'end when every rollout that was seen has ended', false)
    .option('--after <seq>', 'begin after this number of the record', whole)
    .option('--new', 'only what happens from now on', false)
    .option(...PURPOSE)
    .action(
      act(async (context, id: string | undefined, { all, once, after, new: fromNow, purpose }: WatchFlags) =>
        (await import('../commands/watch.ts')).watch(context, id, { all, once, after, fromNow, purpose }),
      ),
    );
}
