// Builds the native part of pkcs11js, the bridge to keys in hardware (decision 0018). Install scripts are switched off here, so nothing
// native is ever built unless somebody runs this: `npm run build:pkcs11`. It needs g++, make and python3, and no network: the
// headers come with the packaged Node, the builder with npm. What is already built is left alone.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const FOLDER = join(ROOT, 'node_modules', 'pkcs11js');
const NODE_FOLDER = join(ROOT, 'node_modules', `node-${process.platform}-${process.arch}`);
const BUILT = join(FOLDER, 'build', 'Release', 'pkcs11.node');
const STAMP = join(FOLDER, 'build', 'built-for');
const LONGEST_BUILD_MS = 300_000;

/** npm carries node-gyp; under `npm run` it names its own file, else it is searched as a shell would. */
function findNodeGyp() {
  const { npm_execpath: own = '' } = process.env;
  const named = own.endsWith('npm-cli.js') ? [own] : [];
  const onPath = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'npm'));
  for (const npm of [...named, ...onPath].filter((file) => existsSync(file))) {
    try {
      return createRequire(realpathSync(npm)).resolve('node-gyp/bin/node-gyp.js');
    } catch {
      // This npm carries none: the next one may.
    }
  }
  throw new Error('npm was found without node-gyp; install npm 10 or newer');
}

/** Which build this is. It holds for every Node: the bridge uses only the stable Node-API. */
function wantedStamp() {
  const { version } = JSON.parse(readFileSync(join(FOLDER, 'package.json'), 'utf8'));
  return `pkcs11js ${version} ${process.platform}-${process.arch}\n`;
}

function build() {
  if (!existsSync(FOLDER))
    throw new Error('pkcs11js is not installed; run `npm ci --ignore-scripts --include=optional`');
  const stamp = wantedStamp();
  if (existsSync(BUILT) && existsSync(STAMP) && readFileSync(STAMP, 'utf8') === stamp) return 'is built already';
  if (!existsSync(join(NODE_FOLDER, 'include', 'node', 'node_api.h')))
    throw new Error(`no headers of Node in ${NODE_FOLDER}`);
  const { status, error, stdout, stderr } = spawnSync(
    process.execPath,
    [findNodeGyp(), 'rebuild', '--directory', FOLDER, '--nodedir', NODE_FOLDER],
    { encoding: 'utf8', timeout: LONGEST_BUILD_MS, maxBuffer: 16_777_216 },
  );
  if (status !== 0 || !existsSync(BUILT)) throw new Error(error?.message ?? `${stdout}\n${stderr}`);
  writeFileSync(STAMP, stamp);
  return 'is built';
}

try {
  process.stdout.write(`pkcs11js ${build()}\n`);
} catch (error) {
  process.stderr.write(`pkcs11js cannot be built: ${error instanceof Error ? error.message : String(error)}\n`);
  process.stderr.write('Next: install g++, make and python3, then run `npm run build:pkcs11` again\n');
  process.exitCode = 1;
}
