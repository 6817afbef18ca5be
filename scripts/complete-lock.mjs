// Completes package-lock.json so that `npm ci` accepts it where a registry lacks some platforms' builds.
//
// npm writes no entry for an optional dependency its registry does not hold, and `npm ci` then refuses the lock
// ("Missing: X from lock file"). For each such dependency this adds an entry that no machine matches (`cpu: none`):
// npm ci is satisfied and installs nothing for it. Run after every change of the lock: `npm run lock`.
import { readFileSync, renameSync, writeFileSync } from 'node:fs';

const FILE = new URL('../package-lock.json', import.meta.url);
/** The tools that list a build for every platform; anything else missing is a real fault and stays visible. */
const BUILDS = /^@(?:oxc-parser|oxc-resolver|oxlint|oxfmt|oxlint-tsgolint|rolldown|tailwindcss|esbuild)\//;

/** Node's own search: the folder of the package, then each folder around it. */
function isLocked(packages, from, name) {
  for (let folder = from; ; folder = folder.slice(0, Math.max(folder.lastIndexOf('/node_modules/'), 0))) {
    if (`${folder === '' ? '' : `${folder}/`}node_modules/${name}` in packages) return true;
    if (folder === '') return false;
  }
}

const lock = JSON.parse(readFileSync(FILE, 'utf8'));
const { packages } = lock;
let added = 0;
for (const [from, { optionalDependencies = {}, dev = false }] of Object.entries(packages)) {
  for (const [name, version] of Object.entries(optionalDependencies)) {
    if (!BUILDS.test(name) || isLocked(packages, from, name)) continue;
    packages[`${from}/node_modules/${name}`] = { version, cpu: ['none'], ...(dev && { dev }), optional: true };
    added += 1;
  }
}
const addresses = Object.entries(packages).filter(([, entry]) => 'resolved' in entry && entry.link !== true);
if (addresses.length > 0)
  throw new Error(`the lock names registry addresses: ${addresses.map(([name]) => name).join(', ')}`);

// The order npm itself writes; anything else makes noisy diffs.
lock.packages = Object.fromEntries(Object.entries(packages).toSorted(([a], [b]) => a.localeCompare(b, 'en')));
const temporary = new URL('../package-lock.json.new', import.meta.url);
writeFileSync(temporary, `${JSON.stringify(lock, null, 2)}\n`);
renameSync(temporary, FILE);
process.stdout.write(`package-lock.json: ${added} entries added, ${Object.keys(packages).length} in all\n`);
