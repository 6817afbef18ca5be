/** Key files of the demo, made once and kept with mode 0600. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { generateSigner, loadSigner, signerPem, type SignerKey } from '@countersign/seal';

/** PKCS#8 PEM files under one folder, by name. */
export class Keyring {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  fileOf(name: string): string {
    return join(this.folder, `${name}.pem`);
  }

  /** Loads the key or makes a new Ed25519 one. */
  signer(name: string): SignerKey {
    const file = this.fileOf(name);
    if (!existsSync(file)) {
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
      writeFileSync(file, signerPem(generateSigner('ed25519')), { mode: 0o600, flag: 'wx' });
    }
    const signer = loadSigner(readFileSync(file, 'utf8'));
    if (!signer.ok) throw new Error(`${name}: ${signer.refusal.detail}`);
    return signer.value;
  }
}
