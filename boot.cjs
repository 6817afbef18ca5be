// The one way in: works on any Node from 20 on with nothing installed. It installs what the lockfile says,
// then runs the command under the Node that the lockfile pins.
//
//   node boot.cjs <file.ts | name of an installed tool> [arguments]
'use strict';
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const { constants } = require('node:os');
const path = require('node:path');
const { isatty } = require('node:tty');

const ROOT = __dirname;
const NODE_MAJOR = 24;
const STOPPED_BY_USER = 130;
const LOCK_POLL_MS = 200;
const PROGRESS_MS = 5000;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const INSTALL = ['ci', '--ignore-scripts', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'];

const inRoot = (...parts) => path.join(ROOT, ...parts);
const say = (line) => process.stderr.write(`${line}\n`);
const seconds = (since) => Math.round((Date.now() - since) / 1000);

async function main() {
  await installWhenNeeded();
  const node = bundledNode() ?? (isModern() ? process.execPath : undefined);
  if (node === undefined)
    throw new Error(
      `Node ${NODE_MAJOR} or newer is needed; this is ${process.versions.node} and none is packaged for ${process.platform}-${process.arch}`,
    );
  const [command, ...rest] = process.argv.slice(2);
  if (command !== undefined) process.exitCode = await run(node, command, rest);
}

// --- which Node ---

const isModern = () => Number(process.versions.node.split('.')[0]) >= NODE_MAJOR;

function bundledNode() {
  const isWindows = process.platform === 'win32';
  const folder = `node-${isWindows ? 'win' : process.platform}-${process.arch}`;
  const file = inRoot('node_modules', folder, 'bin', isWindows ? 'node.exe' : 'node');
  return fs.existsSync(file) ? file : undefined;
}

// --- what is installed ---

/** The first way in which node_modules differs from the lockfile; undefined when it does not. */
function difference() {
  let installed;
  try {
    installed = lockedPackages('node_modules', '.package-lock.json');
  } catch (error) {
    // npm writes this file last: without it, or with half of it, an installation did not finish. Anything else is our fault.
    if (error.code !== 'ENOENT' && !(error instanceof SyntaxError)) throw error;
    return 'nothing is installed yet';
  }
  for (const [folder, wanted] of Object.entries(lockedPackages('package-lock.json'))) {
    // Entries outside node_modules are our own workspaces; links point at them.
    if (!folder.includes('node_modules/') || wanted.link) continue;
    const found = installed[folder];
    if (found === undefined && wanted.optional) continue;
    const isSame = found?.version === wanted.version && found?.integrity === wanted.integrity;
    if (!isSame || !fs.existsSync(inRoot(folder, 'package.json'))) return `${folder} ${wanted.version} is missing`;
  }
  return undefined;
}

const lockedPackages = (...file) => JSON.parse(fs.readFileSync(inRoot(...file), 'utf8')).packages;

async function installWhenNeeded() {
  if (difference() === undefined) return;
  await withInstallLock(async () => {
    const why = difference(); // another installer may have finished while we waited
    if (why === undefined) return;
    const started = Date.now();
    say(`Installing packages (${why}); this takes about half a minute`);
    const { code, signal, output } = await npm(INSTALL, started);
    if (signal !== null) process.exit(STOPPED_BY_USER);
    const problem = code === 0 ? difference() : output.trim();
    if (problem !== undefined)
      throw new Error(`installing failed: ${problem}\nNext: check the network, then run \`npm ci --ignore-scripts\` to see the whole answer`);
    say(`Installed in ${seconds(started)} s`);
  });
}

/** Runs npm quietly. Inside an npm script npm names its own file, so no search of the PATH is needed. */
function npm(args, started) {
  const own = /npm-cli\.js$/.test(process.env.npm_execpath ?? '') ? process.env.npm_execpath : undefined;
  const [file, all] = own === undefined ? ['npm', args] : [process.execPath, [own, ...args]];
  return new Promise((done) => {
    const child = spawn(file, all, {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: own === undefined && process.platform === 'win32',
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => (output += bytes));
    const progress = setInterval(() => say(`  still installing, ${seconds(started)} s`), PROGRESS_MS);
    const stopPassing = passSignals(child, () => say('  stopping; npm takes back what it half installed'));
    const finish = (code, signal) => {
      clearInterval(progress);
      stopPassing();
      done({ code, signal: signal ?? stoppedBy, output });
    };
    child.on('error', (error) => {
      output += error.message;
      finish(1, null);
    });
    child.on('close', finish);
  });
}

// --- one installer at a time ---

async function withInstallLock(work) {
  const file = inRoot('.install-lock');
  while (!takeLock(file)) await new Promise((again) => setTimeout(again, LOCK_POLL_MS));
  const release = () => fs.rmSync(file, { force: true });
  process.once('exit', release); // process.exit() skips finally
  try {
    await work();
  } finally {
    release();
    process.off('exit', release);
  }
}

/** A link appears with its content in one step, so a lock never lacks its owner. */
function takeLock(file) {
  const mine = `${file}.${process.pid}`;
  fs.writeFileSync(mine, String(process.pid));
  try {
    fs.linkSync(mine, file);
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    removeWhenOwnerIsGone(file);
    return false;
  } finally {
    fs.rmSync(mine, { force: true });
  }
}

function removeWhenOwnerIsGone(file) {
  try {
    const owner = Number(fs.readFileSync(file, 'utf8'));
    if (isAlive(owner)) return;
    const aside = `${file}.${process.pid}.gone`;
    fs.renameSync(file, aside);
    // Another waiter may have replaced the dead lock by its own since we read it: then give that one back.
    if (Number(fs.readFileSync(aside, 'utf8')) !== owner) fs.linkSync(aside, file);
    fs.rmSync(aside);
  } catch (error) {
    if (error.code !== 'ENOENT') throw error; // gone meanwhile: the caller tries again
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

// --- the command itself ---

function run(node, command, args) {
  const script = /\.[cm]?[jt]s$/.test(command) ? inRoot(command) : toolScript(command);
  const env = {
    ...process.env,
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? inRoot('.cache', 'compile'),
    PATH: `${path.dirname(node)}${path.delimiter}${process.env.PATH ?? ''}`,
  };
  return new Promise((done, fail) => {
    const child = spawn(node, [script, ...args], { stdio: 'inherit', env });
    const stopPassing = passSignals(child);
    child.on('error', fail);
    child.on('exit', (code, signal) => {
      stopPassing();
      done(signal === null ? code : 128 + (constants.signals[signal] ?? 0));
    });
  });
}

const toolScript = (name) => fs.realpathSync(inRoot('node_modules', '.bin', name));

let stoppedBy = null;

/** A plain kill reaches only us, so it is passed on. Ctrl-C in a terminal already reached the child: twice would mean "at once". */
function passSignals(child, onStop) {
  const pass = (signal) => {
    stoppedBy = signal;
    onStop?.();
    if (signal !== 'SIGINT' || !isatty(0)) child.kill(signal);
  };
  for (const signal of SIGNALS) process.on(signal, pass);
  return () => {
    for (const signal of SIGNALS) process.off(signal, pass);
  };
}

main().catch((error) => {
  say(`boot: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
});
