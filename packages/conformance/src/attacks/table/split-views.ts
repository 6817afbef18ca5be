/** Two sites that are shown two histories: each believes its own at first; whoever holds their checkpoints side by side sees it (T11, V3). */
import { spawnSync } from 'node:child_process';
import { copyFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Attack, Attempt, Scene } from '../attack.ts';
import { attemptOf, carriedOut, refusedAs } from '../trials.ts';
import { beside, introduce } from '../world/beside.ts';
import { startHosts } from '../world/estate.ts';
import { SECOND_SITE } from '../world/house.ts';
import { order, type Order } from '../world/order.ts';
import { people } from '../world/shorthand.ts';
import type { WorldRecord } from '../world/world-record.ts';

const CS = fileURLToPath(new URL('../../../../client/bin/cs.cjs', import.meta.url));
const COMPARE_MS = 30_000;

interface Views {
  readonly first: string;
  readonly second: string;
  readonly keys: string;
}

/** The record of the first site, or another one as long, with another history. */
function forkOf({ world }: Scene): WorldRecord {
  const fork = world.newRecord();
  while (fork.size < world.record.size - 1)
    fork.add({ event: 'halt.requested', body: world.envelopeDigest(), at: world.now() });
  return fork;
}

const atSecond = (scene: Scene, record: WorldRecord): Order => {
  const { enclave, runner } = SECOND_SITE;
  return order(scene.world, { ...people(), record, capsule: () => ({ audience: { enclave, runner } }) });
};

/** Both sites act; then their own files are carried to one place. */
const shown =
  (recordOf: (scene: Scene) => WorldRecord, judge: (scene: Scene, views: Views) => Promise<readonly string[]>) =>
  async (scene: Scene): Promise<readonly string[]> => {
    // A host believes the task keys of one runner, so each site has hosts of its own.
    const hosts = await startHosts(`${scene.enclave.folder}-hosts`);
    const place = { name: 'second-site', address: SECOND_SITE };
    try {
      return await beside({ ...scene, hosts }, place, async (second) => {
        introduce(scene);
        introduce(second);
        const one = await carriedOut((on) => attemptOf(on, order(on.world, people())))(scene);
        const other = await carriedOut((on) => shownTo(on, recordOf(on)))(second);
        return [...one, ...other, ...(await judge(scene, viewsOf(scene, second)))];
      });
    } finally {
      await hosts.stop();
    }
  };

/** An order in a record that grew by it alone, or in another one that nothing leads to. */
function shownTo(on: Scene, record: WorldRecord): Attempt {
  const seen = on.world.record.size;
  const made = atSecond(on, record);
  const links = record === on.world.record ? [record.linkFrom(seen)] : [];
  return { ...attemptOf(on, made), last: { ...made.delivery, links } };
}

function viewsOf({ enclave, world }: Scene, second: Scene): Views {
  const views = {
    first: `${enclave.folder}-first.json`,
    second: `${enclave.folder}-second.json`,
    keys: `${enclave.folder}-keys`,
  };
  copyFileSync(enclave.recordView, views.first);
  copyFileSync(second.enclave.recordView, views.second);
  const { log, witnesses } = world.bundle.keys;
  writeFileSync(views.keys, [log, ...witnesses, ''].join('\n'));
  return views;
}

/** As an auditor runs it, on files alone. */
function compared({ first, second, keys }: Views): { readonly status: number | null; readonly said: string } {
  const args = [CS, 'witness', 'compare', first, second, '--keys', keys];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: COMPARE_MS });
  return { status, said: stdout + stderr };
}

async function isFound(scene: Scene, views: Views): Promise<readonly string[]> {
  const { status, said } = compared(views);
  const signed = said.split('\n').filter((line) => line.includes('\u2014 ')).length;
  const complaints = [
    ...(said.includes('FORK') && status !== 0 ? [] : [`comparing said ${status}: ${said.slice(0, 400)}`]),
    // Two checkpoints, each signed by the log and by the witness.
    ...(signed === 4 ? [] : [`${signed} signatures are shown`]),
  ];
  const branch = forkOf(scene);
  const refused = await refusedAs('record-forked', (on) =>
    attemptOf(on, order(on.world, { ...people(), record: branch })),
  )(scene);
  return [...complaints, ...refused];
}

async function isOne(_: Scene, views: Views): Promise<readonly string[]> {
  const { status, said } = compared(views);
  return status === 0 && said.includes('consistent') ? [] : [`comparing said ${status}: ${said.slice(0, 400)}`];
}

export const SPLIT_VIEW_ATTACKS: readonly Attack[] = [
  {
    name: 'two-sites-shown-two-histories',
    claim: 'log and witness show each site a history of its own, and nobody can tell',
    threats: ['T11', 'T10', 'I17'],
    requirements: ['V3', 'X1', 'AG-706 4.8'],
    runner: 'own',
    run: shown(forkOf, isFound),
    twin: shown(({ world }) => world.record, isOne),
  },
];
