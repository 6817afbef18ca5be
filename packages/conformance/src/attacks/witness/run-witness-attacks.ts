/** Attacks on the witness: a record that forks, shrinks, hides or forges entries must end its signatures for good (V3, T10, T11). */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digest } from '@countersign/core';
import { Keyring } from '../../demo/keyring.ts';
import type { CaseResult } from '../../result.ts';
import { until } from '../../scenarios/wait.ts';
import { made } from '../world/made.ts';
import { start, type Started } from '../world/programs.ts';
import { WorldRecord } from '../world/world-record.ts';
import { LyingRecord, type Claim } from './lying-record.ts';
import { writeWitness } from './witness-files.ts';

interface Stand {
  readonly keys: Keyring;
  readonly folder: string;
  readonly record: LyingRecord;
  readonly start: () => Promise<Started>;
}

const PATIENCE_MS = 10_000;
const BODY = made(digest, `sha256:${'b'.repeat(64)}`);
const OTHER = made(digest, `sha256:${'c'.repeat(64)}`);
const AT = '2026-01-01T00:00:00.000Z';

/** A record of this many entries; `odd` names the one that is another than in all other records. */
function recordOf(keys: Keyring, size: number, odd?: number): WorldRecord {
  const record = new WorldRecord({ log: keys.signer('log'), witness: keys.signer('witness') });
  for (let seq = 0; seq < size; seq += 1)
    record.add({ event: 'halt.requested', body: seq === odd ? OTHER : BODY, at: AT });
  return record;
}

const claimOf = (record: WorldRecord): Claim => ({
  size: record.size,
  note: record.checkpoint(),
  leaves: record.leaves,
});

/** Three honest entries are cosigned first; then the lie is shown. */
const alarmed =
  (code: string, lie: (stand: Stand) => Claim) =>
  async (stand: Stand): Promise<readonly string[]> => {
    const { record, keys, folder } = stand;
    const witness = await stand.start();
    try {
      record.claim(claimOf(recordOf(keys, 3)));
      await until({ what: 'the first cosignature', timeoutMs: PATIENCE_MS, everyMs: 20 }, async () =>
        record.cosigned.at(0),
      );
      record.repeat(lie(stand));
      const file = join(folder, 'state', 'alarm.json');
      await until({ what: 'the alarm', timeoutMs: PATIENCE_MS, everyMs: 20 }, async () =>
        existsSync(file) ? true : undefined,
      );
      const alarm = readFileSync(file, 'utf8');
      const told = record.said.length;
      // Honest again, too late: an alarm stands until a person has looked.
      record.repeat(claimOf(recordOf(keys, 4)));
      const again = await stand.start().then(
        async (second) => {
          await second.stop();
          return ['it started again under a standing alarm'];
        },
        () => [],
      );
      return [
        ...(alarm.includes(`"code":"${code}"`) ? [] : [`the alarm says ${alarm.slice(0, 200)}, not ${code}`]),
        ...(record.cosigned.length === 1 ? [] : [`it cosigned ${record.cosigned.join(', ')}`]),
        ...(record.said.length === told ? [] : ['it went on to say what rules']),
        ...(witness.said().includes('ALARM') ? [] : ['it said nothing loud']),
        ...again,
      ];
    } finally {
      await witness.stop();
    }
  };

/** The same growth without a lie: cosigned at once, no alarm. */
async function honest({ record, keys, folder, start: startWitness }: Stand): Promise<readonly string[]> {
  const witness = await startWitness();
  try {
    record.claim(claimOf(recordOf(keys, 3)));
    await until({ what: 'the first cosignature', timeoutMs: PATIENCE_MS, everyMs: 20 }, async () =>
      record.cosigned.at(0),
    );
    record.claim(claimOf(recordOf(keys, 5)));
    await until({ what: 'the second cosignature', timeoutMs: PATIENCE_MS, everyMs: 20 }, async () =>
      record.cosigned.at(1),
    );
    return [
      ...(record.cosigned.join(' ') === '3 5' ? [] : [`it cosigned ${record.cosigned.join(', ')}`]),
      ...(existsSync(join(folder, 'state', 'alarm.json')) ? ['an alarm stands'] : []),
    ];
  } finally {
    await witness.stop();
  }
}

