/** The formats together, through the public names only: a capsule, an approval, its place in a log and disclosed evidence. */
import type { Result } from '@countersign/core';
import { describe, expect, test } from 'vitest';
import {
  APPROVAL_NAMESPACE,
  attachSignature,
  CompactRange,
  cosignCheckpoint,
  digestOf,
  disclose,
  encodeBase64,
  formatTlogProof,
  generateSigner,
  inclusionProof,
  INTOTO_TYPE,
  leafHash,
  parseTlogProof,
  parseVkey,
  preAuthEncoding,
  publicKeyOf,
  readEnvelope,
  readStatement,
  sealFields,
  sha256,
  signCheckpoint,
  signEnvelope,
  signSsh,
  sshPublicKeyLine,
  sshSignature,
  statementBytes,
  subjectOf,
  verifyDisclosure,
  verifyEnvelope,
  verifyHumanSignature,
  verifyTlogProof,
  vkeyOf,
  type DsseEnvelope,
} from './index.ts';

function must<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.refusal.detail);
  return result.value;
}
const file = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));

const PREDICATE = 'https://example.org/capsule/v1';
const APPROVAL = 'application/vnd.example.approval.v1+json';
const [planner, vault, log, witness, alice] = Array.from({ length: 5 }, () => generateSigner('ed25519')) as [
  ReturnType<typeof generateSigner>,
  ReturnType<typeof generateSigner>,
  ReturnType<typeof generateSigner>,
  ReturnType<typeof generateSigner>,
  ReturnType<typeof generateSigner>,
];
const capsulePayload = statementBytes({
  subject: [subjectOf('change.json', digestOf(Buffer.from('change')))],
  predicateType: PREDICATE,
  predicate: { id: 'cap-1', limit: 2 },
});
const capsule = signEnvelope(INTOTO_TYPE, capsulePayload, [planner, vault]);
const capsuleRule = { payloadType: INTOTO_TYPE, trusted: [planner, vault].map(publicKeyOf), threshold: 2 };
const credential = { kind: 'ssh', publicKey: sshPublicKeyLine(publicKeyOf(alice)) } as const;

function approve(capsuleDigest: string): DsseEnvelope {
  const body = Buffer.from(JSON.stringify({ capsule: capsuleDigest, decision: 'approve' }));
  const armored = signSsh(alice, APPROVAL_NAMESPACE, preAuthEncoding(APPROVAL, body));
  const unsigned: DsseEnvelope = { payloadType: APPROVAL, payload: encodeBase64(body), signatures: [] };
  return attachSignature(unsigned, must(sshSignature(armored, credential.publicKey)));
}

describe('a capsule and its approval', () => {
  test('A2: what is approved is the digest of the payload that the quorum signed', () => {
    const verified = must(verifyEnvelope(must(readEnvelope(file(capsule))), capsuleRule));
    expect(must(readStatement(verified.payload, PREDICATE)).predicate).toEqual({ id: 'cap-1', limit: 2 });
    const approval = must(readEnvelope(file(approve(digestOf(verified.payload)))));
    expect(must(verifyHumanSignature(approval, 0, credential)).scheme).toBe('ssh');
  });

  test('the signature of an approval cannot be moved to the approval of another capsule', () => {
    const [entry] = approve(digestOf(capsulePayload)).signatures;
    const other = { ...approve(digestOf(Buffer.from('other'))), signatures: [entry!] };
    expect(verifyHumanSignature(other, 0, credential).ok).toBe(false);
  });

  test('an approval is not a capsule signature, nor the other way round', () => {
    expect(verifyEnvelope(approve('x'), capsuleRule).ok).toBe(false);
    expect(verifyHumanSignature(capsule, 0, credential).ok).toBe(false);
  });
});

describe('the place of the capsule in the log', () => {
  const leaves = ['first', digestOf(capsulePayload), 'third'].map((text) => Buffer.from(text));
  const nodes = new Map<string, Uint8Array>();
  let range = CompactRange.empty;
  for (const leaf of leaves) {
    const appended = range.append(leafHash(leaf));
    for (const { level, index, hash } of appended.nodes) nodes.set(`${level}/${index}`, hash);
    range = appended.range;
  }
  const note = signCheckpoint({ origin: 'log.example', size: 3, root: range.root() }, log);
  const checkpoint = must(cosignCheckpoint(note, { name: 'witness.example', signer: witness }, 1_790_000_000));
  const hashes = must(inclusionProof((level, index) => nodes.get(`${level}/${index}`), 1, 3));
  const trust = {
    logKey: must(parseVkey(vkeyOf('log', 'log.example', publicKeyOf(log)))),
    witnessKeys: [must(parseVkey(vkeyOf('witness', 'witness.example', publicKeyOf(witness))))],
    witnessQuorum: 1,
  };

  test('I8: a file proves offline that witnesses saw the capsule in the log', () => {
    const proof = must(parseTlogProof(formatTlogProof({ index: 1, hashes, checkpoint })));
    const verified = must(verifyTlogProof(proof, leaves[1]!, trust));
    expect(verified.checkpoint.cosignatures).toEqual([{ name: 'witness.example', timeSeconds: 1_790_000_000 }]);
    expect(verifyTlogProof(proof, leaves[0]!, trust).ok).toBe(false);
  });

  test('T1: the same log without its witness is not enough', () => {
    const proof = must(parseTlogProof(formatTlogProof({ index: 1, hashes, checkpoint: note })));
    expect(verifyTlogProof(proof, leaves[1]!, trust).ok).toBe(false);
  });
});

test('evidence leaves the enclave field by field, under one signed root', () => {
  const document = { result: 'ok', host: 'db-1.internal', steps: [{ ms: 3 }] };
  const { root, leaves } = must(sealFields(document, (pointer) => sha256(Buffer.from(`test ${pointer}`))));
  const signed = signEnvelope(APPROVAL, file(root), [planner]);
  const published = file({ signed, leaves: disclose(leaves, (pointer) => pointer === '/result') });
  expect(Buffer.from(published).toString()).not.toContain('db-1');
  const shown = must(
    verifyDisclosure(
      root,
      disclose(leaves, (pointer) => pointer === '/result'),
    ),
  );
  expect([...shown]).toEqual([['/result', 'ok']]);
});
