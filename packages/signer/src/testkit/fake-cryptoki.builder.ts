/** A PKCS#11 library in memory: one token, one key pair, and faults on demand, which real tokens show only when they break. */
import { generateSigner, type KeyKind, type SignerKey } from '@countersign/seal';
import type { Attribute, Cryptoki, Handle } from '../pkcs11/module.parse.ts';

export const FAKE_PIN = '1234';
type Call = keyof Cryptoki;

/** As `pkcs11js` throws them. */
export class CkrError extends Error {
  readonly code: number;

  constructor(name: string, code: number) {
    super(`${name}:${code}`);
    this.code = code;
  }
}

interface Made {
  readonly attributes: ReadonlyMap<number, Buffer>;
}

export class FakeCryptoki implements Cryptoki {
  key: SignerKey;
  pin: string = FAKE_PIN;
  labels: readonly string[] = ['release'];
  objects: Made[];
  readonly calls: Call[] = [];
  /** Throws at the next call of this name, once. */
  readonly faults: Map<Call, CkrError> = new Map();
  /** Replaces what the next signature answers. */
  answer: Buffer | undefined;
  #found: readonly Handle[] = [];
  #isSigning = false;

  constructor(kind: KeyKind = 'ed25519') {
    this.key = generateSigner(kind);
    this.objects = this.pair('capsule', this.key);
  }

  pair(label: string, key: SignerKey, change: ReadonlyMap<number, Buffer> = new Map()): Made[] {
    const isP256 = key.kind === 'p256';
    const point = Buffer.from(key.publicKey.point());
    const shared: readonly (readonly [number, Buffer])[] = [
      [0x03, Buffer.from(label)],
      [0x1_00, Buffer.from([isP256 ? 3 : 0x40])],
      [0x1_02, Buffer.from([1])],
      [0x1_62, Buffer.from([0])],
      [0x1_80, Buffer.from(isP256 ? '06082a8648ce3d030107' : '06032b6570', 'hex')],
      [0x1_81, Buffer.concat([Buffer.from([4, point.length]), point])],
      ...change,
    ];
    return [2, 3].map((type) => ({ attributes: new Map([[0x00, Buffer.from([type])], ...shared]) }));
  }

  #call(name: Call): void {
    this.calls.push(name);
    const fault = this.faults.get(name);
    this.faults.delete(name);
    if (fault !== undefined) throw fault;
  }

  load(): void {
    this.#call('load');
  }

  C_Initialize(): void {
    this.#call('C_Initialize');
  }

  C_GetSlotList(): Handle[] {
    this.#call('C_GetSlotList');
    return this.labels.map((_label, index) => Buffer.from([index]));
  }

  C_GetTokenInfo(slot: Handle): { readonly label: string } {
    this.#call('C_GetTokenInfo');
    return { label: (this.labels[slot[0] ?? 0] ?? '').padEnd(32) };
  }

  C_OpenSession(): Handle {
    this.#call('C_OpenSession');
    this.#isSigning = false;
    return Buffer.from([7]);
  }

  C_CloseSession(): void {
    this.#call('C_CloseSession');
  }

  C_Login(_session: Handle, _user: number, pin: string): void {
    this.#call('C_Login');
    if (pin !== this.pin) throw new CkrError('CKR_PIN_INCORRECT', 0xa0);
  }

  C_FindObjectsInit(_session: Handle, template: readonly Attribute[]): void {
    this.#call('C_FindObjectsInit');
    const fits = ({ attributes }: Made): boolean =>
      template.every(({ type, value }) => {
        const wanted =
          typeof value === 'number'
            ? Buffer.from([value])
            : Buffer.from(value instanceof Buffer ? value : String(value));
        return attributes.get(type)?.equals(wanted) === true;
      });
    this.#found = this.objects.flatMap((made, index) => (fits(made) ? [Buffer.from([index])] : []));
  }

  C_FindObjects(_session: Handle, most: number): Handle[] {
    this.#call('C_FindObjects');
    return this.#found.slice(0, most);
  }

  C_FindObjectsFinal(): void {
    this.#call('C_FindObjectsFinal');
  }

  C_GetAttributeValue(_session: Handle, object: Handle, template: readonly Attribute[]): { readonly value: Buffer }[] {
    this.#call('C_GetAttributeValue');
    const made = this.objects[object[0] ?? 0];
    return template.map(({ type }) => ({ value: made?.attributes.get(type) ?? Buffer.alloc(0) }));
  }

  C_SignInit(): void {
    this.#call('C_SignInit');
    if (this.#isSigning) throw new CkrError('CKR_OPERATION_ACTIVE', 0x90);
    this.#isSigning = true;
  }

  C_Sign(_session: Handle, data: Buffer): Buffer {
    this.#call('C_Sign');
    this.#isSigning = false;
    const { answer } = this;
    this.answer = undefined;
    if (answer !== undefined) return answer;
    if (this.key.kind === 'ed25519') return Buffer.from(this.key.sign(data));
    throw new Error(`the fake signs with Ed25519 only, not a hash of ${data.length} bytes`);
  }

  count(name: Call): number {
    return this.calls.filter((one) => one === name).length;
  }
}
