import fc from 'fast-check';
import type { Result } from '@countersign/core';
import { describe, expect, test } from 'vitest';
import { encodeBase64 } from './base64.ts';
import { digestOf } from './digest.ts';
import {
  addSignature,
  attachSignature,
  parseEnvelope,
  payloadOf,
  preAuthEncoding,
  readEnvelope,
  signEnvelope,
  verifyEnvelope,
  type DsseEnvelope,
  type EnvelopeRule,
} from './dsse.ts';
import { generateSigner, loadSigner, publicKeyOf } from './keys.ts';
import { INTOTO_TYPE, statementBytes, subjectOf } from './statement.ts';

function must<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.refusal));
  return result.value;
}
const codeOf = (result: Result<unknown>): string => (result.ok ? 'accepted' : result.refusal.code);
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

const safe = (text: string): string => text.replaceAll('+', '-').replaceAll('/', '_');

const TYPE = 'application/vnd.example+json';
const [alice, bob, mallory] = [generateSigner('ed25519'), generateSigner('p256'), generateSigner('ed25519')];
const [aliceKey, bobKey] = [publicKeyOf(alice), publicKeyOf(bob)];
const body = bytes('{"id":"cap-1"}');
const rule = (change: Partial<EnvelopeRule> = {}): EnvelopeRule => ({
  payloadType: TYPE,
  trusted: [aliceKey, bobKey],
  threshold: 2,
  ...change,
});
const signed = (): DsseEnvelope => signEnvelope(TYPE, body, [alice, bob]);
const changed = (change: Partial<DsseEnvelope>): DsseEnvelope => ({ ...signed(), ...change });

describe('pre-authentication encoding', () => {
  test('DSSE 1.0.2 vector', () => {
    const encoded = preAuthEncoding('http://example.com/HelloWorld', bytes('hello world'));
    expect(Buffer.from(encoded).toString()).toBe('DSSEv1 29 http://example.com/HelloWorld 11 hello world');
  });

  test('lengths count bytes, and binary bodies stay as they are', () => {
    expect(Buffer.from(preAuthEncoding('é', Uint8Array.of(0, 255))).toString('hex')).toBe(
      Buffer.concat([Buffer.from('DSSEv1 2 é 2 '), Uint8Array.of(0, 255)]).toString('hex'),
    );
  });

  test('two different pairs never encode to the same bytes', () => {
    const pair = fc.tuple(
      fc.string({ unit: fc.constantFrom('a', ' ', '1', '2') }),
      fc.string({ unit: fc.constantFrom('a', ' ', '1', '2') }),
    );
    fc.assert(
      fc.property(pair, pair, ([typeA, bodyA], [typeB, bodyB]) => {
        const same =
          encodeBase64(preAuthEncoding(typeA, bytes(bodyA))) === encodeBase64(preAuthEncoding(typeB, bytes(bodyB)));
        expect(same).toBe(typeA === typeB && bodyA === bodyB);
      }),
    );
  });
});

describe('golden bytes', () => {
  const seed = '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60';
  const der = Buffer.from(`302e020100300506032b657004220420${seed}`, 'hex').toString('base64');
  const signer = must(loadSigner(`-----BEGIN PRIVATE KEY-----\n${der}\n-----END PRIVATE KEY-----\n`));
  const payload = statementBytes({
    subject: [subjectOf('change.json', digestOf(bytes('change')))],
    predicateType: 'https://example.org/capsule/v1',
    predicate: { id: 'cap-1', window: { from: '2026-11-21T02:00:00.000Z' }, targets: ['a', 'b'], limit: 2 },
  });

  test('I8: the payload, its digest and the Ed25519 signature of a capsule do not change between versions', () => {
    expect(Buffer.from(payload).toString()).toBe(
      '{"_type":"https://in-toto.io/Statement/v1","predicate":{"id":"cap-1","limit":2,"targets":["a","b"],"window":{"from":"2026-11-21T02:00:00.000Z"}},"predicateType":"https://example.org/capsule/v1","subject":[{"digest":{"sha256":"12ea12eace7d655f471ce55e34f89b1b77a3d9d05a445ca82877dd2235beaa51"},"name":"change.json"}]}',
    );
    expect(digestOf(payload)).toBe('sha256:3abcaa7906dc6fb9394177ec5c494baba119b9411698bbaeeb2fbc081be413f7');
    const envelope = signEnvelope(INTOTO_TYPE, payload, [signer]);
    expect(envelope.signatures).toEqual([
      {
        keyid: '06e3fd8fda29bb60ab59557de61edb0aecdb231134be30e75b455f8e1b792fa9',
        sig: 'grfnxoH4kZAV7TpuS++PX7UeLn+N9E83pkb8FUYKo0jLaZ0UFeo7ZH1BgLph1UcvvZR59xa6InTtMhaLptdkAw==',
      },
    ]);
  });

  test('I8: no single changed bit of a stored capsule envelope yields another document or another signer', () => {
    const original = Buffer.from(JSON.stringify(signEnvelope(INTOTO_TYPE, payload, [signer])));
    const trusted = [publicKeyOf(signer)];
    const hintFrom = original.indexOf('"keyid":"') + '"keyid":"'.length;
    let [refused, sameDocument] = [0, 0];
    for (let bit = 0; bit < original.length * 8; bit += 1) {
      const flipped = Uint8Array.from(original);
      flipped[Math.floor(bit / 8)]! ^= 1 << (bit % 8);
      const envelope = readEnvelope(flipped);
      const verified = envelope.ok
        ? verifyEnvelope(envelope.value, { payloadType: INTOTO_TYPE, trusted, threshold: 1 })
        : envelope;
      if (!verified.ok) {
        refused += 1;
        continue;
      }
      // DSSE: the key id is only a hint, so its bits alone may change without effect.
      const at = Math.floor(bit / 8) - hintFrom;
      expect(at >= 0 && at < 64, `bit ${bit}`).toBe(true);
      expect(verified.value).toEqual({ payload: Uint8Array.from(payload), signers: [signer.keyid] });
      sameDocument += 1;
    }
    expect(refused + sameDocument).toBe(original.length * 8);
    expect(refused).toBeGreaterThanOrEqual((original.length - 64) * 8);
  });
});

