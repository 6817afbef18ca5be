/** Declares what is done with the evidence of a period. */
import type { Command } from 'commander';
import type { CheckOptions, CloseOptions, DiscloseOptions } from '../commands/evidence-inside.ts';
import type { ExportOptions } from '../commands/export.ts';
import type { ReportOptions } from '../commands/report.ts';
import { instantGiven, type Act } from './declare.ts';

const FROM = ['--from <time>', 'beginning: a day or a UTC time', instantGiven] as const;
const TO = ['--to <time>', 'end, not part of it', instantGiven] as const;

export function addEvidenceCommands(program: Command, act: Act): void {
  program
    .command('export')
    .description('a period as one file that verifies offline, or its events for another system')
    .requiredOption(...FROM)
    .requiredOption(...TO)
    .requiredOption('--purpose <text>', 'what you read it for; it is recorded')
    .requiredOption('-o, --out <file>', 'where to write it')
    .option('--format <name>', 'ocsf, cloudevents or jsonl: events, a line each, without their bodies')
    .option('--checkpoint <file>', 'a checkpoint you kept: the file proves that the record only grew since')
    .action(
      act(async (context, options: ExportOptions) =>
        (await import('../commands/export.ts')).exportPeriod(context, options),
      ),
    );
  program
    .command('report')
    .description('population, exceptions and controls of a period')
    .requiredOption(...FROM)
    .requiredOption(...TO)
    .option('--purpose <text>', 'what you read it for; it is recorded', 'period report')
    .option('--from-export <file>', 'recompute it from an export, without the server')
    .option('--roots <file>', 'your root of trust, to read an export')
    .action(
      act(async (context, options: ReportOptions) => (await import('../commands/report.ts')).report(context, options)),
    );
  program
    .command('controls')
    .description('which clause of which framework is served by what')
    .action(act(async (context) => (await import('../commands/controls.ts')).controls(context)));
  addInside(program, act);
}

function addInside(program: Command, act: Act): void {
  const evidence = program.command('evidence').description('evidence where it is held: inside the enclave');
  evidence
    .command('masking')
    .description('the rules by which a sanitised view is made, and the digest a view names them by')
    .action(act(async (context) => (await import('../commands/evidence-masking.ts')).evidenceMasking(context)));
  evidence
    .command('review <file>')
    .description("read the runner's own copy, from its state folder")
    .action(
      act(async (context, file: string) =>
        (await import('../commands/evidence-inside.ts')).evidenceReview(context, file),
      ),
    );
  evidence
    .command('close <file>')
    .description('sign one digest and one verdict, inside')
    .requiredOption('--key <key>', 'your key')
    .requiredOption('--role <role>', 'the duty you sign for')
    .requiredOption('--verdict <verdict>', 'succeeded, rolled-back or not-accepted')
    .requiredOption('-o, --out <file>', 'the closure: all that leaves')
    .action(
      act(async (context, file: string, options: CloseOptions) =>
        (await import('../commands/evidence-inside.ts')).evidenceClose(context, file, options),
      ),
    );
  evidence
    .command('carry <file>')
    .description('bring a signed closure to the server')
    .action(
      act(async (context, file: string) =>
        (await import('../commands/evidence-inside.ts')).evidenceCarry(context, file),
      ),
    );
  evidence
    .command('disclose <file>')
    .description('show some fields; the others are hashes, and even their names are hidden')
    .requiredOption('--field <pointer...>', 'JSON pointers; what is below them is shown too')
    .requiredOption('-o, --out <file>', 'where to write it')
    .action(
      act(async (context, file: string, options: DiscloseOptions) =>
        (await import('../commands/evidence-inside.ts')).evidenceDisclose(context, file, options),
      ),
    );
  evidence
    .command('check <file>')
    .description('verify a disclosure offline')
    .requiredOption('--roots <file>', 'your root of trust')
    .requiredOption('--trust <file>', 'the trust metadata')
    .action(
      act(async (context, file: string, options: CheckOptions) =>
        (await import('../commands/evidence-inside.ts')).evidenceCheck(context, file, options),
      ),
    );
}
