/**
 * Who this gateway is (O4): a key made here, which never leaves the folder, and a certificate of a day. The first one is asked for with
 * an invitation that a person carries in; later ones with the certificate there is, once half of its time is over.
 */
import { X509Certificate } from 'node:crypto';
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  object,
  ok,
  refuse,
  text,
  type EnclaveId,
  type Instant,
  type OrganisationId,
  type Result,
  type Shape,
} from '@countersign/core';
import {
  gatewayInvitationShape,
  generateSigner,
  loadSigner,
  signerPem,
  signGatewayEnrolment,
  type GatewayInvitation,
  type SignerKey,
} from '@countersign/seal';
import { readBounded, readBytes, readDocument } from '../preflight/read-file.ts';
import type { Caller, Credentials } from '../watch/ask.ts';

export interface GatewayName {
  readonly organisation: OrganisationId;
  readonly enclave: EnclaveId;
}

interface CertificateAnswer {
  readonly certificate: string;
  readonly authority: string;
  readonly notAfter: string;
}
const answerShape: Shape<CertificateAnswer> = object<CertificateAnswer>({
  certificate: text({ min: 100, max: 8192 }),
  authority: text({ min: 100, max: 8192 }),
  notAfter: text({ min: 20, max: 30 }),
});

const MAX_BYTES = 16_384;
const TIMEOUT_MS = 30_000;

export class GatewayIdentity {
  readonly #folder: string;
  readonly #name: GatewayName;
  readonly #now: () => Instant;

  constructor(folder: string, name: GatewayName, now: () => Instant) {
    this.#folder = folder;
    this.#name = name;
    this.#now = now;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  #at(name: string): string {
    return join(this.#folder, name);
  }

  #read(name: string): string | undefined {
    const bytes = readBounded(this.#at(name), MAX_BYTES);
    return bytes.ok ? new TextDecoder().decode(bytes.value) : undefined;
  }

  /** Written beside and put in place at once. */
  #write(name: string, content: string, mode = 0o600): void {
    const part = `${this.#at(name)}.part`;
    writeFileSync(part, content, { mode, flush: true });
    renameSync(part, this.#at(name));
  }

  /** What TLS needs; undefined while there is no certificate that counts. */
  credentials(): Credentials | undefined {
    const [key, cert, ca] = [this.#read('gateway.key'), this.#read('certificate.pem'), this.#read('authority.pem')];
    if (key === undefined || cert === undefined || ca === undefined) return undefined;
    return Date.parse(new X509Certificate(cert).validTo) > Date.parse(this.#now()) ? { key, cert, ca } : undefined;
  }

  /** Enrols or renews when it is time to; `ask` is a caller that presents what `credentials` says. */
  async keep(url: string, caller: Caller): Promise<Result<'kept' | 'enrolled' | 'renewed'>> {
    const invitation = this.#invitation();
    if (invitation?.ok === false) return invitation;
    if (invitation !== undefined) return this.#enrol(invitation.value, caller);
    const credentials = this.credentials();
    if (credentials === undefined)
      return refuse('not-enrolled', 'this gateway has no certificate; put an invitation into its identity folder', {
        clause: 'O4',
        next: ['have a registrar run `cs enclave invite`', `put the file into ${this.#folder} as invitation.json`],
      });
    return this.#isHalfOver(credentials.cert) ? this.#renew(url, caller) : ok('kept');
  }

  #invitation(): Result<GatewayInvitation> | undefined {
    const file = this.#at('invitation.json');
    if (!existsSync(file)) return undefined;
    const read = readDocument(file, gatewayInvitationShape);
    if (!read.ok) return read;
    const { organisation, enclave } = read.value;
    return organisation === this.#name.organisation && enclave === this.#name.enclave
      ? read
      : refuse('invitation-other', 'the invitation is for another enclave', { clause: 'O4' });
  }

  #isHalfOver(cert: string): boolean {
    const { validFrom, validTo } = new X509Certificate(cert);
    return Date.parse(this.#now()) >= (Date.parse(validFrom) + Date.parse(validTo)) / 2;
  }

  async #enrol(invitation: GatewayInvitation, caller: Caller): Promise<Result<'enrolled'>> {
    // From now on this authority is believed, because a person carried it in; nothing it signs is authority over a target.
    this.#write('authority.pem', invitation.authority);
    const key = this.#key('gateway.key');
    if (!key.ok) return key;
    const body = { secret: invitation.secret, request: this.#request(key.value) };
    const url = `${invitation.url}/api/v1/enclaves/enrolment`;
    const answer = await this.#ask(caller, { url, body, ca: invitation.authority });
    if (!answer.ok) return answer;
    const stored = this.#store(answer.value, key.value);
    if (!stored.ok) return stored;
    rmSync(this.#at('invitation.json'));
    return ok('enrolled');
  }

  /** A new key each time: what was stolen of the old one is over with it. */
  async #renew(url: string, caller: Caller): Promise<Result<'renewed'>> {
    const next = generateSigner('p256');
    const answer = await this.#ask(caller, {
      url: `${url}/api/v1/enclaves/${this.#name.enclave}/certificate`,
      body: { request: this.#request(next) },
    });
    if (!answer.ok) return answer;
    const stored = this.#store(answer.value, next);
    return stored.ok ? ok('renewed') : stored;
  }

  #request(key: SignerKey): object {
    return signGatewayEnrolment({ ...this.#name, requestedAt: this.#now() }, key);
  }

  /** The key that is there, or a new one: a crash between asking and storing asks again with the same. */
  #key(name: string): Result<SignerKey> {
    const known = this.#read(name);
    if (known !== undefined) return loadSigner(known);
    const made = generateSigner('p256');
    this.#write(name, signerPem(made));
    return ok(made);
  }

  async #ask(
    caller: Caller,
    { url, body, ca }: { readonly url: string; readonly body: object; readonly ca?: string },
  ): Promise<Result<CertificateAnswer>> {
    const answer = await caller.ask({
      method: 'POST',
      url,
      headers: { 'content-type': 'application/json' },
      body: Buffer.from(JSON.stringify(body)),
      timeoutMs: TIMEOUT_MS,
      ...(ca !== undefined && { ca }),
    });
    if (!answer.ok) return answer;
    const { status } = answer.value;
    return status === 200
      ? readBytes(answer.value.body, answerShape, MAX_BYTES)
      : refuse('not-certified', `control answered with status ${status}`, { clause: 'O4' });
  }

  /** Key and certificate belong together, or neither is taken. The key is put in place first: alone it is no certificate. */
  #store({ certificate }: CertificateAnswer, key: SignerKey): Result<true> {
    const spki = certificateKey(certificate);
    if (spki === undefined || Buffer.compare(spki, key.publicKey.spki()) !== 0)
      return refuse('not-certified', 'the certificate is not for the key that asked for it', { clause: 'O4' });
    this.#write('gateway.key', signerPem(key));
    this.#write('certificate.pem', certificate);
    return ok(true);
  }
}

function certificateKey(pem: string): Uint8Array | undefined {
  try {
    return new X509Certificate(pem).publicKey.export({ format: 'der', type: 'spki' });
  } catch {
    // Not a certificate at all.
    return undefined;
  }
}