describe('verifying', () => {
  test('returns exactly the signed bytes and who signed them', () => {
    expect(must(verifyEnvelope(signed(), rule()))).toEqual({ payload: body, signers: [alice.keyid, bob.keyid] });
  });

  test('any payload survives', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (payload) => {
        const envelope = must(readEnvelope(bytes(JSON.stringify(signEnvelope(TYPE, payload, [alice])))));
        expect(must(verifyEnvelope(envelope, rule({ threshold: 1 }))).payload).toEqual(payload);
      }),
      { numRuns: 30 },
    );
  });

  test('A3: one key counts once, however often it signs and whatever it is called', () => {
    const [first] = signed().signatures;
    const twice = changed({ signatures: [first!, first!, { ...first!, keyid: 'other' }, { sig: first!.sig }] });
    expect(codeOf(verifyEnvelope(twice, rule()))).toBe('too-few-signatures');
    const underTwoNames = new Map([
      ['one', aliceKey],
      ['two', aliceKey],
    ]);
    expect(codeOf(verifyEnvelope(twice, rule({ trusted: underTwoNames })))).toBe('too-few-signatures');
    expect(must(verifyEnvelope(twice, rule({ threshold: 1 }))).signers).toEqual([alice.keyid]);
  });

  test('two P-256 signatures of one key are different bytes and still count once', () => {
    const both = must(addSignature(signEnvelope(TYPE, body, [bob]), bob));
    expect(both.signatures[0]!.sig).not.toBe(both.signatures[1]!.sig);
    expect(codeOf(verifyEnvelope(both, rule()))).toBe('too-few-signatures');
  });

  test('the key id is only a hint: missing or unknown ids are tried with every trusted key', () => {
    const [first, second] = signed().signatures;
    const unnamed = changed({ signatures: [{ sig: first!.sig }, { keyid: 'unknown', sig: second!.sig }] });
    expect(must(verifyEnvelope(unnamed, rule())).signers).toEqual([alice.keyid, bob.keyid]);
  });

  test('an id of a trusted key does not make a signature of somebody else count', () => {
    const forged = signEnvelope(TYPE, body, [mallory]).signatures[0]!;
    const envelope = changed({
      signatures: [
        { ...forged, keyid: alice.keyid },
        { ...forged, keyid: bob.keyid },
      ],
    });
    expect(codeOf(verifyEnvelope(envelope, rule({ threshold: 1 })))).toBe('too-few-signatures');
  });

  test('signatures of strangers do not harm', () => {
    const envelope = must(addSignature(signed(), mallory));
    expect(must(verifyEnvelope(envelope, rule())).signers).toEqual([alice.keyid, bob.keyid]);
  });

  test.each([
    ['another payload', changed({ payload: encodeBase64(bytes('{"id":"cap-2"}')) }), 'too-few-signatures'],
    ['another type', changed({ payloadType: 'text/plain' }), 'wrong-type'],
    ['a payload that is not base64', changed({ payload: '*' }), 'malformed'],
    ['a payload with a second spelling', changed({ payload: `${signed().payload}====` }), 'malformed'],
    [
      'too many signatures',
      changed({ signatures: Array.from({ length: 33 }, () => signed().signatures[0]!) }),
      'malformed',
    ],
    ['no signatures', changed({ signatures: [] }), 'too-few-signatures'],
  ])('refuses %s', (_name, envelope, code) => {
    expect(codeOf(verifyEnvelope(envelope, rule()))).toBe(code);
  });

  test('a signature for one type does not count for another', () => {
    const envelope = changed({ payloadType: 'text/plain' });
    expect(codeOf(verifyEnvelope(envelope, rule({ payloadType: 'text/plain' })))).toBe('too-few-signatures');
  });

  test.each([0, -1, 0.5, Number.NaN, Infinity])(
    'I1: a threshold of %d is refused, it never means "no signatures needed"',
    (threshold) => {
      expect(codeOf(verifyEnvelope(signed(), rule({ threshold })))).toBe('too-few-signatures');
    },
  );

  test('with no trusted keys nothing is trusted', () => {
    expect(codeOf(verifyEnvelope(signed(), rule({ trusted: [], threshold: 1 })))).toBe('too-few-signatures');
  });

  test('DSSE 1.0.2: URL-safe base64 is accepted with and without padding', () => {
    const payload = Uint8Array.of(251, 255, 254, 255);
    const envelope = signEnvelope(TYPE, payload, [alice]);
    for (const write of [safe, (text: string) => safe(text).replaceAll('=', '')]) {
      const spelled = {
        ...envelope,
        payload: write(envelope.payload),
        signatures: [{ sig: write(envelope.signatures[0]!.sig) }],
      };
      expect(must(verifyEnvelope(must(parseEnvelope(spelled)), rule({ threshold: 1 }))).payload).toEqual(payload);
    }
  });

  test('the quorum property: accepted exactly when enough distinct trusted keys signed these bytes', () => {
    const team = [alice, bob, generateSigner('ed25519'), mallory];
    const entry = fc.record({ who: fc.nat({ max: 3 }), isForged: fc.boolean(), hint: fc.option(fc.nat({ max: 3 })) });
    fc.assert(
      fc.property(
        fc.array(entry, { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 3 }),
        (entries, threshold) => {
          const signatures = entries.map(({ who, isForged, hint }) => {
            const { sig } = signEnvelope(TYPE, isForged ? bytes('other') : body, [team[who]!]).signatures[0]!;
            return hint === null ? { sig } : { sig, keyid: team[hint]!.keyid };
          });
          const trusted = team.slice(0, 3).map(publicKeyOf);
          const result = verifyEnvelope(
            { payloadType: TYPE, payload: encodeBase64(body), signatures },
            { payloadType: TYPE, trusted, threshold },
          );
          const honest = entries.filter(
            ({ who, isForged, hint }) => !isForged && who < 3 && (hint === null || hint === 3 || hint === who),
          );
          expect(result.ok).toBe(new Set(honest.map(({ who }) => who)).size >= threshold);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('the shape', () => {
  test('an envelope survives its file', () => {
    expect(must(readEnvelope(bytes(JSON.stringify(signed())))).signatures).toHaveLength(2);
  });

  const ok = { payloadType: 'a', payload: 'AA==', signatures: [{ sig: 'AA==' }] };
  test.each([
    ['null', null, ''],
    ['a list', [], ''],
    ['an unknown field', { ...ok, extra: 1 }, '/extra'],
    ['an unknown field in a signature', { ...ok, signatures: [{ sig: 'AA==', alg: 'none' }] }, '/signatures/0/alg'],
    ['no type', { payload: 'AA==', signatures: ok.signatures }, '/payloadType'],
    ['an empty type', { ...ok, payloadType: '' }, '/payloadType'],
    ['a type with a space', { ...ok, payloadType: 'a b' }, '/payloadType'],
    ['no signatures', { ...ok, signatures: [] }, '/signatures'],
    ['too many signatures', { ...ok, signatures: Array.from({ length: 33 }, () => ok.signatures[0]) }, '/signatures'],
    ['a payload above 4 MiB', { ...ok, payload: 'A'.repeat(4_194_308) }, '/payload'],
    ['a payload that is not base64', { ...ok, payload: 'AB==' }, '/payload'],
    ['a signature that is a number', { ...ok, signatures: [{ sig: 1 }] }, '/signatures/0/sig'],
    ['an empty signature', { ...ok, signatures: [{ sig: '' }] }, '/signatures/0/sig'],
    ['a key id that is null', { ...ok, signatures: [{ sig: 'AA==', keyid: null }] }, '/signatures/0/keyid'],
    [
      'half an assertion',
      { ...ok, signatures: [{ sig: 'AA==', webauthn: { authenticatorData: 'AA' } }] },
      '/signatures/0/webauthn/clientDataJSON',
    ],
  ])('refuses %s', (_name, value, at) => {
    const result = parseEnvelope(value);
    expect(result.ok ? [] : result.refusal.complaints?.map((complaint) => complaint.at)).toContain(at);
  });

  test('refuses a field that is given twice', () => {
    expect(
      codeOf(
        readEnvelope(bytes('{"payloadType":"a","payload":"AA==","payload":"AQ==","signatures":[{"sig":"AA=="}]}')),
      ),
    ).toBe('malformed');
  });

  test('never throws on hostile JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        expect(parseEnvelope(value).ok).toBe(false);
      }),
    );
  });

  test('attaching keeps what is there', () => {
    const one = signEnvelope(TYPE, body, [alice]);
    const two = attachSignature(one, { keyid: 'x', sig: 'AA==' });
    expect(two.signatures).toEqual([...one.signatures, { keyid: 'x', sig: 'AA==' }]);
    expect(one.signatures).toHaveLength(1);
    expect(must(payloadOf(two))).toEqual(body);
    expect(codeOf(addSignature({ ...one, payload: '*' }, bob))).toBe('malformed');
  });
});
