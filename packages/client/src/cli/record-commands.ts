/** Declares what auditors do with the record as a whole: export it, verify it, compare what others hold. */
import type { Command } from 'commander';
import { whole, type Act } from './declare.ts';

interface Verifying {
  readonly keys: string;
  readonly quorum: number;
  readonly known?: readonly string[];
}
interface Comparing {
  readonly keys: string;
  readonly quorum: number;
  readonly tiles?: string;
}

const QUORUM = 'witnesses that have to have cosigned each checkpoint';

export function addRecordCommands(program: Command, act: Act): void {
  const record = program.command('record').description('the record as files');
  record
    .command('export-tiles <folder>')
    .description('C2SP tlog-tiles with checkpoint and bodies; run again to bring it up to date')
    .requiredOption('--purpose <text>', 'what you read it for; it is recorded')
    .action(
      act(async (context, folder: string, { purpose }: { purpose: string }) =>
        (await import('../commands/record-export.ts')).exportTiles(context, folder, purpose),
      ),
    );
  record
    .command('verify <folder>')
    .description('every entry of an exported record or database, offline; what was changed is named')
    .requiredOption('--keys <file>', 'verifier keys of the log and its witnesses, one a line')
    .option('--quorum <n>', QUORUM, whole, 1)
    .option('--known <file...>', 'checkpoints you kept from before')
    .action(
      act(async (context, folder: string, { keys, quorum, known = [] }: Verifying) =>
        (await import('../commands/record-verify.ts')).recordVerify(context, folder, { keys, quorum, known }),
      ),
    );
  program
    .command('witness')
    .description('views of the record that others hold')
    .command('compare <files...>')
    .description('say whether they are of one record; FORK and ROLLED BACK come with both signed checkpoints')
    .requiredOption('--keys <file>', 'verifier keys of the log and its witnesses, one a line')
    .option('--quorum <n>', QUORUM, whole, 1)
    .option('--tiles <folder>', 'proves how two sizes belong together')
    .action(
      act(async (context, files: readonly string[], { keys, quorum, tiles }: Comparing) =>
        (await import('../commands/witness-compare.ts')).witnessCompare(context, files, {
          keys,
          quorum,
          ...(tiles !== undefined && { tiles }),
        }),
      ),
    );
}
