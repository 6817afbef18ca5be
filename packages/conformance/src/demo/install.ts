// One-shot: hands control the signed documents that rule the demo, and invites its gateways. Control verifies each document; carrying proves nothing.
import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect, Problem, type Client, type SignedDocument } from '@countersign/client';
import { readEnvelope } from '@countersign/seal';
import { demoFiles, writeJson } from './files.ts';
import { demoSettings } from './settings.ts';
import { readTrust } from './trust-folder.ts';
import { readTokens } from './tokens.ts';
import { ENCLAVES } from './trust.ts';

const settings = demoSettings(process.env);
const files = demoFiles(settings.state);
const tokens = readTokens(files.tokens);
const as = (person: string): Client => connect({ url: settings.controlUrl, token: tokens[`person:${person}`] ?? '' });
const client = as('kim');

function document(name: string): SignedDocument {
  const read = readEnvelope(readFileSync(join(files.documents, name)));
  if (!read.ok) throw new Error(`${name}: ${read.refusal.detail}`);
  return read.value;
}

/** A version that is installed already stays: a second start changes nothing. */
async function install(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'not-newer') throw error;
  }
}

await install(client.installTrust(readTrust(files)));
await install(client.activateEnvelope(document('envelope.json')));
await install(client.installGraph(document('graph.json')));

/** As `cs enclave invite` does: a person's word, once, for a gateway without a certificate that lasts. It makes its key itself. */
for (const { enclave } of ENCLAVES) {
  const folder = join(files.enclave(enclave), 'identity');
  if (!isCertified(join(folder, 'certificate.pem')))
    writeJson(join(folder, 'invitation.json'), await as('nils').inviteEnclave(enclave));
}

function isCertified(file: string): boolean {
  return existsSync(file) && Date.parse(new X509Certificate(readFileSync(file)).validTo) > Date.now();
}
