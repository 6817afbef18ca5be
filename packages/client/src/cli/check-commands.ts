/** Declares what is read and checked: record, bundles. */
import type { Command } from 'commander';
import type { BundleOptions } from '../commands/bundle.ts';
import type { VerifyOptions } from '../commands/verify-export.ts';
import { whole, type Act } from './declare.ts';

interface Listing {
  readonly from: number;
  readonly limit?: number;
  readonly proposal?: string;
}

export function addCheckCommands(program: Command, act: Act): void {
  addRecord(program, act);
}

function addRecord(program: Command, act: Act): void {
  const audit = program.command('audit').description('the record and its proofs');
  audit
    .command('list')
    .description('entries in the order of the record')
    .option('--from <seq>', 'first entry', whole, 0)
    .option('--limit <n>', 'most entries', whole)
    .option('--proposal <id>', 'only what belongs to this proposal')
    .action(
      act(async (context, { from, limit, proposal }: Listing) =>
        (await import('../commands/audit-list.ts')).auditList(context, { from, limit, proposal }),
      ),
    );
  audit
    .command('prove <entry-or-proposal>')
    .description('prove that entries are in the witnessed record')
    .option('--roots <file>', 'your root of trust; else the server is believed about the keys')
    .action(
      act(async (context, name: string, { roots }: { roots?: string }) =>
        (await import('../commands/audit-prove.ts')).auditProve(context, name, { roots }),
      ),
    );
  program
    .command('bundle <proposal>')
    .description('the evidence as one file')
    .requiredOption('--purpose <text>', 'what you read it for; it is recorded')
    .requiredOption('-o, --out <file>', 'where to write it')
    .action(
      act(async (context, id: string, options: BundleOptions) =>
        (await import('../commands/bundle.ts')).bundle(context, id, options),
      ),
    );
  program
    .command('verify <file>')
    .description('check a bundle or an export offline: who authorised it, what changed, what validated it')
    .requiredOption('--roots <file>', 'your root of trust, e.g. 1.root.json')
    .option('--checkpoint <file>', 'a checkpoint you kept: an export must be the same record, grown')
    .action(
      act(async (context, file: string, options: VerifyOptions) =>
        (await import('../commands/verify.ts')).verify(context, file, options),
      ),
    );
}
