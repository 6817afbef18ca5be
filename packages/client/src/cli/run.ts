/** Runs one command line and says how it ended. Nothing here ends the process, so tests run it like people do. */
import { CommanderError } from 'commander';
import { contextOf } from './context.ts';
import type { Act } from './declare.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { failureDocument, failureLines, failureOf, type Failure } from './failure.ts';
import { newProgram } from './program.ts';
import { safeJson } from './safe-text.ts';
import type { GlobalOptions } from './settings.ts';
import type { World } from './world.ts';

const SHOWN_HELP: ReadonlySet<string> = new Set(['commander.help', 'commander.helpDisplayed', 'commander.version']);

export async function run(argv: readonly string[], world: World): Promise<ExitCode> {
  let exit: ExitCode = EXIT.ok;
  const act: Act =
    (work) =>
    async (...given) => {
      exit = await work(contextOf(program.opts<GlobalOptions>(), world), ...given);
    };
  const program = newProgram(world, act);
  try {
    await program.parseAsync(asTopic(argv), { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError)
      return SHOWN_HELP.has(error.code) && error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    if (world.interrupted.aborted) return EXIT.interrupted;
    return told(failureOf(error), { world, isJson: program.opts<GlobalOptions>().json === true });
  }
  return exit;
}

/** `cs help exit-codes` is a topic, not a command. */
const asTopic = (argv: readonly string[]): string[] =>
  argv[0] === 'help' && argv[1] === 'exit-codes' ? argv.slice(1) : [...argv];

/** Errors go to stderr, so that stdout holds data or nothing. */
function told(failure: Failure, { world, isJson }: { readonly world: World; readonly isJson: boolean }): ExitCode {
  if (isJson) world.err(`${safeJson(failureDocument(failure), 2)}\n`);
  else world.err(`${failureLines(failure).join('\n')}\n`);
  return failure.exit;
}
