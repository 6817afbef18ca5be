/** Builds the console's files when its sources changed since the last build. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const SOURCES = [
  'console/src/**/*',
  'console/index.html',
  'console/vite.config.ts',
  'console/public/**/*',
  'core/src/**/*',
  'client/src/**/*',
];

/** The folder to serve. */
export async function buildConsole(root: string): Promise<string> {
  const home = join(root, 'packages', 'console');
  const folder = join(home, 'dist');
  const mark = join(folder, '.built-from');
  const key = keyOf(root);
  if (existsSync(mark) && readFileSync(mark, 'utf8') === key) return folder;
  await build(root, home);
  writeFileSync(mark, key);
  return folder;
}

function keyOf(root: string): string {
  const packages = join(root, 'packages');
  const hash = createHash('sha256').update(readFileSync(join(root, 'package-lock.json')));
  const files = globSync(SOURCES, { cwd: packages }).filter((file) => !file.endsWith('.test.ts'));
  for (const file of files.toSorted())
    if (statSync(join(packages, file)).isFile()) hash.update(`${file}\0`).update(readFileSync(join(packages, file)));
  return hash.digest('hex');
}

function build(root: string, home: string): Promise<void> {
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
  return new Promise((done, fail) => {
    let said = '';
    const child = spawn(process.execPath, [vite, 'build', '--logLevel', 'warn'], {
      cwd: home,
      // Whoever starts us may be a test runner; what people are served is never a development build.
      env: { ...process.env, NODE_ENV: 'production' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const hear = (data: Buffer): void => {
      said = (said + data.toString('utf8')).slice(-4000);
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.once('error', fail);
    child.once('exit', (code) => (code === 0 ? done() : fail(new Error(`the console does not build: ${said}`))));
  });
}
