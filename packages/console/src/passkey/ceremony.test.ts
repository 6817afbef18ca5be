/** What the page asks of the authenticator and hands in (A2): the digest of what it shows, by a passkey of this person and no other. */
import type { Client, SignedDocument } from '@countersign/client';
import type { PersonId, Role } from '@countersign/core';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { canonical } from '../capsule/canonical.ts';
import { bytesOf, fromBase64, sha256, textOf, toBase64, toBase64Url } from '../capsule/encoding.ts';
import { reviewOf } from '../testkit/page.builder.tsx';
import { preAuthEncoding } from './approval.ts';
import { countersign, register } from './ceremony.ts';

const ORIGIN = 'https://control.example';
const NOW = '2026-11-21T03:00:00.000Z';
const bytes = (text: string): ArrayBuffer => bytesOf(text).buffer;
const OWN = toBase64Url(bytesOf('key-of-ana'));
const signer = { person: 'ana' as PersonId, role: 'release-approver' as Role };

interface Asked {
  readonly challenge: string;
  readonly rpId: string;
  readonly userVerification: string;
  readonly allowed: readonly string[];
}
let asked: Asked[];
/** The passkey that the authenticator uses, whatever it was asked for. */
let used: string;
let handedIn: SignedDocument[];

const text = (given: BufferSource): string =>
  toBase64Url(new Uint8Array(given instanceof ArrayBuffer ? given : given.buffer.slice(0)));
beforeEach(() => {
  [asked, handedIn, used] = [[], [], OWN];
  vi.useFakeTimers({ now: new Date(NOW), toFake: ['Date'] });
  vi.stubGlobal('location', { hostname: 'control.example', origin: ORIGIN });
  vi.stubGlobal('PublicKeyCredential', () => undefined);
  vi.stubGlobal('navigator', {
    credentials: {
      get: async ({ publicKey }: { readonly publicKey: PublicKeyCredentialRequestOptions }) => {
        asked.push({
          challenge: text(publicKey.challenge),
          rpId: publicKey.rpId ?? '',
          userVerification: publicKey.userVerification ?? '',
          allowed: (publicKey.allowCredentials ?? []).map(({ id }) => text(id)),
        });
        return {
          id: used,
          rawId: bytes('raw'),
          type: 'public-key',
          response: {
            authenticatorData: bytes('authenticator'),
            clientDataJSON: bytes('{}'),
            signature: bytes('signature'),
            userHandle: null,
          },
          getClientExtensionResults: () => ({}),
        };
      },
    },
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const client = {
  approve: async (document: SignedDocument) => void handedIn.push(document),
} as unknown as Client;
const sign = async (passkeys: readonly string[] = [OWN]): Promise<void> => {
  const { opened } = await reviewOf();
  await countersign(client, { opened, signer, passkeys, surface: 'console' });
};
const payloadText = (): string => textOf(fromBase64(handedIn[0]?.payload ?? '') ?? new Uint8Array()) ?? '';

describe('A2: countersigning on a page', () => {
  test('the challenge is the digest of the bytes that are handed in, and of nothing else', async () => {
    await sign();
    const payload = payloadText();
    const encoded = preAuthEncoding(handedIn[0]?.payloadType ?? '', payload);
    expect(asked[0]?.challenge).toBe(toBase64Url(await sha256(encoded)));
    expect(canonical(JSON.parse(payload))).toBe(payload);
  });

  test('what is signed names the capsule and the page that were read here, by whom, where and until when', async () => {
    const { opened } = await reviewOf();
    await sign();
    expect(JSON.parse(payloadText())).toMatchObject({
      type: 'approval',
      capsule: opened.digest,
      shown: opened.pageDigest,
      person: 'ana',
      role: 'release-approver',
      surface: 'console',
      signedAt: NOW,
      expiresAt: '2026-11-21T11:00:00.000Z',
    });
  });

  test('each signature has a nonce of its own', async () => {
    await sign();
    const first = JSON.parse(payloadText()) as { readonly nonce: string };
    handedIn = [];
    await sign();
    expect(JSON.parse(payloadText())).not.toMatchObject({ nonce: first.nonce });
  });

  test('the authenticator has to verify its user, for this host, with a passkey of this person', async () => {
    await sign();
    expect(asked).toMatchObject([{ rpId: 'control.example', userVerification: 'required', allowed: [OWN] }]);
  });

  test('a passkey of somebody else is refused, and nothing is handed in', async () => {
    used = toBase64Url(bytesOf('key-of-sam'));
    await expect(sign()).rejects.toThrow('a passkey of somebody else');
    expect(handedIn).toEqual([]);
  });

  test('whoever cancels at the authenticator hands in nothing', async () => {
    vi.stubGlobal('navigator', {
      credentials: { get: async () => Promise.reject(new DOMException('cancelled', 'NotAllowedError')) },
    });
    await expect(sign()).rejects.toThrow('cancelled');
    expect(handedIn).toEqual([]);
  });

  test('an approval never lives longer than its capsule', async () => {
    vi.setSystemTime(new Date('2026-11-22T01:00:00.000Z'));
    await sign();
    expect(JSON.parse(payloadText())).toMatchObject({ expiresAt: '2026-11-22T02:00:00.000Z' });
  });
});

describe('A2: registering a passkey', () => {
  test.each([[undefined], [null], ['text'], [{}], [{ challenge: 'x', rp: {} }]])(
    'starts with an offer of the server and with nothing else: %j',
    async (offer) => {
      const server = { passkeyOptions: async () => offer } as unknown as Client;
      await expect(register(server, 'ana', new AbortController().signal)).rejects.toThrow('did not offer');
    },
  );

  test('is not done before a trust bundle holds it: leaving the page ends the wait with that word', async () => {
    const response = {
      attestationObject: bytes('a'),
      clientDataJSON: bytes('{}'),
      getTransports: () => ['internal'],
    };
    vi.stubGlobal('navigator', {
      credentials: {
        create: async () => ({
          id: OWN,
          rawId: bytes('raw'),
          type: 'public-key',
          response,
          getClientExtensionResults: () => ({}),
        }),
      },
    });
    const offered = {
      challenge: toBase64Url(bytesOf('challenge')),
      rp: { name: 'x', id: 'control.example' },
      user: { id: toBase64Url(bytesOf('ana')), name: 'ana', displayName: 'Ana' },
      pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
    };
    const enrolled: string[] = [];
    const server = {
      passkeyOptions: async () => offered,
      enrolPasskey: async (person: string) => {
        enrolled.push(person);
        return { id: OWN };
      },
      trust: async () => ({
        trust: { roots: [], timestamp: '', snapshot: '', targets: '', bundle: toBase64(bytesOf('{}')) },
      }),
    } as unknown as Client;
    await expect(register(server, 'ana', AbortSignal.abort())).rejects.toThrow('have not put the passkey');
    expect(enrolled).toEqual(['ana']);
  });
});
