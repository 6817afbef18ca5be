/** A real SoftHSM token of a test's own. The library reads its configuration once, so a test file has one folder of tokens. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const SOFTHSM = '/usr/lib/softhsm/libsofthsm2.so';
export const PIN = '493817';
const CURVES = { p256: 'EC:prime256v1', ed25519: 'EC:edwards25519', p384: 'EC:secp384r1', rsa: 'rsa:2048' } as const;

/** SoftHSM, its tools and the bridge are there; without them these tests have nothing to run against. */
export function hasSoftToken(): boolean {
  try {
    createRequire(import.meta.url)('pkcs11js');
  } catch {
    // Never built here: `npm run build:pkcs11`.
    return false;
  }
  return existsSync(SOFTHSM) && spawnSync('pkcs11-tool', ['--version']).error === undefined;
}

export class SoftTokens {
  readonly folder: string;
  readonly pinFile: string;

  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), 'cs-token-'));
    this.pinFile = join(this.folder, 'pin');
    mkdirSync(join(this.folder, 'tokens'));
    const configuration = join(this.folder, 'softhsm2.conf');
    writeFileSync(
      configuration,
      `directories.tokendir = ${join(this.folder, 'tokens')}\nobjectstore.backend = file\nlog.level = ERROR\n`,
    );
    writeFileSync(this.pinFile, `${PIN}\n`, { mode: 0o600 });
    process.env['SOFTHSM2_CONF'] = configuration;
  }

  addToken(label: string): void {
    run('softhsm2-util', ['--init-token', '--free', '--label', label, '--pin', PIN, '--so-pin', '8812345']);
  }

  addKey(
    token: string,
    label: string,
    more: { readonly curve: keyof typeof CURVES; readonly id: string; readonly options?: readonly string[] },
  ): void {
    const made = ['--keypairgen', '--key-type', CURVES[more.curve], '--label', label, '--id', more.id];
    run('pkcs11-tool', [...loginTo(token), ...made, ...(more.options ?? [])]);
  }

  removePublicKey(token: string, label: string): void {
    run('pkcs11-tool', [...loginTo(token), '--delete-object', '--type', 'pubkey', '--label', label]);
  }

  locator(token: string, object: string): string {
    return `pkcs11:module=${SOFTHSM};token=${token};object=${object};pin-file=${this.pinFile}`;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const loginTo = (token: string): readonly string[] => [
  '--module',
  SOFTHSM,
  '--token-label',
  token,
  '--login',
  '--pin',
  PIN,
];

function run(program: string, options: readonly string[]): void {
  const { status, stderr, error } = spawnSync(program, options, { encoding: 'utf8' });
  if (status !== 0) throw error ?? new Error(stderr);
}
