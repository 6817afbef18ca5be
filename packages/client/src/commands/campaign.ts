/** `cs campaign make|list|show|hold`: proposals that wait, put together in stages; what was signed and how far it is (C4). */
import type { Context } from '../cli/context.ts';
import { EXIT, type ExitCode } from '../cli/exit-codes.ts';
import { unverified, usage } from '../cli/failure.ts';
import { readJson } from '../cli/read-document.ts';
import { safe, safeLines } from '../cli/safe-text.ts';
import { openCampaign } from '../signing/open-campaign.ts';

/** `file`: title and stages, each with a name and its proposals. */
export async function campaignMake({ client, output, settings }: Context, file: string): Promise<ExitCode> {
  const made = await client.makeCampaign(readJson(file));
  if (settings.isJson) output.json(made);
  else {
    output.line(`made ${safe(made.id)}, ${safe(made.digest)}`);
    output.note(`people sign it with \`cs campaign approve ${safe(made.id)} --key FILE\``);
  }
  return EXIT.ok;
}

export async function campaignList({ client, output, settings }: Context): Promise<ExitCode> {
  const found = await client.campaigns();
  if (settings.isJson) output.json(found);
  else if (found.items.length === 0) output.note('there is no campaign; `cs campaign make` makes one');
  else
    output.lines(
      found.items.map(({ id, state, title, reason }) => `${safe(id)}  ${safe(state)}  ${safe(title)}: ${safe(reason)}`),
    );
  return EXIT.ok;
}

/** The page is rendered here, from bytes that agree with every capsule; the server's own text is not shown. */
export async function campaignShow({ client, output, settings }: Context, id: string): Promise<ExitCode> {
  const data = await client.campaign(id);
  if (settings.isJson) {
    output.json(data);
    return EXIT.ok;
  }
  const opened = openCampaign(data);
  if (!opened.ok) throw unverified(opened.refusal);
  output.lines([
    ...safeLines(opened.value.page),
    '',
    `state: ${safe(data.state)}, ${safe(data.reason)}`,
    ...data.members.map(
      ({ stage, proposal, enclave, state }) =>
        `stage ${stage + 1}: ${safe(proposal)} in ${safe(enclave)} is ${safe(state)}`,
    ),
    ...data.approvals.map(({ person, role }) => `signed by ${safe(person)} as ${safe(role)}`),
    ...data.receipts.map(({ capsule, outcome }) => `receipt of ${safe(capsule)}: ${safe(outcome)}`),
  ]);
  return EXIT.ok;
}

export async function campaignHold(
  { client, output, settings }: Context,
  id: string,
  message: string | undefined,
): Promise<ExitCode> {
  if (message === undefined) throw usage('say why with `-m`, in a sentence for the others');
  const held = await client.holdCampaign(id, message);
  if (settings.isJson) output.json(held);
  else
    output.line(
      `${safe(id)} is held: no further stage of it is sent. What runs already is stopped with \`cs rollout halt\``,
    );
  return EXIT.ok;
}
