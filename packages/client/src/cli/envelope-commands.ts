/** Declares how an envelope is written, checked and tried out; its life afterwards is declared beside it. */
import type { Command } from 'commander';
import type { CompileOptions } from '../commands/envelope-compile.ts';
import type { LintOptions } from '../commands/envelope-lint.ts';
import type { NewOptions } from '../commands/envelope-new.ts';
import type { TestOptions } from '../commands/envelope-test.ts';
import type { Act } from './declare.ts';

const several = (value: string, before: readonly string[] = []): readonly string[] => [...before, ...value.split(',')];

export function addEnvelopeCommands(program: Command, act: Act): void {
  const envelope = program.command('envelope').description('what may run alone, and what needs whom');
  addReading(envelope, act);
  addWriting(envelope, act);
}

function addReading(envelope: Command, act: Act): void {
  envelope
    .command('show [file]')
    .description('the active envelope, or one in a file')
    .action(
      act(async (context, file?: string) => (await import('../commands/envelope-show.ts')).envelopeShow(context, file)),
    );
  envelope
    .command('lint <file>')
    .description('every fault of an envelope, YAML or JSON, offline')
    .option('--trust <file>', 'a trust bundle: are there people for every route?')
    .option('--graph <file>', 'a graph snapshot: are the names its names?')
    .action(
      act(async (context, file: string, options: LintOptions) =>
        (await import('../commands/envelope-lint.ts')).envelopeLint(context, file, options),
      ),
    );
  envelope
    .command('test <file> [cases]')
    .description('requests with the verdict you expect: CASES against the active envelope, or ENVELOPE CASES offline')
    .option('--trust <file>', 'a trust bundle whose floor takes part (offline)')
    .action(
      act(async (context, first: string, cases: string | undefined, options: TestOptions) =>
        (await import('../commands/envelope-test.ts')).envelopeTest(
          context,
          { first, ...(cases !== undefined && { cases }) },
          options,
        ),
      ),
    );
  envelope
    .command('schema')
    .description('JSON Schema of the signed form')
    .action(act(async (context) => (await import('../commands/envelope-schema.ts')).envelopeSchemaCommand(context)));
}

function addWriting(envelope: Command, act: Act): void {
  envelope
    .command('new')
    .description('a first envelope in YAML: observe only, three grants switched off')
    .option('--pack <name>', 'finance, healthcare, ot, public-sector; may be given again', several)
    .option('-o, --out <file>', 'where to write it; else it is printed')
    .option('--organisation <id>', 'whose it is', 'acme')
    .option('--owner <id>', 'who answers for it', 'owner')
    .action(
      act(async (context, options: NewOptions) =>
        (await import('../commands/envelope-new.ts')).envelopeNew(context, options),
      ),
    );
  envelope
    .command('compile <file>')
    .description('the JSON that people sign, from YAML')
    .option('-o, --out <file>', 'where to write it; else it is printed')
    .option('--cedar <file>', 'the rules as Cedar text')
    .option('--json-policies <file>', "the rules in Cedar's JSON form, whose digest is signed")
    .action(
      act(async (context, file: string, options: CompileOptions) =>
        (await import('../commands/envelope-compile.ts')).envelopeCompile(context, file, options),
      ),
    );
  envelope
    .command('set <file> <path> <value>')
    .description('change one value of a YAML file, comments kept: grants.restart.caps.targets 3')
    .action(
      act(async (context, file: string, path: string, value: string) =>
        (await import('../commands/envelope-set.ts')).envelopeSet(context, { file, path, value }),
      ),
    );
}
