/** Runs one command line and says how it ended. Nothing here ends the process, so tests run it like people do. */
import { Command, CommanderError } from 'commander';
import { addAuthorityCommands } from './authority-commands.ts';
import { addCapsuleCommands } from './capsule-commands.ts';
import { addCheckCommands } from './check-commands.ts';
import { contextOf } from './context.ts';
import { addEnclaveCommands } from './enclave-commands.ts';
import { addEnvelopeCommands } from './envelope-commands.ts';
import type { Act } from './declare.ts';
import { addCampaignCommands } from './campaign-commands.ts';
import { addDeskCommands } from './desk-commands.ts';
import { addEvidenceCommands } from './evidence-commands.ts';
import { addRetentionCommands } from './retention-commands.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { failureDocument, failureLines, failureOf, type Failure } from './failure.ts';
import { addFindingCommands } from './finding-commands.ts';
import { addGraphCommands } from './graph-commands.ts';
import { addRecordCommands } from './record-commands.ts';
import { addRolloutCommands } from './rollout-commands.ts';
import { safeJson } from './safe-text.ts';
import { addSelfCommands } from './self-commands.ts';
import { DEFAULT_URL, type GlobalOptions } from './settings.ts';
import { addTrustCommands } from './trust-commands.ts';
import { addWorkCommands } from './work-commands.ts';
import type { World } from './world.ts';

const SHOWN_HELP: ReadonlySet<string> = new Set(['commander.help', 'commander.helpDisplayed', 'commander.version']);

export async function run(argv: readonly string[], world: World): Promise<ExitCode> {
  const program = newProgram(world);
  let exit: ExitCode = EXIT.ok;
  const act: Act =
    (work) =>
    async (...given) => {
      exit = await work(contextOf(program.opts<GlobalOptions>(), world), ...given);
    };
  for (const add of [
    addDeskCommands,
    addCampaignCommands,
    addRolloutCommands,
    addCapsuleCommands,
    addCheckCommands,
    addEvidenceCommands,
    addRetentionCommands,
    addRecordCommands,
    addEnvelopeCommands,
    addAuthorityCommands,
    addGraphCommands,
    addFindingCommands,
    addWorkCommands,
    addTrustCommands,
    addEnclaveCommands,
    addSelfCommands,
  ])
    add(program, act);
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

function newProgram(world: World): Command {
  return new Command('cs')
    .description('Countersign: the control plane between AI agents and production')
    .option('--url <url>', `control plane (CS_URL; default ${DEFAULT_URL})`)
    .option('--token <token>', 'who asks (CS_TOKEN)')
    .option('--as <person>', 'who acts; in the demo also whose token is used')
    .option('--json', 'one JSON document on stdout; errors too, on stderr')
    .option('--quiet', 'nothing but data and errors')
    .option('--no-color', 'no colours (NO_COLOR)')
    .option('--no-input', 'never ask; what would be asked becomes an error that names the option')
    .addHelpText('after', '\nExit codes: cs help exit-codes. What a word of a refusal means: cs explain WORD.')
    .showSuggestionAfterError()
    .showHelpAfterError('see: cs help')
    .configureOutput({
      writeOut: world.out,
      writeErr: world.err,
      getErrHelpWidth: () => world.columns,
      getOutHelpWidth: () => world.columns,
    })
    .exitOverride();
}

/** Errors go to stderr, so that stdout holds data or nothing. */
function told(failure: Failure, { world, isJson }: { readonly world: World; readonly isJson: boolean }): ExitCode {
  if (isJson) world.err(`${safeJson(failureDocument(failure), 2)}\n`);
  else world.err(`${failureLines(failure).join('\n')}\n`);
  return failure.exit;
}
