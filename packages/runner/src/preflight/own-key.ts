/**
 * Private keys of a program (O4, X3): read only while nobody but their owner can. A runner's are made where they are used, at the first
 * start; the public half stands beside, for the registrars or the targets that list it.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { refuse, type Result } from '@countersign/core';
import { encodePublicKey, generateSigner, loadSigner, publicKeyOf, signerPem, type SignerKey } from '@countersign/seal';
import { codeOf, readSecret } from './read-file.ts';

const MAX_PEM_BYTES = 16_384;

export function loadKey(file: string): Result<SignerKey> {
  const pem = readSecret(file, MAX_PEM_BYTES);
  if (!pem.ok) return refuse(pem.refusal.code, `the key file: ${pem.refusal.detail}`);
  return loadSigner(new TextDecoder().decode(pem.value));
}

/** The key in this file, made now if there is none. `known`: where its public half is written. */
export function ownKey(file: string, known: string): Result<SignerKey> {
  try {
    if (!existsSync(file)) writeOnce(file, signerPem(generateSigner('ed25519')));
    const signer = loadKey(file);
    const line = signer.ok ? `${encodePublicKey(publicKeyOf(signer.value))}\n` : '';
    if (signer.ok && (!existsSync(known) || readFileSync(known, 'utf8') !== line)) writeFileSync(known, line);
    return signer;
  } catch (error) {
    return refuse('unreadable', `the key file cannot be made (${codeOf(error)})`);
  }
}

/** Whole or not at all: a crash in between leaves no half key, and two starts make one. */
function writeOnce(file: string, content: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const part = `${file}.${randomBytes(4).toString('hex')}`;
  writeFileSync(part, content, { mode: 0o600, flag: 'wx', flush: true });
  try {
    linkSync(part, file);
  } catch {
    // Another start was first: its key is the key.
  } finally {
    unlinkSync(part);
  }
}
