/** An authenticator in software and the page around it: the same key can sit on a page of the server or on one of the organisation. */
import { createHash } from 'node:crypto';
import {
  attachSignature,
  challengeOf,
  decodeBase64,
  encodeBase64Url,
  passkeySignature,
  publicKeyOf,
  type DsseEnvelope,
  type SignerKey,
} from '@countersign/seal';
import type { Keyring } from '../../demo/keyring.ts';

/** Where a passkey was made, and who delivers that page. */
export interface SigningPage {
  readonly name: string;
  readonly origin: string;
  readonly rpId: string;
  readonly surface: 'served' | 'own';
}

export const CONSOLE: SigningPage = {
  name: 'console',
  origin: 'https://control.example',
  rpId: 'control.example',
  surface: 'served',
};
export const OWN_PAGE: SigningPage = {
  name: 'own-page',
  origin: 'https://approve.example',
  rpId: 'approve.example',
  surface: 'own',
};

const signerOf = (keys: Keyring, page: SigningPage): SignerKey => keys.signer(`passkeys/${page.name}`);
const idOn = (page: SigningPage): string => encodeBase64Url(Buffer.from(page.name));
/** COSE of an Ed25519 key: `{1: 1, 3: -8, -1: 6, -2: x}`. */
const COSE_HEAD = Buffer.from('a4010103272006215820', 'hex');

/** As the registrars write it down. */
export const passkeyOn = (keys: Keyring, page: SigningPage): object => ({
  kind: 'passkey',
  id: idOn(page),
  cose: encodeBase64Url(Buffer.concat([COSE_HEAD, publicKeyOf(signerOf(keys, page)).point()])),
  rpId: page.rpId,
  origins: [page.origin],
  allowBackup: false,
  surface: page.surface,
  enrolledAt: '2026-01-01T00:00:00.000Z',
  usableFrom: '2026-01-02T00:00:00.000Z',
});

/** The document as a browser on `shown` has it signed by the passkey that was made on `page`. */
export function signedOn(
  keys: Keyring,
  document: DsseEnvelope,
  { page, shown = page }: { readonly page: SigningPage; readonly shown?: SigningPage },
): DsseEnvelope {
  const body = decodeBase64(document.payload) ?? new Uint8Array();
  const challenge = encodeBase64Url(challengeOf(document.payloadType, body));
  const client = { type: 'webauthn.get', challenge, origin: shown.origin, crossOrigin: false };
  const clientDataJSON = Buffer.from(JSON.stringify(client));
  const authenticatorData = Buffer.concat([hash(shown.rpId), Buffer.of(0x05, 0, 0, 0, 1)]);
  const signature = signerOf(keys, page).sign(Buffer.concat([authenticatorData, hash(clientDataJSON)]));
  return attachSignature(
    { ...document, signatures: [] },
    passkeySignature(idOn(page), { authenticatorData, clientDataJSON, signature }),
  );
}

const hash = (bytes: string | Uint8Array): Buffer => createHash('sha256').update(bytes).digest();
