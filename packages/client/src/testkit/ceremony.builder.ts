/** People with SSH keys in a temporary folder, and the ceremony they hold: real key files, real commands. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import {
  generateSigner,
  openTrust,
  readTrustFolder,
  signerPem,
  sshPublicKeyLine,
  vkeyOf,
  type KeyKind,
  type OpenedTrust,
  type SignerKey,
} from '@countersign/seal';
import { list, parseInstant, plusMs, readShape, type Result, type Shape } from '@countersign/core';
import { anyText, view } from '../sdk/view-shape.ts';
import { cs, type Surroundings, type Told } from './cli.builder.ts';

export async function expectOk(told: Promise<Told>): Promise<void> {
  const { exit, err } = await told;
  if (exit !== 0) throw new Error(err);
}

const KINDS: readonly KeyKind[] = ['ed25519', 'p256'];

interface Shown {
  readonly drafts: readonly { readonly digest: string }[];
}
const digestsShape: Shape<Shown> = view<Shown>({
  drafts: list(view<Shown['drafts'][number]>({ digest: anyText }), { max: 2 }),
});

interface Founded {
  readonly keys: ReadonlyMap<string, SignerKey>;
  readonly log: string;
  readonly files: ReadonlyMap<string, Buffer>;
}
let founded: Founded | undefined;

const filesBelow = (folder: string): ReadonlyMap<string, Buffer> =>
  new Map(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((file) => [relative(folder, file), readFileSync(file)]),
  );

export class Ceremony {
  readonly home: string;
  readonly folder: string;
  readonly keys: Map<string, SignerKey> = new Map();
  log: string;
  now = '2026-11-21T03:00:00.000Z';

  constructor() {
    this.home = mkdtempSync(join(tmpdir(), 'cs-trust-'));
    this.folder = join(this.home, 'trust');
    this.log = vkeyOf('log', 'countersign/acme', generateSigner('ed25519').publicKey);
  }

  /** A person's private key file (0600) and `.pub` file; kinds alternate, so that every ceremony has both. */
  person(name: string): string {
    const key = generateSigner(KINDS[this.keys.size % 2] ?? 'ed25519');
    this.keys.set(name, key);
    writeFileSync(join(this.home, name), signerPem(key), { mode: 0o600 });
    writeFileSync(join(this.home, `${name}.pub`), `${sshPublicKeyLine(key.publicKey)} ${name}@acme\n`);
    return this.pub(name);
  }

  key(name: string): SignerKey {
    const key = this.keys.get(name);
    if (key === undefined) throw new Error(`nobody is called \`${name}\``);
    return key;
  }

  pub(name: string): string {
    return join(this.home, `${name}.pub`);
  }

  locator(name: string): string {
    return `file:${join(this.home, name)}`;
  }

  run(line: readonly string[], around: Partial<Surroundings> = {}): Promise<Told> {
    return cs(line, { url: 'http://127.0.0.1:9', now: this.now, ...around });
  }

  trust(command: string, ...more: readonly string[]): Promise<Told> {
    return this.run(['trust', command, this.folder, ...more]);
  }

  /** Three root holders of whom two must agree, two registrars, one online key. */
  async begin(...more: readonly string[]): Promise<Told> {
    for (const name of ['anna', 'boris', 'carla', 'rita', 'rolf', 'online'])
      if (!this.keys.has(name)) this.person(name);
    return this.trust(
      'init',
      '--organisation',
      'acme',
      '--root-threshold',
      '2',
      '--log',
      this.log,
      ...['anna', 'boris', 'carla'].flatMap((name) => ['--root', this.pub(name)]),
      ...['rita', 'rolf'].flatMap((name) => ['--registrar', `${name}=${this.pub(name)}`]),
      '--online',
      this.locator('online'),
      ...more,
    );
  }

  /** Digests of the drafts, in the order root, targets. */
  async digests(): Promise<readonly string[]> {
    const { out } = await this.run(['--json', 'trust', 'show', this.folder]);
    const shown = readShape(digestsShape, JSON.parse(out));
    return shown.ok ? shown.value.drafts.map(({ digest }) => digest) : [];
  }

  /** Signs as a script does: what is to be signed is named. */
  async sign(name: string, ...more: readonly string[]): Promise<Told> {
    const digests = (await this.digests()).flatMap((digest) => ['--digest', digest]);
    return this.trust('sign', '--key', this.locator(name), ...digests, ...more);
  }

  publish(...more: readonly string[]): Promise<Told> {
    return this.trust('publish', '--key', this.locator('online'), ...more);
  }

  /** From nothing to a first bundle in force. The plain one is held once a file and laid out again: it takes a second. */
  async found(...more: readonly string[]): Promise<void> {
    const isPlain = more.length === 0 && this.keys.size === 0;
    if (isPlain && founded !== undefined) return this.#layOut(founded);
    await this.#hold(more);
    if (isPlain) founded = { keys: new Map(this.keys), log: this.log, files: filesBelow(this.home) };
    return undefined;
  }

  #layOut({ keys, log, files }: Founded): void {
    for (const [name, key] of keys) this.keys.set(name, key);
    this.log = log;
    for (const [name, bytes] of files) {
      mkdirSync(dirname(join(this.home, name)), { recursive: true });
      writeFileSync(join(this.home, name), bytes, { mode: 0o600 });
    }
  }

  async #hold(more: readonly string[]): Promise<void> {
    for (const step of [
      () => this.begin(...more),
      ...['anna', 'carla', 'rita', 'rolf'].map((name) => () => this.sign(name)),
      () => this.publish(),
    ]) {
      const told = await step();
      if (told.exit !== 0) throw new Error(told.err);
    }
  }

  /** Everyone named signs, then it is published. */
  async publishedBy(...names: readonly string[]): Promise<void> {
    for (const name of names) await expectOk(this.sign(name));
    await expectOk(this.publish());
  }

  /** As a runner reads the folder that it was given on a stick. */
  tryToOpen(folder: string = this.folder, known?: OpenedTrust['versions']): Result<OpenedTrust> {
    const read = (name: string): Uint8Array | undefined =>
      existsSync(join(folder, name)) ? readFileSync(join(folder, name)) : undefined;
    const metadata = readTrustFolder(read);
    if (!metadata.ok) return metadata;
    const root = readFileSync(join(folder, '1.root.json'));
    return openTrust(metadata.value, { root, ...(known !== undefined && { known }) });
  }

  opened(folder?: string, known?: OpenedTrust['versions']): OpenedTrust {
    const trust = this.tryToOpen(folder, known);
    if (!trust.ok) throw new Error(trust.refusal.detail);
    return trust.value;
  }

  later(days: number): string {
    const now = parseInstant(this.now);
    if (now === undefined) throw new Error('the clock of the test is wrong');
    return plusMs(now, days * 86_400_000);
  }

  draftText(name: string): string {
    return this.file(join('draft', name)).toString();
  }

  file(name: string): Buffer {
    return readFileSync(join(this.folder, name));
  }

  names(): readonly string[] {
    return readdirSync(this.folder, { recursive: true }).map(String).toSorted();
  }

  remove(): void {
    rmSync(this.home, { recursive: true });
  }
}
