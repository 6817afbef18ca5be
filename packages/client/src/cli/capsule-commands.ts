/** Declares what is done with capsules in files: made, read, compared, verified. Only `fetch` asks a server. */
import type { Command } from 'commander';
import type { BuildOptions } from '../commands/capsule-build.ts';
import type { VerifyOptions } from '../commands/capsule-verify.ts';
import type { Act } from './declare.ts';

const several = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

export function addCapsuleCommands(program: Command, act: Act): void {
  const capsule = program.command('capsule').description('make, read, compare and verify capsules in files');
  addReading(capsule, act);
  addMaking(capsule, act);
}

function addReading(capsule: Command, act: Act): void {
  capsule
    .command('fetch <proposal>')
    .description('the capsule that waits for signatures, as a file')
    .requiredOption('-o, --out <file>', 'where to write it')
    .action(
      act(async (context, proposal: string, options: { out: string }) =>
        (await import('../commands/fetch.ts')).capsuleFetch(context, proposal, options),
      ),
    );
  capsule
    .command('inspect <file>')
    .description('the page, rendered here from the bytes')
    .action(
      act(async (context, file: string) =>
        (await import('../commands/capsule-inspect.ts')).capsuleInspect(context, file),
      ),
    );
  capsule
    .command('diff <before> <after>')
    .description('what changed, and whose signatures still stand: 0 all, 8 with a signature over what changed, 9 none')
    .action(
      act(async (context, before: string, after: string) =>
        (await import('../commands/capsule-diff.ts')).capsuleDiff(context, before, after),
      ),
    );
  capsule
    .command('verify <file>')
    .description('every check a runner makes of the signatures: of a capsule, or of a delivery with everything in it')
    .requiredOption('--roots <file>', 'your root of trust')
    .option('--trust <file>', 'the trust bundle; else the server is asked for it')
    .option('--approval <file>', 'a signed approval; may be given again', several)
    .option('--parent <file>', 'a version before it, newest first; may be given again', several)
    .option('--envelope <file>', 'the authority envelope it names')
    .option('--graph <file>', 'the system graph it names')
    .action(
      act(async (context, file: string, options: VerifyOptions) =>
        (await import('../commands/capsule-verify.ts')).capsuleVerify(context, file, options),
      ),
    );
}

function addMaking(capsule: Command, act: Act): void {
  capsule
    .command('build <proposal>')
    .description('the capsule of a proposal, decided here from files alone')
    .requiredOption('--envelope <file>', 'the authority envelope')
    .requiredOption('--graph <file>', 'the system graph')
    .requiredOption('--trust <file>', 'the trust bundle, signed or plain: people, agents, runners and floor')
    .requiredOption('--agent <id>', 'the registered agent that proposes it')
    .requiredOption('-o, --out <folder>', 'where capsule, page, decision and risk assessment are written')
    .option('--signal <file>', 'a signal that counts as received; may be given again', several)
    .option('--validation <file>', 'the report of the staging run')
    .option('--key <file>', 'a capsule signer; without one nobody has signed it')
    .action(
      act(async (context, file: string, options: BuildOptions) =>
        (await import('../commands/capsule-build.ts')).capsuleBuild(context, file, options),
      ),
    );
  capsule
    .command('schema')
    .description('JSON Schema of the predicate')
    .action(act(async (context) => (await import('../commands/capsule-schema.ts')).capsuleSchemaCommand(context)));
}
