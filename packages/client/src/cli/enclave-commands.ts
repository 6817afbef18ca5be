/** Declares what runner operators and registrars do about gateways. */
import type { Command } from 'commander';
import type { Act } from './declare.ts';

export function addEnclaveCommands(program: Command, act: Act): void {
  const enclave = program.command('enclave').description('gateways of enclaves: invite, shut out');
  enclave
    .command('invite <enclave>')
    .description('a secret that is good once, for ten minutes, as a file to carry in')
    .option('-o, --out <file>', 'where to write the invitation')
    .action(
      act(async (context, id: string, { out }: { readonly out?: string }) =>
        (await import('../commands/enclave.ts')).enclaveInvite(context, id, { out }),
      ),
    );
  enclave
    .command('shut-out <enclave>')
    .description('end all certificates and invitations of an enclave at once')
    .action(act(async (context, id: string) => (await import('../commands/enclave.ts')).enclaveShutOut(context, id)));
}
