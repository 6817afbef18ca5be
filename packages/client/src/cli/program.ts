/** The whole command line, declared: what there is, in groups, with an example each. Running it is somebody else's matter. */
import { Command } from 'commander';
import { addAuthorityCommands } from './authority-commands.ts';
import { addCampaignCommands } from './campaign-commands.ts';
import { addCapsuleCommands } from './capsule-commands.ts';
import { addCheckCommands } from './check-commands.ts';
import type { Act } from './declare.ts';
import { addDeskCommands } from './desk-commands.ts';
import { addEnclaveCommands } from './enclave-commands.ts';
import { addEnvelopeCommands } from './envelope-commands.ts';
import { addEvidenceCommands } from './evidence-commands.ts';
import { EXAMPLES } from './examples.ts';
import { addFindingCommands } from './finding-commands.ts';
import { addGraphCommands } from './graph-commands.ts';
import { addRecordCommands } from './record-commands.ts';
import { addRetentionCommands } from './retention-commands.ts';
import { addRolloutCommands } from './rollout-commands.ts';
import { addSelfCommands } from './self-commands.ts';
import { DEFAULT_URL } from './settings.ts';
import { addTrustCommands } from './trust-commands.ts';
import { addWorkCommands } from './work-commands.ts';
import type { World } from './world.ts';

/** What belongs to whose day; within a group in the order of the flow. */
const GROUPS: readonly (readonly [string, readonly string[]])[] = [
  [
    'Decide and stop:',
    ['queue', 'proposal', 'approve', 'reject', 'campaign', 'rollout', 'halt', 'watch', 'explain', 'work'],
  ],
  [
    'Check without trusting the server:',
    [
      'bundle',
      'verify',
      'export',
      'report',
      'controls',
      'audit',
      'record',
      'witness',
      'capsule',
      'evidence',
      'retention',
      'hold',
    ],
  ],
  ['Policy and systems:', ['envelope', 'contraction', 'graph', 'signal', 'finding', 'coverage']],
  ['People, keys and programs:', ['trust', 'enclave', 'agent', 'approval-page']],
  ['This program:', ['up', 'sign-in', 'sign-out', 'version']],
];

export type Voice = Pick<World, 'out' | 'err' | 'columns'>;

export function newProgram(voice: Voice, act: Act): Command {
  const program = bare(voice);
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
  for (const [title, names] of GROUPS)
    for (const name of names) program.commands.find((one) => one.name() === name)?.helpGroup(title);
  program.commandsGroup('This program:').helpCommand('help [command]', 'help for a command, or `exit-codes`');
  for (const [words, command] of leavesOf(program)) {
    const example = EXAMPLES[words];
    if (example !== undefined) command.addHelpText('after', `\nExample:\n  ${example}`);
  }
  return program;
}

/** Commands that do something, by their words; `exit-codes` is a topic. */
export function leavesOf(program: Command, before: readonly string[] = []): readonly (readonly [string, Command])[] {
  return program.commands.flatMap((command): readonly (readonly [string, Command])[] => {
    const words = [...before, command.name()];
    if (command.name() === 'exit-codes') return [];
    return command.commands.length > 0 ? leavesOf(command, words) : [[words.join(' '), command]];
  });
}

function bare({ out, err, columns }: Voice): Command {
  return new Command('cs')
    .description('Countersign: the control plane between AI agents and production')
    .configureHelp({ showGlobalOptions: true })
    .option('--url <url>', `control plane (CS_URL; default ${DEFAULT_URL})`)
    .option('--token <token>', 'who asks (CS_TOKEN)')
    .option('--as <person>', 'who acts; in the demo also whose token is used')
    .option('--json', 'one JSON document on stdout; errors too, on stderr')
    .option('--quiet', 'nothing but data and errors')
    .option('--no-color', 'no colours (NO_COLOR)')
    .option('--no-input', 'never ask; what would be asked becomes an error that names the option')
    .addHelpText('afterAll', '\nExit codes: cs help exit-codes. What a word of a refusal means: cs explain WORD.')
    .showSuggestionAfterError()
    .showHelpAfterError('see: cs help')
    .configureOutput({ writeOut: out, writeErr: err, getErrHelpWidth: () => columns, getOutHelpWidth: () => columns })
    .exitOverride();
}
