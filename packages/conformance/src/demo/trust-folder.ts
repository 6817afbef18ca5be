/** The demo's trust metadata as a folder: what a registrar would carry to a site without a network. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readTrustFolder, trustFiles, type TrustMetadata } from '@countersign/seal';
import type { DemoFiles } from './files.ts';

export function writeTrust({ trust: folder }: DemoFiles, metadata: TrustMetadata): void {
  const files = trustFiles(metadata);
  if (!files.ok) throw new Error(`the demo's trust metadata: ${files.refusal.detail}`);
  for (const { name, bytes } of files.value) {
    const file = join(folder, name);
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(`${file}.${process.pid}.tmp`, bytes, { mode: 0o600 });
    renameSync(`${file}.${process.pid}.tmp`, file);
  }
}

export function readTrust({ trust: folder }: DemoFiles): TrustMetadata {
  const read = (name: string): Uint8Array | undefined => {
    const file = join(folder, name);
    return existsSync(file) ? readFileSync(file) : undefined;
  };
  const metadata = readTrustFolder(read);
  if (!metadata.ok) throw new Error(`the demo's trust metadata: ${metadata.refusal.detail}`);
  return metadata.value;
}
