/**
 * The enclave half of the floor program: polls, verifies, journals, writes the target's file, reads it back, signs what it
 * saw, journals that, and posts it. Three of the five serial fsyncs are here.
 */
import { createPublicKey, generateKeyPairSync, createHash, sign, verify, type KeyObject } from 'node:crypto';
import { closeSync, fdatasyncSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { Agent } from 'node:http';
import { join } from 'node:path';
import { call } from './floor-call.ts';
import { readCapsule, readSigned, type FloorEvidence } from './floor-documents.ts';

const [folder = '', portText = '', publicKeyText = ''] = process.argv.slice(2);
const port = Number(portText);
const trusted = createPublicKey({ key: Buffer.from(publicKeyText, 'base64'), type: 'spki', format: 'der' });
const { privateKey } = generateKeyPairSync('ed25519');
const journal = openSync(join(folder, 'runner.journal'), 'a');
const target = join(folder, 'target.conf');
const agent = new Agent({ keepAlive: true });

function append(line: string): void {
  writeSync(journal, `${line}\n`);
  fdatasyncSync(journal);
}

function replaceTarget(content: string): void {
  const temporary = `${target}.tmp`;
  const file = openSync(temporary, 'w');
  writeSync(file, content);
  fsyncSync(file);
  closeSync(file);
  renameSync(temporary, target);
}

/** Carries out one capsule; the answer is the signed evidence. */
function carryOut(delivery: string, key: KeyObject): string {
  const { payload, signature } = readSigned(delivery);
  const bytes = Buffer.from(payload, 'base64');
  if (!verify(null, bytes, key, Buffer.from(signature, 'base64')))
    throw new Error('the capsule is not signed by control');
  const capsule = readCapsule(bytes.toString('utf8'));
  append(`intent ${capsule.id}`);
  replaceTarget(capsule.content);
  const isHealthy = readFileSync(target, 'utf8') === capsule.content;
  const after = createHash('sha256').update(capsule.content).digest('hex');
  const evidence = Buffer.from(JSON.stringify({ id: capsule.id, isHealthy, after } satisfies FloorEvidence));
  const signed = {
    payload: evidence.toString('base64'),
    signature: sign(null, evidence, privateKey).toString('base64'),
  };
  const line = JSON.stringify(signed);
  append(line);
  return line;
}

// Ends with control, whether it was told to or control is gone.
process.once('disconnect', () => process.exit(0));
for (;;) {
  const delivery = await call({ agent, port, method: 'GET', path: '/poll' });
  const body = carryOut(delivery, trusted);
  await call({ agent, port, method: 'POST', path: '/evidence', body });
}
