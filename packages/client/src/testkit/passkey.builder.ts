/** An authenticator in memory: what a browser would return for a challenge, made with a real P-256 key. */
import { generateSigner, sha256, type SignerKey } from '@countersign/seal';

const USER_PRESENT_AND_VERIFIED = 0x05;
const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');

export class TestPasskey {
  readonly #key: SignerKey = generateSigner('p256');
  readonly rpId: string = 'approve.example';
  readonly origin: string = 'https://approve.example';
  readonly id: string = base64url(Buffer.from('credential-of-a-test'));

  /** COSE_Key of ES256 (RFC 9053). */
  get cose(): string {
    const point = this.#key.publicKey.point();
    const head = Buffer.from('a5010203262001215820', 'hex');
    return base64url(Buffer.concat([head, point.subarray(1, 33), Buffer.from('225820', 'hex'), point.subarray(33)]));
  }

  /** As it stands in a roster, without times. */
  get credential(): object {
    const { id, cose, rpId, origin } = this;
    return { kind: 'passkey', id, cose, rpId, origins: [origin], allowBackup: false };
  }

  /** `AuthenticationResponseJSON`; a test changes the page or the flags. */
  assert(
    challenge: string,
    change: { readonly origin?: string; readonly flags?: number; readonly id?: string } = {},
  ): object {
    const { origin = this.origin, flags = USER_PRESENT_AND_VERIFIED, id = this.id } = change;
    const clientData = Buffer.from(JSON.stringify({ type: 'webauthn.get', challenge, origin, crossOrigin: false }));
    const authenticatorData = Buffer.concat([sha256(Buffer.from(this.rpId)), Buffer.from([flags, 0, 0, 0, 9])]);
    const signature = this.#key.sign(Buffer.concat([authenticatorData, sha256(clientData)]));
    return {
      id,
      rawId: id,
      type: 'public-key',
      response: {
        authenticatorData: base64url(authenticatorData),
        clientDataJSON: base64url(clientData),
        signature: base64url(signature),
      },
      clientExtensionResults: {},
    };
  }
}
