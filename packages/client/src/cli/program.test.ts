/** The command line as declared: everybody finds a command, sees it at work, and what is shown is understood (O8). */
import { describe, expect, test } from 'vitest';
import { cs } from '../testkit/cli.builder.ts';
import { EXAMPLES } from './examples.ts';
import { EXIT } from './exit-codes.ts';
import { leavesOf, newProgram, type Voice } from './program.ts';

const around = { url: 'http://127.0.0.1:9' };
const said: string[] = [];
const voice: Voice = { out: (text) => void said.push(text), err: (text) => void said.push(text), columns: 100 };
/** Understands a line and does nothing. */
const parsed = async (words: readonly string[]): Promise<unknown> =>
  newProgram(voice, () => async () => undefined).parseAsync([...words], { from: 'user' });
const wordsOf = (line: string): readonly string[] =>
  [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
const leaves = leavesOf(newProgram(voice, () => async () => undefined));

describe('O8: help', () => {
  test('every command has an example, and every example a command', () => {
    expect(leaves.length).toBeGreaterThan(90);
    expect(leaves.map(([words]) => words).toSorted()).toEqual(Object.keys(EXAMPLES).toSorted());
  });

  test.each(Object.entries(EXAMPLES))(
    'the example of `cs %s` is understood by the command line',
    async (words, line) => {
      const [command = '', ...rest] = wordsOf(line.split(' > ')[0] ?? '');
      expect(command).toBe('cs');
      expect(rest.slice(0, words.split(' ').length).join(' ')).toBe(words);
      await parsed(rest);
    },
  );

  test.each(leaves.map(([words]) => [words]))(
    '`cs %s --help` shows usage, the example and the options of all',
    async (words) => {
      const { exit, out } = await cs([...words.split(' '), '--help'], around);
      expect(exit).toBe(EXIT.ok);
      expect(out).toContain(`Usage: cs ${words}`);
      expect(out).toContain(`Example:\n  ${EXAMPLES[words]}`);
      for (const option of ['--json', '--as <person>', '--no-input', 'cs help exit-codes'])
        expect(out).toContain(option);
    },
  );

  test('the first page groups every command under whose work it is', async () => {
    const { out } = await cs(['--help'], around);
    expect(out).not.toContain('\nCommands:\n');
    for (const title of ['Decide and stop:', 'Check without trusting the server:', 'This program:'])
      expect(out).toContain(title);
  });

  test('every description says something and begins small, like the others', () => {
    for (const [words, command] of leaves) {
      expect([words, command.description().length > 8]).toEqual([words, true]);
      expect([words, command.description()]).toEqual([words, expect.stringMatching(/^(?:[a-z]|JSON |C2SP )/)]);
    }
  });
});

describe('O8: options mean the same everywhere', () => {
  test('a file that is written is named with -o or --out', () => {
    const written = leaves.flatMap(([words, { options }]) =>
      options.flatMap(({ long, short }) =>
        long === '--out' || long === '--output' ? [[words, `${short}, ${long}`]] : [],
      ),
    );
    expect(written.length).toBeGreaterThan(10);
    expect(written.filter(([, option]) => option !== '-o, --out')).toEqual([]);
  });

  test('an option that is there already for all commands is not given another meaning by one', () => {
    const everywhere = new Set(newProgram(voice, () => async () => undefined).options.map(({ long }) => long));
    for (const [words, command] of leaves)
      expect([words, command.options.filter(({ long }) => everywhere.has(long)).map(({ long }) => long)]).toEqual([
        words,
        [],
      ]);
  });

  test.each(['2026-12-01', '2026-12-01T00:00:00Z', '2026-12-01T00:00:00.000Z', '2026-12-01T01:00:00+01:00'])(
    'a time may be written as %s',
    async (time) => {
      const told = await cs(['report', '--from', time, '--to', '2026-12-02'], around);
      expect(told.err).not.toContain('It must be a day');
    },
  );

  test.each(['tomorrow', '2026-13-01', '2026-02-30', '1764547200', ''])(
    'a time may not be written as `%s`',
    async (time) => {
      const told = await cs(['report', '--from', time, '--to', '2026-12-02'], around);
      expect([told.exit, told.err]).toEqual([EXIT.usage, expect.stringContaining('It must be a day or a UTC time')]);
    },
  );
});

describe('O8: a file that is not there', () => {
  test.each([
    ['verify', ['verify', 'nowhere.bundle', '--roots', 'nowhere.json']],
    ['record verify', ['record', 'verify', '.', '--keys', 'nowhere.txt']],
    ['capsule inspect', ['capsule', 'inspect', 'nowhere.json']],
    ['envelope lint', ['envelope', 'lint', 'nowhere.yaml']],
  ])('is named by `cs %s`, with what to do next and no word of the system', async (_, line) => {
    const { exit, err } = await cs(line, around);
    expect(exit).toBe(EXIT.failed);
    expect(err).toMatch(/^error: there is no file 'nowhere\.[a-z]+'\nnext: check its name/);
    expect(err).not.toContain('ENOENT');
  });

  test('and a folder in its place is told apart', async () => {
    const { err } = await cs(['capsule', 'inspect', import.meta.dirname], around);
    expect(err).toMatch(/^error: the file is a folder\nnext: name a file in it/);
  });
});
