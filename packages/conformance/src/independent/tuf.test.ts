// The trust folder as `cs trust` writes it, read by tuf-js: another program must find the same bundle, and refuse what we refuse.
import { mkdirSync, mkdtempSync, readFileSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { instantOf, parseId, plusMs, type TrustBundle } from '@countersign/core';
import {
  generateSigner,
  makeRoot,
  openTrust,
  publishRoot,
  publishTrust,
  readTrustFolder,
  signTufMetadata,
  sshPublicKeyLine,
  trustFiles,
  tufFileBytes,
  tufKeyOf,
  tufKeyOfSsh,
  type TrustMetadata,
} from '@countersign/seal';
import { BaseFetcher, Updater } from 'tuf-js';
import { afterAll, describe, expect, test } from 'vitest';
import { demoTrustBundle } from '../demo/trust.ts';
import { Keyring } from '../demo/keyring.ts';

const DAY_MS = 86_400_000;
const now = instantOf(Date.now());
const base = mkdtempSync(join(tmpdir(), 'countersign-tuf-'));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const key = () => generateSigner('ed25519');
const [rootA, rootB, rootC] = [key(), generateSigner('p256'), key()] as const;
const registrars = [key(), generateSigner('p256')] as const;
const online = key();
const stranger = key();
const bundleOf = (version: number): TrustBundle => ({
  ...demoTrustBundle(new Keyring(join(base, 'keys')), { now, version, passkeys: {} }),
  organisation: parseId<'Organisation'>('demo')!,
});
const rootOf = (version: number, change: Partial<Parameters<typeof publishRoot>[0]> = {}): Uint8Array =>
  publishRoot({
    organisation: 'demo',
    isDemo: true,
    version,
    expires: plusMs(now, 365 * DAY_MS),
    root: { keys: [rootA, rootB, rootC], threshold: 2 },
    registrars: { keys: registrars, threshold: 2 },
    online,
    ...change,
  });
const ROOT = rootOf(1);
const trustOf = (version: number, change: Partial<Parameters<typeof publishTrust>[0]> = {}): TrustMetadata =>
  publishTrust({
    bundle: bundleOf(version),
    roots: [ROOT],
    registrars,
    online,
    onlineExpires: plusMs(now, 7 * DAY_MS),
    ...change,
  });

/** tuf-js knows that a file is missing by this error alone, and does not export it. */
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;
const errors: unknown = createRequire(createRequire(import.meta.url).resolve('tuf-js'))('./error.js');
function missing(): Error {
  const made: unknown = isObject(errors) ? errors['DownloadHTTPError'] : undefined;
  if (typeof made !== 'function') throw new Error('tuf-js has no DownloadHTTPError');
  return Reflect.construct(made, ['not found', 404]) as Error;
}

class FolderFetcher extends BaseFetcher {
  readonly #folder: string;
  constructor(folder: string) {
    super();
    this.#folder = folder;
  }
  override fetch(url: string): ReturnType<BaseFetcher['fetch']> {
    const file = join(this.#folder, new URL(url).pathname);
    if (!existsSync(file)) return Promise.reject(missing());
    return Promise.resolve(new Blob([readFileSync(file)]).stream() as never);
  }
}

interface Site {
  readonly repository: string;
  readonly client: string;
}
let sites = 0;
function siteOf(root: Uint8Array = ROOT): Site {
  sites += 1;
  const folder = join(base, `site-${sites}`);
  const [repository, client] = [join(folder, 'repository'), join(folder, 'client')];
  for (const made of [repository, join(client, 'targets')]) mkdirSync(made, { recursive: true });
  writeFileSync(join(client, 'root.json'), root);
  return { repository, client };
}
function write({ repository }: Site, metadata: TrustMetadata): void {
  const files = trustFiles(metadata);
  if (!files.ok) throw new Error(files.refusal.detail);
  for (const { name, bytes } of files.value) {
    mkdirSync(dirname(join(repository, name)), { recursive: true });
    writeFileSync(join(repository, name), bytes);
  }
}
/** What tuf-js makes of the folder: the bundle, or its error. */
async function theirs({ repository, client }: Site): Promise<Buffer | string> {
  const updater = new Updater({
    metadataDir: client,
    targetDir: join(client, 'targets'),
    metadataBaseUrl: 'http://folder',
    targetBaseUrl: 'http://folder/targets',
    fetcher: new FolderFetcher(repository),
  });
  try {
    await updater.refresh();
    const target = await updater.getTargetInfo('trust-bundle.json');
    return target === undefined ? 'no target' : readFileSync(await updater.downloadTarget(target));
  } catch (error) {
    return error instanceof Error ? error.constructor.name : 'thrown';
  }
}
function ours({ repository }: Site, root: Uint8Array = ROOT, known?: Parameters<typeof openTrust>[1]['known']): string {
  const read = readTrustFolder((name) =>
    existsSync(join(repository, name)) ? readFileSync(join(repository, name)) : undefined,
  );
  const opened = read.ok ? openTrust(read.value, { root, ...(known !== undefined && { known }) }) : read;
  return opened.ok ? 'ok' : opened.refusal.code;
}

describe('X1: tuf-js reads the trust folder unchanged', () => {
  test('the bundle it finds is ours, byte for byte', async () => {
    const site = siteOf();
    const metadata = trustOf(1);
    write(site, metadata);
    expect(await theirs(site)).toEqual(Buffer.from(metadata.bundle, 'base64'));
    expect(ours(site)).toBe('ok');
  });

  test('a newer bundle, a renewed timestamp and a rotated root are followed', async () => {
    const site = siteOf();
    write(site, trustOf(1));
    expect(await theirs(site)).toBeInstanceOf(Buffer);
    write(site, trustOf(1, { onlineVersion: 2 }));
    expect(await theirs(site)).toBeInstanceOf(Buffer);
    const second = rootOf(2, { root: { keys: [rootA, rootB, stranger], threshold: 2 }, before: [rootA, rootB] });
    const rotated = trustOf(3, { roots: [ROOT, second] });
    write(site, rotated);
    expect(await theirs(site)).toEqual(Buffer.from(rotated.bundle, 'base64'));
    expect(ours(site)).toBe('ok');
  });

  test('a registrar with an SSH key does not hinder it while standard keys reach the threshold', async () => {
    const line = tufKeyOfSsh(sshPublicKeyLine(stranger.publicKey));
    if (!line.ok) throw new Error(line.refusal.detail);
    const standard = (keys: readonly (typeof stranger)[]) => keys.map(({ publicKey }) => tufKeyOf(publicKey));
    const signed = makeRoot({
      organisation: 'demo',
      isDemo: true,
      version: 1,
      expires: plusMs(now, DAY_MS),
      roles: {
        root: { keys: standard([rootA, rootB]), threshold: 2 },
        targets: { keys: [...standard(registrars), line.value], threshold: 2 },
        snapshot: { keys: standard([online]), threshold: 1 },
        timestamp: { keys: standard([online]), threshold: 1 },
      },
    });
    const root = tufFileBytes(signTufMetadata(signed, [rootA, rootB]));
    const site = siteOf(root);
    write(site, trustOf(1, { roots: [root] }));
    expect(await theirs(site)).toBeInstanceOf(Buffer);
    expect(ours(site, root)).toBe('ok');
  });
});

describe('X1: both refuse', () => {
  const seen = { root: 1, timestamp: 2, snapshot: 2, targets: 2 };
  const forged: readonly (readonly [string, (site: Site) => void, string, string])[] = [
    ['a rolled back timestamp', (site) => write(site, trustOf(1)), 'BadVersionError', 'trust-rolled-back'],
    [
      'a bundle of one registrar',
      (site) => write(site, trustOf(3, { registrars: [registrars[0]] })),
      'RuntimeError',
      'trust-unsigned',
    ],
    [
      'a bundle of the online key',
      (site) => write(site, trustOf(3, { registrars: [online, stranger] })),
      'RuntimeError',
      'trust-unsigned',
    ],
    [
      'a timestamp of a stranger',
      (site) => write(site, trustOf(3, { online: stranger })),
      'UnsignedMetadataError',
      'trust-unsigned',
    ],
    [
      'a root of strangers',
      (site) => write(site, trustOf(3, { roots: [ROOT, rootOf(2, { root: { keys: [stranger], threshold: 1 } })] })),
      'UnsignedMetadataError',
      'trust-unsigned',
    ],
    [
      'another bundle under the same name',
      (site) => {
        const metadata = trustOf(3);
        write(site, metadata);
        const target = trustFiles(metadata);
        const name = target.ok ? target.value.find((one) => one.name.startsWith('targets/'))?.name : undefined;
        const bytes = Buffer.from(metadata.bundle, 'base64');
        bytes[bytes.length - 10] = (bytes[bytes.length - 10] ?? 0) ^ 1;
        writeFileSync(join(site.repository, name ?? ''), bytes);
      },
      'LengthOrHashMismatchError',
      'trust-mixed',
    ],
    [
      'a changed snapshot',
      (site) => {
        write(site, trustOf(3));
        const text = readFileSync(join(site.repository, '3.snapshot.json'), 'utf8');
        writeFileSync(join(site.repository, '3.snapshot.json'), text.replace('"length":', '"length":1'));
      },
      'RuntimeError',
      'trust-mixed',
    ],
  ];
  test.each(forged)('%s', async (_, forge, error, code) => {
    const site = siteOf();
    write(site, trustOf(2));
    expect(await theirs(site)).toBeInstanceOf(Buffer);
    forge(site);
    expect(await theirs(site)).toBe(error);
    expect(ours(site, ROOT, seen)).toBe(code);
  });

  test('what is expired: tuf-js stops; here it opens for rollbacks and says when it ended', async () => {
    const site = siteOf();
    const metadata = trustOf(1, { onlineExpires: plusMs(now, -DAY_MS) });
    write(site, metadata);
    expect(await theirs(site)).toBe('ExpiredMetadataError');
    const opened = openTrust(metadata, { root: ROOT });
    expect(opened.ok && opened.value.expiresAt < now).toBe(true);
  });
});
