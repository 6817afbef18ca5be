/** Declares what people do with campaigns (C4). */
import type { Command } from 'commander';
import type { Act } from './declare.ts';

interface Approving {
  readonly key: string;
  readonly role?: string;
  readonly digest?: string;
}

export function addCampaignCommands(program: Command, act: Act): void {
  const campaign = program.command('campaign').description('one manifest over many capsules, signed once, in stages');
  campaign
    .command('make <file>')
    .description('put proposals that wait together: JSON with title and stages')
    .action(
      act(async (context, file: string) => (await import('../commands/campaign.ts')).campaignMake(context, file)),
    );
  campaign
    .command('list')
    .description('campaigns, newest first')
    .action(act(async (context) => (await import('../commands/campaign.ts')).campaignList(context)));
  campaign
    .command('show <campaign>')
    .description('the page as it is signed, and how far its stages are')
    .action(act(async (context, id: string) => (await import('../commands/campaign.ts')).campaignShow(context, id)));
  campaign
    .command('hold <campaign>')
    .description('no further stage is sent')
    .option('-m, --message <text>', 'why, in a sentence for the others')
    .action(
      act(async (context, id: string, { message }: { message?: string }) =>
        (await import('../commands/campaign.ts')).campaignHold(context, id, message),
      ),
    );
  addSigning(campaign, act);
}

function addSigning(campaign: Command, act: Act): void {
  campaign
    .command('approve <campaign>')
    .description('countersign every capsule of a campaign at once, with a key file')
    .requiredOption('--key <key>', 'your key: a file, ssh-agent:SHA256:... or pkcs11:...')
    .option('--role <role>', 'the duty you sign for, when you hold several')
    .option('--digest <digest>', 'what is to be signed, for scripts that cannot be asked')
    .action(
      act(async (context, id: string, { key, role, digest }: Approving) =>
        (await import('../commands/campaign-approve.ts')).campaignApprove(context, id, { key, role, digest }),
      ),
    );
  campaign
    .command('verify <campaign>')
    .description('manifest, capsules, signatures and receipts; a file from `show --json` is read without a server')
    .requiredOption('--trust <file>', 'the trust bundle')
    .action(
      act(async (context, source: string, options: { trust: string }) =>
        (await import('../commands/campaign-verify.ts')).campaignVerify(context, source, options),
      ),
    );
}
