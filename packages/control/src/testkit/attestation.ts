/** Authenticators of a maker for tests: certificates by openssl, and what a browser returns when a passkey is made. */
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes, sign as signBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Certificate {
  readonly der: Buffer;
  readonly pem: string;
  readonly keyPem: string;
}
interface Wanted {
  readonly name: string;
  readonly isAuthority?: boolean;
  readonly issuer?: Certificate;
}

const YEARS = ['-startdate', '20200101000000Z', '-enddate', '20990101000000Z'];
const CONFIG = `[ca]
default_ca = one
[one]
database = index
rand_serial = yes
default_md = sha256
policy = any
[any]
countryName = supplied
organizationName = supplied
organizationalUnitName = supplied
commonName = supplied
`;

/** A certificate of all those years; WebAuthn 8.2.1 says what the subject of a leaf holds. */
export function chainOf({ name, isAuthority = false, issuer }: Wanted): Certificate {
  const folder = mkdtempSync(join(tmpdir(), 'attestation-'));
  const write = (base: string, text: string): void => writeFileSync(join(folder, base), text);
  const openssl = (command: string, ...args: readonly string[]): void =>
    void execFileSync('openssl', [...command.split(' '), ...args], { cwd: folder, stdio: 'pipe' });
  try {
    const subject = `/C=SE/O=Maker/OU=Authenticator Attestation/CN=${name}`;
    const key = 'req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key -out req -subj';
    openssl(key, subject);
    write('config', CONFIG);
    write('index', '');
    write('ext', `basicConstraints=critical,CA:${isAuthority ? 'TRUE' : 'FALSE'}\n`);
    write('ca', issuer?.pem ?? '');
    write('ca-key', issuer?.keyPem ?? '');
    const by = issuer === undefined ? '-selfsign -keyfile key' : '-cert ca -keyfile ca-key';
    openssl(`ca -batch -config config -notext -outdir . -in req -out cert -extfile ext ${by}`, ...YEARS);
    openssl('x509 -in cert -outform DER -out der');
    const read = (base: string): Buffer => readFileSync(join(folder, base));
    return { der: read('der'), pem: read('cert').toString(), keyPem: read('key').toString() };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const head = (major: number, length: number): Buffer =>
  length < 24
    ? Buffer.of(major + length)
    : length < 256
      ? Buffer.of(major + 24, length)
      : Buffer.of(major + 25, length >> 8, length & 255);
const bytesItem = (bytes: Uint8Array): Buffer => Buffer.concat([head(0x40, bytes.length), bytes]);
const textItem = (text: string): Buffer => Buffer.concat([head(0x60, text.length), Buffer.from(text)]);
const coseEd25519 = (point: Uint8Array): Buffer =>
  Buffer.concat([Buffer.of(0xa4, 0x01, 0x01, 0x03, 0x27, 0x20, 0x06, 0x21), bytesItem(point)]);

interface Statement {
  readonly chain: readonly Uint8Array[];
  readonly sig?: Uint8Array;
}

function objectOf({ chain, sig = new Uint8Array(8) }: Statement, authData: Uint8Array): Uint8Array<ArrayBuffer> {
  const x5c = [textItem('x5c'), head(0x80, chain.length), ...chain.map(bytesItem)];
  const statement = [
    head(0xa0, chain.length > 0 ? 3 : 2),
    textItem('alg'),
    Buffer.of(0x26),
    textItem('sig'),
    bytesItem(sig),
  ];
  return Uint8Array.from(
    Buffer.concat([
      Buffer.of(0xa3),
      textItem('fmt'),
      textItem('packed'),
      textItem('attStmt'),
      ...statement,
      ...(chain.length > 0 ? x5c : []),
      textItem('authData'),
      bytesItem(authData),
    ]),
  );
}

/** Only the statement counts here. */
export const attestationOf = (chain: readonly Uint8Array[]): Uint8Array<ArrayBuffer> =>
  objectOf({ chain }, new Uint8Array(37));

export interface Authenticator {
  readonly challenge: string;
  readonly origin: string;
  readonly rpId: string;
  readonly flags: number;
  readonly point: Uint8Array;
  readonly aaguid: Uint8Array;
  /** Who vouches for it. */
  readonly by: Certificate;
}

/** A registration with packed attestation, as a browser sends it. */
export function attestedRegistration({ challenge, origin, rpId, flags, point, aaguid, by }: Authenticator): object {
  const id = randomBytes(16);
  const authData = Buffer.concat([
    createHash('sha256').update(rpId).digest(),
    Buffer.of(flags, 0, 0, 0, 0),
    aaguid,
    Buffer.of(0, id.length),
    id,
    coseEd25519(point),
  ]);
  const clientData = Buffer.from(JSON.stringify({ type: 'webauthn.create', challenge, origin, crossOrigin: false }));
  const signed = Buffer.concat([authData, createHash('sha256').update(clientData).digest()]);
  const attestation = objectOf({ chain: [by.der], sig: signBytes('sha256', signed, by.keyPem) }, authData);
  const credential = id.toString('base64url');
  return {
    id: credential,
    rawId: credential,
    type: 'public-key',
    clientExtensionResults: {},
    response: {
      clientDataJSON: clientData.toString('base64url'),
      attestationObject: Buffer.from(attestation).toString('base64url'),
    },
  };
}
