/** The two moments in which the browser talks to the authenticator. */
import {
  startAuthentication,
  startRegistration,
  type PublicKeyCredentialCreationOptionsJSON,
} from '@simplewebauthn/browser';
import type { Client } from '@countersign/client';
import { passkeysOf, peopleIn } from './roster.ts';
import {
  approvalOf,
  currentInstant,
  newNonce,
  signedApproval,
  unsigned,
  type PageSurface,
  type Signer,
} from './approval.ts';
import type { OpenCapsule } from '../capsule/open-capsule.ts';

const CEREMONY_MS = 120_000;
const POLL_MS = 1000;
const ROSTER_WAIT_MS = 120_000;

export interface Signing {
  readonly opened: OpenCapsule;
  readonly signer: Signer;
  /** Passkeys of this person; any other would sign in vain. */
  readonly passkeys: readonly string[];
  readonly surface: PageSurface;
}

/** Signs the digest of what this page shows, and hands the signature in. */
export async function countersign(client: Client, { opened, signer, passkeys, surface }: Signing): Promise<void> {
  const document = await unsigned(approvalOf(opened, signer, { now: currentInstant(), nonce: newNonce(), surface }));
  const assertion = await startAuthentication({
    optionsJSON: {
      challenge: document.challenge,
      rpId: location.hostname,
      allowCredentials: passkeys.map((id) => ({ id, type: 'public-key' })),
      userVerification: 'required',
      timeout: CEREMONY_MS,
    },
  });
  if (!passkeys.includes(assertion.id)) throw new Error('the authenticator used a passkey of somebody else');
  await client.approve(signedApproval(document, assertion));
}

/** Makes a passkey and waits until a trust bundle that the root keys signed holds it; before that it counts for nothing. */
export async function register(client: Client, person: string, stop: AbortSignal): Promise<void> {
  const options = await client.passkeyOptions(person);
  if (!isCreationOptions(options)) throw new Error('the server did not offer a registration');
  const response = await startRegistration({ optionsJSON: options });
  const { id } = await client.enrolPasskey(person, response);
  for (let waitedMs = 0; waitedMs < ROSTER_WAIT_MS && !stop.aborted; waitedMs += POLL_MS) {
    const { trust } = await client.trust();
    if (passkeysOf(peopleIn(trust), { person, origin: location.origin }).includes(id)) return;
    await new Promise((done) => setTimeout(done, POLL_MS));
  }
  throw new Error('the registrars have not put the passkey into the trust bundle yet; reload this page later');
}

/** The browser checks the rest of it. */
const isCreationOptions = (value: unknown): value is PublicKeyCredentialCreationOptionsJSON =>
  typeof value === 'object' && value !== null && 'challenge' in value && 'rp' in value && 'user' in value;