const forged = (seq: number, bytes: Uint8Array, leaves: readonly Uint8Array[]): readonly Uint8Array[] =>
  leaves.map((leaf, at) => (at === seq ? bytes : leaf));

interface WitnessAttack {
  readonly name: string;
  readonly code: string;
  readonly lie: (stand: Stand) => Claim;
}

const WITNESS_ATTACKS: readonly WitnessAttack[] = [
  { name: 'record-forked-in-the-past', code: 'fork', lie: ({ keys }) => claimOf(recordOf(keys, 5, 1)) },
  { name: 'record-forked-at-the-same-size', code: 'fork', lie: ({ keys }) => claimOf(recordOf(keys, 3, 2)) },
  { name: 'record-shrunk', code: 'rollback', lie: ({ keys }) => claimOf(recordOf(keys, 2)) },
  { name: 'entry-not-shown', code: 'gap', lie: ({ keys }) => ({ ...claimOf(recordOf(keys, 5)), hidden: [3] }) },
  {
    name: 'entry-changed-under-the-root',
    code: 'fork',
    lie: ({ keys }) => {
      const real = recordOf(keys, 5);
      return { ...claimOf(real), leaves: forged(4, recordOf(keys, 5, 4).leaves[4] ?? new Uint8Array(), real.leaves) };
    },
  },
  {
    name: 'entry-that-is-no-leaf',
    code: 'bad-leaf',
    lie: ({ keys }) => {
      const real = recordOf(keys, 5);
      return { ...claimOf(real), leaves: forged(3, new TextEncoder().encode('{"type":"note"}'), real.leaves) };
    },
  },
  {
    name: 'checkpoint-of-a-stranger',
    code: 'not-signed',
    lie: ({ keys }) => {
      const real = recordOf(keys, 5);
      return { ...claimOf(real), note: real.checkpoint(keys.signer('a-stranger')) };
    },
  },
];

export const WITNESS_ATTACK_NAMES: readonly string[] = WITNESS_ATTACKS.map(({ name }) => name);

export async function runWitnessAttacks(hear: (result: CaseResult) => void): Promise<readonly CaseResult[]> {
  const trials = [
    { name: 'record-grows', kind: 'twin' as const, trial: honest, alarm: [] },
    ...WITNESS_ATTACKS.map(({ name, code, lie }) => ({
      name,
      kind: 'check' as const,
      trial: alarmed(code, lie),
      alarm: [code],
    })),
  ];
  const results: CaseResult[] = [];
  for (const { name, kind, trial, alarm } of trials) {
    const started = performance.now();
    const complaints = await onStand(trial).catch((error: unknown) => [
      error instanceof Error ? error.message : String(error),
    ]);
    const state = complaints.length === 0 ? 'passed' : 'failed';
    const ms = Math.round(performance.now() - started);
    const result: CaseResult = {
      name,
      kind,
      state,
      complaints,
      ms,
      requirements: ['V3', 'X1', 'AG-706 4.8'],
      threats: ['T10', 'T11', 'I17'],
      // The alarm is compared with it word by word.
      refusedBy: state === 'passed' ? alarm : [],
    };
    results.push(result);
    hear(result);
  }
  return results;
}

async function onStand(trial: (stand: Stand) => Promise<readonly string[]>): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-witness-'));
  const keys = new Keyring(join(folder, 'keys'));
  const record = new LyingRecord();
  const url = await record.listen();
  const config = writeWitness(keys, { folder, url });
  try {
    return await trial({ keys, folder, record, start: () => start({ file: 'runner/src/witness.ts', args: [config] }) });
  } finally {
    await record.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
