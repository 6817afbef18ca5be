/**
 * One key speaks for one thing (X1, A4). What is believed of a relay, a graph's owner, a staging runner, the witness or a person rests
 * on who holds the key: a key in two places lets one of them answer for the other, and one relay for two sources makes two of one.
 */
import { ok, refuse, type Complaint, type Result } from '../shared/result.ts';
import type { KeyOf } from './roster.ts';
import type { TrustBundle } from './trust-bundle.ts';

/** The key itself, whatever its encoding; undefined for what nobody can verify under. `seal` knows. */
export interface KeyReaders {
  readonly credential: KeyOf;
  readonly machine: (publicKey: string) => string | undefined;
  readonly note: (vkey: string) => string | undefined;
}

interface Held {
  readonly at: string;
  readonly key: string | undefined;
}

/** Keys of two people are compared in `checkRoster`, keys of two agents where they show them. */
export function checkKeyDuties({ keys, people, agents }: TrustBundle, read: KeyReaders): Result<true> {
  const machines = [...heldByMachines(keys, read), ...heldByRecord(keys, read)];
  const others = [
    ...people.flatMap(({ credentials }, place) =>
      credentials.map((one, index) => ({ at: `/people/${place}/credentials/${index}`, key: read.credential(one) })),
    ),
    ...agents.flatMap(({ keys: own = [] }, place) =>
      own.map((one, index) => ({ at: `/agents/${place}/keys/${index}`, key: read.machine(one) })),
    ),
  ];
  const holders = new Map<string, string>();
  const complaints: Complaint[] = [];
  for (const { at, key } of machines) {
    const before = key === undefined ? undefined : holders.get(key);
    if (before !== undefined) complaints.push({ at, problem: `is the key at ${before}` });
    else if (key !== undefined) holders.set(key, at);
  }
  for (const { at, key } of others) {
    const machine = key === undefined ? undefined : holders.get(key);
    if (machine !== undefined) complaints.push({ at, problem: `is the key at ${machine}` });
  }
  if (complaints.length === 0) return ok(true);
  return refuse('trust-unsound', 'one key stands for two things', { clause: 'X1', complaints });
}

const MACHINES = ['capsuleSigners', 'graphOwners', 'relays', 'runners', 'statusSigners'] as const;

const heldByMachines = (keys: TrustBundle['keys'], { machine }: KeyReaders): readonly Held[] =>
  MACHINES.flatMap((kind) =>
    keys[kind].map(({ publicKey }, place) => ({ at: `/keys/${kind}/${place}`, key: machine(publicKey) })),
  );

const heldByRecord = ({ log, witnesses }: TrustBundle['keys'], { note }: KeyReaders): readonly Held[] => [
  { at: '/keys/log', key: note(log) },
  ...witnesses.map((vkey, place) => ({ at: `/keys/witnesses/${place}`, key: note(vkey) })),
];
