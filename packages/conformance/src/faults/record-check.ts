/** Whether the record is the same record as before, only longer: checked with keys, not by asking whether all is well (I17). */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from '@countersign/client';
import {
  decodeBase64,
  openCheckpoint,
  parseVkey,
  publicKeyOf,
  verifyConsistency,
  vkeyOf,
  type NoteVerifier,
  type OpenedCheckpoint,
} from '@countersign/seal';
import { demoFiles } from '../demo/files.ts';
import { Keyring } from '../demo/keyring.ts';
import { LOG_NAME, WITNESS_NAME } from '../demo/trust.ts';
import { until } from '../scenarios/wait.ts';

const WITNESS_MS = 20_000;

/** The newest checkpoint with the signatures of log and witness. */
export async function witnessedCheckpoint(state: string, client: Client): Promise<OpenedCheckpoint> {
  const keys = new Keyring(demoFiles(state).keys);
  const logKey = verifier(vkeyOf('log', LOG_NAME, publicKeyOf(keys.signer('log'))));
  const witnessKeys = [verifier(vkeyOf('witness', WITNESS_NAME, publicKeyOf(keys.signer('witness'))))];
  return until({ what: 'a checkpoint with the witness', timeoutMs: WITNESS_MS }, async () => {
    const { note = '' } = await client.checkpoint();
    const opened = openCheckpoint(note, { logKey, witnessKeys, witnessQuorum: 1 });
    if (!opened.ok) throw new Error(opened.refusal.detail);
    return opened.value;
  });
}

/** What speaks against it that the record of now continues the one of `before`; empty when nothing does. */
export async function gapsSince(state: string, client: Client, before: OpenedCheckpoint): Promise<readonly string[]> {
  const now = await witnessedCheckpoint(state, client);
  const { proof } = await client.consistency(before.size, now.size);
  const nodes = proof.flatMap((node) => decodeBase64(node) ?? []);
  const claim = { oldSize: before.size, oldRoot: before.root, newSize: now.size, newRoot: now.root, proof: nodes };
  const verified = verifyConsistency(claim);
  return [
    ...(now.size >= before.size ? [] : [`the record shrank from ${before.size} to ${now.size}`]),
    ...(verified.ok ? [] : [`${before.size} to ${now.size}: ${verified.refusal.detail}`]),
    ...alarmsOf(state).map((line) => `the witness gave alarm: ${line}`),
  ];
}

/** A witness that sees two histories says so and falls silent. */
function alarmsOf(state: string): readonly string[] {
  const log = join(state, 'logs', 'witness.log');
  const lines = existsSync(log) ? readFileSync(log, 'utf8').split('\n') : [];
  return lines.filter((line) => line.includes('ALARM'));
}

function verifier(vkey: string): NoteVerifier {
  const read = parseVkey(vkey);
  if (!read.ok) throw new Error(read.refusal.detail);
  return read.value;
}
