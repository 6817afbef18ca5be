/** What the documents name is there (O8): files, links, commands, codes, states. Each gate says how much it looked at. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { PROPOSAL_STATES } from '@countersign/core';
import { readStrictJson } from '@countersign/seal';
import { beforeAll, describe, expect, test } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../../../..');
const CLI_TIMEOUT_MS = 60_000;
/** The options of each command that is declared, by the words of the command. */
const ASK_OPTIONS = `
  const { newProgram } = await import('./packages/client/src/cli/program.ts');
  const found = {};
  const walk = (command, words) => {
    found[words.join(' ')] = command.options.map(({ long }) => long);
    for (const inner of command.commands) walk(inner, [...words, inner.name()]);
  };
  walk(newProgram({ out: () => undefined, err: () => undefined, columns: 200 }, () => async () => undefined), []);
  process.stdout.write(JSON.stringify(found));
`;
/** Has the command line understand each list of words, and do nothing; prints what it says of those it does not understand. */
const ASK_PARSER = `
  const { newProgram } = await import('./packages/client/src/cli/program.ts');
  const { readFileSync } = await import('node:fs');
  const told = [];
  for (const words of JSON.parse(readFileSync(0, 'utf8'))) {
    let said = '';
    const hear = (text) => (said += text);
    try {
      await newProgram({ out: hear, err: hear, columns: 200 }, () => async () => undefined).parseAsync(words, { from: 'user' });
      told.push(null);
    } catch (error) {
      told.push(error.exitCode === 0 ? null : said.trim() || error.message);
    }
  }
  process.stdout.write(JSON.stringify(told));
`;

/** Which of some words `cs explain` has nothing for. */
const ASK_UNEXPLAINED = `
  const { explanationOf } = await import('./packages/client/src/commands/explain.ts');
  const { readFileSync } = await import('node:fs');
  const words = JSON.parse(readFileSync(0, 'utf8'));
  process.stdout.write(JSON.stringify(words.filter((word) => explanationOf(word) === undefined)));
`;

interface Doc {
  readonly file: string;
  readonly text: string;
}
const markdownIn = (folder: string, isDeep: boolean): readonly string[] =>
  readdirSync(join(ROOT, folder), { recursive: isDeep, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name));
const DOCS: readonly Doc[] = [...markdownIn('.', false), ...markdownIn('docs', true)].map((file) => ({
  file,
  text: readFileSync(join(ROOT, file), 'utf8'),
}));
const GUIDES = DOCS.filter(({ file }) => file.startsWith('docs/guide/'));

/** Fenced blocks of one language. */
const blocksOf = ({ text }: Doc, language: string): readonly string[] =>
  [...text.matchAll(/```(\w*)\n(.*?)```/gs)].flatMap(([, found, code = '']) => (found === language ? [code] : []));
/** Code spans outside fenced blocks. */
const spansOf = ({ text }: Doc): readonly string[] =>
  [...text.replaceAll(/```.*?```/gs, '').matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);
const naming = (docs: readonly Doc[], find: (doc: Doc) => readonly string[]): readonly (readonly [string, string])[] =>
  docs.flatMap((doc) => find(doc).map((item) => [doc.file, item] as const));

const sourcesOf = (folder: string): readonly string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map((name) => readFileSync(join(ROOT, folder, name), 'utf8'));

/** What a script says that knows the command line; in a process of its own, because no package here may load that. */
function asked(program: string, input = ''): unknown {
  const script = ['--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', program];
  const options = { cwd: ROOT, timeout: CLI_TIMEOUT_MS, encoding: 'utf8', input } as const;
  return JSON.parse(execFileSync(process.execPath, script, options));
}

/** Lines of a shell block as a shell would end them: continued ones joined, comments away. */
const linesOf = (block: string): readonly string[] =>
  block
    .replaceAll(/\\\n\s*/g, ' ')
    .split('\n')
    .map((line) => line.replace(/(?:^|\s)#.*/, ''));

/** The words of each `cs` in a line, up to the next pipe, redirection or command. */
function callsIn(line: string): readonly (readonly string[])[] {
  const words = [...line.matchAll(/"([^"]*)"|'([^']*)'|([^\s"']+)/g)].map(([all, double, single, plain]) => ({
    word: double ?? single ?? plain ?? '',
    isPlain: plain === all,
  }));
  const calls: string[][] = [];
  let call: string[] | undefined;
  for (const { word, isPlain } of words) {
    if (isPlain && /^(?:[|;>&]|&&|\|\||\d?>{1,2}.*|2>&1)$/.test(word)) call = undefined;
    else if (isPlain && /^\(?cs$/.test(word)) calls.push((call = []));
    else call?.push(word.replace(/[;)]$/, ''));
  }
  return calls;
}

