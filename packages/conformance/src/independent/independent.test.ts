// What Countersign signs and proves, checked by programs that have never heard of it. Each check has a twin that must fail.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  APPROVAL_NAMESPACE,
  decodeBase64,
  encodeBase64,
  generateSigner,
  PAYLOAD,
  preAuthEncoding,
  sshPublicKeyLine,
  type DsseEnvelope,
} from '@countersign/seal';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { order } from '../attacks/world/order.ts';
import { World } from '../attacks/world/world.ts';
import { Keyring } from '../demo/keyring.ts';
import { LOG_NAME } from '../demo/trust.ts';
import { bodyOf, pemOf, sealEvidence, SoftPasskey, write, writeRecord } from './artefacts.ts';
import { buildGo, python, run } from './programs.ts';

const folder = mkdtempSync(join(tmpdir(), 'countersign-independent-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const keys = new Keyring(join(folder, 'keys'));
const made = order(new World(keys), { authority: 'people' });
const { capsule: capsuleEnvelope, approvals } = made.delivery;
const approval = approvals[0]!;

/** The envelope with one bit of its payload turned. */
function flipped(envelope: DsseEnvelope, bit = 300): DsseEnvelope {
  const body = Uint8Array.from(bodyOf(envelope));
  body[bit >> 3]! ^= 1 << (bit & 7);
  return { ...envelope, payload: encodeBase64(body) };
}

const json = (name: string, value: unknown): string => write(folder, name, JSON.stringify(value));

describe('C2: a capsule', () => {
  const signer = keys.signer('capsule-signer').publicKey;
  const pem = write(folder, 'capsule.pem', pemOf(signer));

  test('is verified by python3-securesystemslib, with every subject of its in-toto statement', () => {
    const file = json('capsule.json', capsuleEnvelope);
    expect(python('capsule.py', file, pem)).toEqual({
      type: 'https://in-toto.io/Statement/v1',
      predicateType: 'https://countersign.dev/capsule/v1',
      digest: made.digest,
      signers: [signer.keyid],
      subjects: 3,
      wrongSubjects: [],
    });
  });

  test('with one bit turned, or under another key, has no signer there', () => {
    const other = write(folder, 'other.pem', pemOf(generateSigner('ed25519').publicKey));
    expect(python('capsule.py', json('other.json', capsuleEnvelope), other)).toMatchObject({ signers: [] });
    const inside = {
      ...capsuleEnvelope,
      signatures: [{ ...capsuleEnvelope.signatures[0]!, sig: encodeBase64(new Uint8Array(64)) }],
    };
    expect(python('capsule.py', json('unsigned.json', inside), pem)).toMatchObject({ signers: [] });
  });

  test.each(['ed25519', 'p256'] as const)('is verified by openssl under a key of kind %s', (kind) => {
    const key = generateSigner(kind);
    const message = preAuthEncoding(capsuleEnvelope.payloadType, bodyOf(capsuleEnvelope));
    const data = write(folder, `${kind}.pae`, message);
    const signature = write(folder, `${kind}.sig`, key.sign(message));
    const publicKey = write(folder, `${kind}.pem`, pemOf(key.publicKey));
    const check = (file: string): number =>
      kind === 'p256'
        ? run('openssl', ['dgst', '-sha256', '-verify', publicKey, '-signature', signature, file]).code
        : run('openssl', [
            'pkeyutl',
            '-verify',
            '-rawin',
            '-pubin',
            '-inkey',
            publicKey,
            '-sigfile',
            signature,
            '-in',
            file,
          ]).code;
    expect(check(data)).toBe(0);
    const turned = preAuthEncoding(capsuleEnvelope.payloadType, bodyOf(flipped(capsuleEnvelope)));
    expect(check(write(folder, `${kind}.turned`, turned))).not.toBe(0);
  });
});

describe('A2: an approval', () => {
  test('by passkey is verified by python3-fido2', () => {
    const passkey = new SoftPasskey('localhost', 'http://localhost:4600');
    const signed = passkey.sign(PAYLOAD.approval, bodyOf(approval));
    const credential = json('credential.json', passkey.credential);
    expect(python('passkey.py', json('passkey.json', signed), credential)).toEqual({ problems: [] });
    expect(python('passkey.py', json('turned.json', flipped(signed)), credential)).toEqual({ problems: ['challenge'] });
    const untouched = passkey.sign(PAYLOAD.approval, bodyOf(approval), 0x01);
    expect(python('passkey.py', json('unverified.json', untouched), credential)).toEqual({ problems: ['flags'] });
    const stranger = json('stranger.json', {
      ...new SoftPasskey('localhost', 'http://localhost:4600').credential,
      id: passkey.credential.id,
    });
    expect(python('passkey.py', json('again.json', signed), stranger)).toEqual({ problems: ['signature'] });
  });

  test('by SSH key is verified by ssh-keygen -Y verify, in its own namespace only', () => {
    const line = sshPublicKeyLine(keys.signer('people/ana').publicKey);
    const allowed = write(folder, 'allowed_signers', `ana namespaces="${APPROVAL_NAMESPACE}" ${line}\n`);
    const armored = write(folder, 'approval.sig', decodeBase64(approval.signatures[0]!.sig) ?? '');
    const verify = (namespace: string, message: Uint8Array): number =>
      run('ssh-keygen', ['-Y', 'verify', '-f', allowed, '-I', 'ana', '-n', namespace, '-s', armored], message).code;
    const message = preAuthEncoding(approval.payloadType, bodyOf(approval));
    expect(verify(APPROVAL_NAMESPACE, message)).toBe(0);
    expect(verify('git', message)).not.toBe(0);
    expect(verify(APPROVAL_NAMESPACE, preAuthEncoding(approval.payloadType, bodyOf(flipped(approval))))).not.toBe(0);
  });
});

describe('V3: the record', () => {
  const log = keys.signer('log');
  const entries = Array.from({ length: 100 }, (_, at) => Buffer.from(`entry ${at}`));
  let record: ReturnType<typeof buildGo>;
  beforeAll(() => {
    record = buildGo(folder);
  });

  test('checkpoint, inclusion and consistency are verified by Go’s checksum database', () => {
    for (const [from, index] of [
      [1, 0],
      [63, 64],
      [64, 99],
      [99, 42],
    ] as const) {
      const at = join(folder, `record-${from}`);
      writeRecord(at, { log, origin: LOG_NAME, entries, index, from });
      expect(record(at)).toEqual({ Checkpoint: 'ok', Inclusion: 'ok', Consistency: 'ok', Unverified: 0 });
    }
  });

  test('another entry, another history or another signer is refused there', () => {
    const at = join(folder, 'record-forged');
    const plan = { log, origin: LOG_NAME, entries, index: 7, from: 50 };
    writeRecord(at, plan);
    write(at, 'entry', 'entry 8');
    expect(record(at)).toMatchObject({ Checkpoint: 'ok', Inclusion: 'invalid transparency proof' });
    writeRecord(at, plan);
    const other = join(folder, 'record-other');
    writeRecord(other, { ...plan, entries: entries.map((_, place) => Buffer.from(`another ${place}`)) });
    run('cp', [join(other, 'consistency.json'), join(folder, 'other-consistency.json')]);
    const { FromRoot } = JSON.parse(run('cat', [join(other, 'consistency.json')]).out) as { FromRoot: string };
    const honest = JSON.parse(run('cat', [join(at, 'consistency.json')]).out) as object;
    write(at, 'consistency.json', JSON.stringify({ ...honest, FromRoot }));
    expect(record(at)).toMatchObject({ Inclusion: 'ok', Consistency: 'invalid transparency proof' });
    writeRecord(at, { ...plan, log: generateSigner('ed25519') });
    write(at, 'vkey', run('cat', [join(other, 'vkey')]).out);
    expect(record(at)).toMatchObject({ Checkpoint: 'note has no verifiable signatures' });
  });
});

describe('V2: evidence with most fields masked', () => {
  const runner = keys.signer('runner-production');
  const document = {
    capsule: made.digest,
    outcome: 'SUCCEEDED',
    targets: Array.from({ length: 40 }, (_, at) => ({ id: `host-${at}`, outcome: 'done', note: 'käse "quoted"' })),
  };
  const pem = write(folder, 'runner.pem', pemOf(runner.publicKey));
  const check = ({ statement, leaves }: ReturnType<typeof sealEvidence>): unknown =>
    python('evidence.py', json('statement.json', statement), json('leaves.json', leaves), pem);

  test('leads to the signed root in a few lines of Python', () => {
    const sealed = sealEvidence(document, runner, (pointer) => pointer.endsWith('/outcome'));
    expect(check(sealed)).toEqual({ signed: true, root: true, count: true, shown: 41 });
    expect(check(sealEvidence(document, runner, () => true))).toEqual({
      signed: true,
      root: true,
      count: true,
      shown: 122,
    });
  });

  test('with one value changed, one leaf less, or under another key does not', () => {
    const sealed = sealEvidence(document, runner, (pointer) => pointer === '/outcome');
    const changed = sealed.leaves.map((leaf) => ('value' in leaf ? { ...leaf, value: 'FAILED' } : leaf));
    expect(check({ ...sealed, leaves: changed })).toMatchObject({ signed: true, root: false });
    expect(check({ ...sealed, leaves: sealed.leaves.slice(1) })).toMatchObject({ root: false, count: false });
    const forged = sealEvidence(document, generateSigner('ed25519'), () => true);
    expect(check(forged)).toMatchObject({ signed: false, root: true });
  });
});
