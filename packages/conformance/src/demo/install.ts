// One-shot: hands control the signed documents that rule the demo. Control verifies each; carrying them proves nothing.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect, Problem, type SignedDocument } from '@countersign/client';
import { readEnvelope } from '@countersign/seal';
import { demoFiles } from './files.ts';
import { demoSettings } from './settings.ts';
import { readTrust } from './trust-folder.ts';
import { readTokens } from './tokens.ts';

const settings = demoSettings(process.env);
const files = demoFiles(settings.state);
const token = readTokens(files.tokens)['person:kim'] ?? '';
const client = connect({ url: settings.controlUrl, token });

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