/** Whether a path is there as written, below `packages`, or in the sources of the package it begins with. */
const isShortFor = (path: string): boolean =>
  [path, `packages/${path}`, `packages/${path.replace('/', '/src/')}`].some((one) => existsSync(join(ROOT, one)));

test('O8: every relative link leads to a file', () => {
  const links = naming(DOCS, ({ text }) =>
    [...text.matchAll(/\]\(([^)\s#]+)(?:#[^)]*)?\)/g)].flatMap(([, to = '']) => (/^[a-z]+:/.test(to) ? [] : [to])),
  );
  expect(links.length).toBeGreaterThan(20);
  expect(links.filter(([file, to]) => !existsSync(resolve(ROOT, dirname(file), to)))).toEqual([]);
});

describe('O8: every file that is named is there', () => {
  const TOP = /^(?:packages|docs|architecture|scripts|\.ci)\/[\w./-]+$/;
  /** The flow's short form of paths below `packages`. */
  const SHORT = /^(?:core|seal|control|runner|client|console|conformance)\/[\w./-]+$/;

  test('whole paths', () => {
    const named = naming(DOCS, (doc) => spansOf(doc).filter((span) => TOP.test(span)));
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter(([, path]) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  test('paths short for those below packages', () => {
    const named = naming(DOCS, (doc) => spansOf(doc).filter((span) => SHORT.test(span)));
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter(([, path]) => !isShortFor(path))).toEqual([]);
  });

  test('programs that shell blocks start', () => {
    const started = naming(DOCS, (doc) =>
      [...doc.text.matchAll(/node boot\.cjs (packages\/\S+\.ts)/g)].map(([, path = '']) => path),
    );
    expect(started.length).toBeGreaterThan(1);
    expect(started.filter(([, path]) => !existsSync(join(ROOT, path)))).toEqual([]);
  });
});

describe('O8: every command that is named exists', () => {
  /** The options of each command, by its words; `''` is `cs`. */
  const known = new Map<string, ReadonlySet<string>>();
  beforeAll(() => {
    for (const [words, options] of Object.entries(asked(ASK_OPTIONS) as Readonly<Record<string, readonly string[]>>))
      known.set(words, new Set(options));
  }, CLI_TIMEOUT_MS);

  const LINE = /(?:^|[\s(;|])(?:npm run -s cs --|cs)((?: +(?!\||#|&&)\S+)+)/g;
  const calls = (doc: Doc): readonly string[] =>
    [
      ...blocksOf(doc, 'sh').flatMap((block) => block.split('\n').map((line) => line.replace(/(?:^|\s)#.*/, ''))),
      ...spansOf(doc).filter((span) => /^(?:cs|npm run -s cs --) [a-z-]/.test(span)),
    ].flatMap((line) => [...line.matchAll(LINE)].map(([, rest = '']) => rest.trim()));

  /** What is wrong with one call; undefined when the command line knows it. */
  function problem(call: string): string | undefined {
    const words = call.split(/\s+/);
    const named = words.filter((word) => !word.startsWith('-'));
    const command = [named.slice(0, 2).join(' '), named[0] ?? ''].find((name) => name !== '' && known.has(name));
    // Topics and stand-ins such as `cs explain CODE`, `cs help exit-codes`.
    if (named[0] === 'help' || named[0] === undefined) return undefined;
    if (command === undefined) return 'is no command';
    const options = words.flatMap((word) => /^--[a-z][a-z-]*/.exec(word) ?? []);
    const own = known.get(command) ?? new Set<string>();
    return options.find((option) => !own.has(option) && known.get('')?.has(option) !== true);
  }

  test('cs', () => {
    const named = naming(DOCS, calls);
    expect(known.size).toBeGreaterThan(25);
    expect(named.length).toBeGreaterThan(40);
    expect(named.flatMap(([file, call]) => (problem(call) === undefined ? [] : [[file, call, problem(call)]]))).toEqual(
      [],
    );
  });

  test('and every line of a shell block is understood by it as written', () => {
    const lines = naming(DOCS, (doc) => blocksOf(doc, 'sh').flatMap(linesOf)).flatMap(([file, line]) =>
      callsIn(line.replaceAll('npm run -s cs --', 'cs')).map((words) => ({ file, words })),
    );
    const told = asked(ASK_PARSER, JSON.stringify(lines.map(({ words }) => words))) as readonly (string | null)[];
    expect(lines.length).toBeGreaterThan(100);
    expect(told).toHaveLength(lines.length);
    expect(
      lines.flatMap(({ file, words }, place) => (told[place] === null ? [] : [[file, words.join(' '), told[place]]])),
    ).toEqual([]);
  });

  test.each([
    ['an unknown command', ['nonsense']],
    ['an unknown option', ['queue', '--nonsense']],
    ['a name that is missing', ['capsule', 'fetch', '-o', 'x']],
    ['an option that is owed', ['capsule', 'fetch', 'P-1']],
    ['a name too many', ['rollout', 'show', 'P-1', 'P-2']],
  ])('which does not understand %s', (_, words) => {
    expect(asked(ASK_PARSER, JSON.stringify([words]))).toEqual([expect.stringContaining('error:')]);
  });

  test('npm scripts', () => {
    const manifest = readStrictJson(readFileSync(join(ROOT, 'package.json')));
    const scripts = JSON.stringify(manifest);
    const named = naming(DOCS, ({ text }) =>
      [...text.matchAll(/npm (?:run (?:-s )?([a-z][a-z:0-9]*)|(test|start)\b)/g)].map(([, a, b]) => a ?? b ?? ''),
    );
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter(([, script]) => !scripts.includes(`"${script}":"`))).toEqual([]);
  });
});

/** `refuse('code'`, `no('code'`, `code: 'code'`, and an entry of the control plane's table. */
const REFUSAL = /(?:\b(?:refuse|refusal|no)\(\s*|\bcode: )'([a-z][a-z-]+)'/g;
const ENTRY = /^ {2}'?([a-z-]+)'?: \{/gm;

/** Every code that the sources refuse with. */
function codesUsed(): ReadonlySet<string> {
  const packages = ['core', 'seal', 'signer', 'client', 'runner', 'control'];
  const used = new Set(
    packages.flatMap((name) =>
      sourcesOf(`packages/${name}/src`).flatMap((source) =>
        [...source.matchAll(REFUSAL)].flatMap(([, code]) => code ?? []),
      ),
    ),
  );
  for (const [, code = ''] of readFileSync(join(ROOT, 'packages/control/src/errors.ts'), 'utf8').matchAll(ENTRY))
    used.add(code);
  return used;
}

test('O8: every code in a table of refusals is one that the sources refuse with', () => {
  const used = codesUsed();
  const codes = GUIDES.flatMap((doc) =>
    tableColumn(doc, /^(?:refused with|code)$/).map((code) => [doc.file, code] as const),
  );
  expect(codes.length).toBeGreaterThan(50);
  expect(codes.filter(([, code]) => !used.has(code))).toEqual([]);
});

test('O8: whatever a refusal says to look up, `cs explain` knows', () => {
  const used = [...codesUsed()];
  expect(used.length).toBeGreaterThan(200);
  expect(asked(ASK_UNEXPLAINED, JSON.stringify([...used, 'no-such-word']))).toEqual(['no-such-word']);
});

/** Code spans in the column whose head fits. */
function tableColumn({ text }: Doc, head: RegExp): readonly string[] {
  const found: string[] = [];
  let column = -1;
  for (const line of text.split('\n')) {
    const cells = line.startsWith('|') ? line.split('|').slice(1, -1) : undefined;
    if (cells === undefined) column = -1;
    else if (column >= 0) found.push(...[...(cells[column] ?? '').matchAll(/`([^`]+)`/g)].map(([, code = '']) => code));
    else column = cells.findIndex((cell) => head.test(cell.trim()));
  }
  return found;
}

test('O8: the glossary names every state, phase and verdict that people meet', () => {
  const glossary = DOCS.find(({ file }) => file === 'docs/glossary.md')?.text ?? '';
  const ledger = readFileSync(join(ROOT, 'packages/core/src/rollout/ledger.ts'), 'utf8');
  const phases = [...ledger.matchAll(/readonly name: '([a-z-]+)'/g)].map(([, name = '']) => name);
  const verdicts = ['autonomous', 'needs-approval', 'prohibited'];
  const counts = ['touched', 'healthy', 'broken', 'UNKNOWN', 'still degraded', 'untouched', 'acts after trip'];
  const words = [...PROPOSAL_STATES, ...phases, 'tripped', 'halted', ...verdicts, ...counts];
  expect(words.length).toBeGreaterThan(30);
  expect(words.filter((word) => !glossary.toLowerCase().includes(word.toLowerCase()))).toEqual([]);
});

test('O8: examples of JSON are JSON as we read it', () => {
  const examples = naming(DOCS, (doc) => blocksOf(doc, 'json'));
  expect(examples.length).toBeGreaterThan(4);
  expect(examples.filter(([, example]) => !readStrictJson(new TextEncoder().encode(example)).ok)).toEqual([]);
});

test('every document is reached from the README or the index of decisions', () => {
  const text = DOCS.filter(({ file }) => file.endsWith('README.md')).map((doc) => doc.text);
  const isNamed = ({ file }: Doc): boolean =>
    file.endsWith('README.md') ||
    file.endsWith('CHANGELOG.md') ||
    text.some((one) => one.includes(relative('docs/decisions', file)) || one.includes(file));
  expect(DOCS.length).toBeGreaterThan(15);
  expect(DOCS.filter((doc) => !isNamed(doc)).map(({ file }) => file)).toEqual([]);
});
