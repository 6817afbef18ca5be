/** Files of one source: the one that was named, or all of a folder with a fitting name, in a fixed order. */
import { lstatSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { usage } from '../cli/failure.ts';
import { MAX_FILE_BYTES, type SourceFile } from './parse-source.ts';

const MAX_FILES = 5000;
const MAX_TOTAL_BYTES = 134_217_728;
const MAX_DEPTH = 16;

/** Links are not followed out of a folder: what is read is what is there. */
export function filesOf(path: string, endings: readonly string[]): readonly SourceFile[] {
  const names = statSync(path).isDirectory() ? within(path, endings, MAX_DEPTH) : [path];
  if (names.length === 0) throw usage(`no file in \`${path}\` ends with ${endings.join(' or ')}`);
  if (names.length > MAX_FILES) throw usage(`\`${path}\` has more than ${MAX_FILES} files`);
  let total = 0;
  return names.map((name) => {
    const { size } = statSync(name);
    total += size;
    if (size > MAX_FILE_BYTES) throw usage(`\`${name}\` has more than ${MAX_FILE_BYTES} bytes`);
    if (total > MAX_TOTAL_BYTES) throw usage(`\`${path}\` has more than ${MAX_TOTAL_BYTES} bytes`);
    return { name, bytes: readFileSync(name) };
  });
}

function within(folder: string, endings: readonly string[], depth: number): readonly string[] {
  if (depth === 0) throw usage(`\`${folder}\` is nested more than ${MAX_DEPTH} folders deep`);
  return readdirSync(folder)
    .toSorted()
    .flatMap((entry) => {
      const path = join(folder, entry);
      const found = lstatSync(path);
      if (found.isDirectory()) return within(path, endings, depth - 1);
      return found.isFile() && endings.some((ending) => entry.endsWith(ending)) ? [path] : [];
    });
}
