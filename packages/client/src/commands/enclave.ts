/** `cs enclave invite|shut-out`: who may come in as a gateway (O4). Neither gives any authority over a target. */
import { writeFileSync } from 'node:fs';
import { readShape } from '@countersign/core';
import { gatewayInvitationShape } from '@countersign/seal';
import type { Context } from '../cli/context.ts';
import { EXIT, type ExitCode } from '../cli/exit-codes.ts';
import { unverified, usage } from '../cli/failure.ts';
import { safe } from '../cli/safe-text.ts';

/** The secret goes to a file for its owner alone and is never shown. */
export async function enclaveInvite(
  { client, output, settings }: Context,
  enclave: string,
  { out }: { readonly out: string | undefined },
): Promise<ExitCode> {
  if (out === undefined) throw usage('name a new file for the invitation with `-o FILE`; it holds a secret');
  const invitation = readShape(gatewayInvitationShape, await client.inviteEnclave(enclave));
  if (!invitation.ok) throw unverified(invitation.refusal);
  try {
    writeFileSync(out, `${JSON.stringify(invitation.value, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
  } catch {
    throw usage(`\`${out}\` cannot be written, or is there already; shut the enclave out if the invitation is lost`);
  }
  const { expiresAt, url } = invitation.value;
  if (settings.isJson) output.json({ file: out, enclave, url, expiresAt });
  else {
    output.line(`${out}: the gateway of ${safe(enclave)} may enrol at ${safe(url)} until ${safe(expiresAt)}, once`);
    output.note('carry it into the enclave as `invitation.json` of the gateway’s identity folder');
  }
  return EXIT.ok;
}

export async function enclaveShutOut({ client, output, settings }: Context, enclave: string): Promise<ExitCode> {
  const { ended } = await client.shutOutEnclave(enclave);
  if (settings.isJson) output.json({ enclave, ended });
  else output.line(`${safe(enclave)}: ${ended} certificates ended; its gateway needs a new invitation to come back`);
  return EXIT.ok;
}
