/** Declares the life of an envelope: propose, review, sign, suspend, restore, history; audits and contractions. */
import { Option, type Command } from 'commander';
import type { FindOptions } from '../commands/audit-alignment.ts';
import { instantGiven, whole, type Act } from './declare.ts';

const KEY = ['--key <key>', 'your key: a file, ssh-agent:SHA256:... or pkcs11:...'] as const;
const REASON = ['--reason <text>', 'why this version'] as const;
const TICKET = ['--ticket <id>', 'the ticket of the change advisory board'] as const;

interface Why {
  readonly reason: string;
  readonly ticket: string;
}

/** A group that another file may have declared. */
const group = (program: Command, name: string, description: string): Command =>
  program.commands.find((command) => command.name() === name) ?? program.command(name).description(description);

export function addAuthorityCommands(program: Command, act: Act): void {
  const envelope = group(program, 'envelope', 'what may run alone, and what needs whom');
  addDrafts(envelope, act);
  addSigning(envelope, act);
  addAudit(group(program, 'audit', 'the record and its proofs'), act);
  addContractions(group(program, 'contraction', 'classes that lost their autonomy'), act);
}

function addDrafts(envelope: Command, act: Act): void {
  envelope
    .command('propose <file>')
    .description('propose the next version; number, predecessor and rule digest are filled in')
    .requiredOption(...REASON)
    .requiredOption(...TICKET)
    .action(
      act(async (context, file: string, why: Why) =>
        (await import('../commands/envelope-propose.ts')).envelopePropose(context, file, why),
      ),
    );
  envelope
    .command('narrow')
    .description('propose the active version with grants switched off or an earlier end')
    .option('--off <grant...>', 'grants to switch off', [])
    .option('--until <time>', 'an earlier end: a day or a UTC time', instantGiven)
    .requiredOption(...REASON)
    .requiredOption(...TICKET)
    .action(
      act(async (context, { off, until, reason, ticket }: Why & { off: string[]; until?: string }) =>
        (await import('../commands/envelope-propose.ts')).envelopeNarrow(context, { off, until, reason, ticket }),
      ),
    );
  envelope
    .command('restore')
    .argument('<version>', 'an earlier version', whole)
    .description('propose an old version again, with dates that begin now')
    .requiredOption(...REASON)
    .requiredOption(...TICKET)
    .action(
      act(async (context, version: number, why: Why) =>
        (await import('../commands/envelope-propose.ts')).envelopeRestore(context, version, why),
      ),
    );
  envelope
    .command('drafts')
    .description('proposed versions and who signed them')
    .action(act(async (context) => (await import('../commands/envelope-review.ts')).envelopeDrafts(context)));
  envelope
    .command('review')
    .argument('<version>', 'a draft', whole)
    .description('what a draft newly permits, its tests, the past under it, who is missing')
    .action(
      act(async (context, version: number) =>
        (await import('../commands/envelope-review.ts')).envelopeReview(context, version),
      ),
    );
}

function addSigning(envelope: Command, act: Act): void {
  envelope
    .command('sign')
    .argument('<version>', 'a draft', whole)
    .description('read a draft and sign exactly its bytes')
    .requiredOption(...KEY)
    .option('--digest <digest>', 'what is to be signed, for a script nobody can ask')
    .action(
      act(async (context, version: number, { key, digest }: { key: string; digest?: string }) =>
        (await import('../commands/envelope-sign.ts')).envelopeSign(context, version, { key, digest }),
      ),
    );
  envelope
    .command('activate')
    .argument('<version>', 'a draft', whole)
    .description('bring a signed draft into force, or say what is missing')
    .action(
      act(async (context, version: number) =>
        (await import('../commands/envelope-sign.ts')).envelopeActivate(context, version),
      ),
    );
  envelope
    .command('suspend')
    .description('end the active version at once; it comes back only with two signatures')
    .action(act(async (context) => (await import('../commands/envelope-sign.ts')).envelopeSuspend(context)));
  envelope
    .command('history')
    .description('every version with who, why, ticket and when')
    .addOption(new Option('--cab <format>', 'for a change advisory board').choices(['csv', 'text']))
    .action(
      act(async (context, { cab }: { cab?: 'csv' | 'text' }) =>
        (await import('../commands/envelope-history.ts')).envelopeHistory(context, cab),
      ),
    );
  envelope
    .command('gate <file>')
    .description('store tests that every later version has to pass')
    .requiredOption('--name <name>', 'under which they are stored')
    .action(
      act(async (context, file: string, { name }: { name: string }) =>
        (await import('../commands/envelope-history.ts')).envelopeGate(context, file, name),
      ),
    );
}

function addAudit(audit: Command, act: Act): void {
  audit
    .command('alignment')
    .description('where the envelope no longer speaks about the estate')
    .action(act(async (context) => (await import('../commands/audit-alignment.ts')).auditAlignment(context)));
  audit
    .command('findings')
    .description('what auditors signed, with owner and due date')
    .action(act(async (context) => (await import('../commands/audit-alignment.ts')).auditFindings(context)));
  audit
    .command('find <name>')
    .description('sign a finding about the envelope in force')
    .requiredOption(...KEY)
    .requiredOption('--title <text>', 'in one line')
    .requiredOption('--text <text>', 'what was found')
    .requiredOption('--owner <person>', 'who has to mend it')
    .requiredOption('--due <time>', 'until when: a day or a UTC time', instantGiven)
    .action(
      act(async (context, name: string, options: FindOptions) =>
        (await import('../commands/audit-alignment.ts')).auditFind(context, name, options),
      ),
    );
  audit
    .command('close <name>')
    .description('sign that a finding is mended')
    .requiredOption(...KEY)
    .requiredOption('--rationale <text>', 'why it is closed')
    .action(
      act(async (context, name: string, options: { key: string; rationale: string }) =>
        (await import('../commands/audit-alignment.ts')).auditClose(context, name, options),
      ),
    );
}

function addContractions(contraction: Command, act: Act): void {
  contraction
    .command('list')
    .description('which, since when and why')
    .action(act(async (context) => (await import('../commands/contraction.ts')).contractionList(context)));
  contraction
    .command('lift <id>')
    .description('sign that a class gets its autonomy back')
    .requiredOption(...KEY)
    .requiredOption('--rationale <text>', 'what was mended')
    .action(
      act(async (context, id: string, options: { key: string; rationale: string }) =>
        (await import('../commands/contraction.ts')).contractionLift(context, id, options),
      ),
    );
}
