/** Trust metadata as registrars carry it: a folder. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { trustFiles, type TrustMetadata } from '@countersign/seal';
import { good } from './made.ts';

export function writeTrustFolder(folder: string, metadata: TrustMetadata): void {
  for (const { name, bytes } of good(trustFiles(metadata))) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), bytes);
  }
}
