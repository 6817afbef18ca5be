/**
 * `cs audit prove`: entries of the record checked against the log's key and the witnesses', here and not by the server (V3).
 * With `--roots` the keys come from a trust bundle that your root of trust leads to; without, from the server, and that is said.
 */
import {
  bracketText,
  parseTlogProof,
  timesOfLeaves,
  verifyTlogProof,
  type CheckpointTrust,
  type EntryTime,
} from '@countersign/seal';
import type { Context } from '../cli/context.ts';
import { EXIT, type ExitCode } from '../cli/exit-codes.ts';
import { Failure, unverified } from '../cli/failure.ts';
import { checkpointTrust, openTrustBundle, readRoot, unsignedTrustBundle } from '../cli/roots.ts';
import { safe } from '../cli/safe-text.ts';
import { entriesFrom, entriesOfProposal, type AuditEntry } from './audit-list.ts';

export interface ProveOptions {
  readonly roots: string | undefined;
}

export async function auditProve(context: Context, name: string, { roots }: ProveOptions): Promise<ExitCode> {
  const { client, output, settings } = context;
  const { trust: given } = await client.trust();
  const trust = checkpointTrust(
    roots === undefined ? unsignedTrustBundle(given) : openTrustBundle(given, readRoot(roots)),
  );
  const entries = await entriesOf(context, name);
  const progress = context.progress();
  const proven: Proven[] = [];
  for (const [done, entry] of entries.entries()) {
    progress.show(`proving entry ${entry.seq}  ${done}/${entries.length}`, done / entries.length);
    proven.push(await prove(context, entry, trust));
  }
  progress.clear();
  const keysFrom = roots === undefined ? 'server' : 'roots';
  if (settings.isJson) output.json({ proven, keysFrom });
  else output.lines(proven.map(provenLine));
  if (roots === undefined) output.note('the keys came from the server itself; use `--roots FILE` to rely on your own');
  return proven.some(({ finding }) => finding !== undefined) ? EXIT.unverified : EXIT.ok;
}

interface Proven extends EntryTime {
  readonly seq: number;
  readonly at: string;
  readonly treeSize: number;
  readonly witnesses: readonly string[];
}

const provenLine = ({ seq, event, at, treeSize, witnesses, finding, ...bracket }: Proven): string =>
  `proven  ${seq}  ${event}  ${at}  in the tree of ${treeSize}, seen by ${witnesses.map((name) => safe(name, 80)).join(', ') || 'no witness'}; ${bracketText(bracket)}${finding === undefined ? '' : `  FINDING: ${finding}`}`;

async function prove({ client }: Context, { seq, leaf, bytes }: AuditEntry, trust: CheckpointTrust): Promise<Proven> {
  const { checkpoints } = await client.around(seq);
  // In the earliest one that a witness saw it in; while no witness has, in the newest.
  const earliest = checkpoints.find(({ size }) => size > seq);
  const proof = parseTlogProof(await client.proof(seq, earliest?.size));
  if (!proof.ok) throw unverified(proof.refusal);
  const verified = verifyTlogProof(proof.value, bytes, trust);
  if (!verified.ok) throw unverified({ ...verified.refusal, detail: `entry ${seq}: ${verified.refusal.detail}` });
  const { index, checkpoint } = verified.value;
  if (index !== seq) throw unverified({ code: 'bad-proof', detail: `the proof is of entry ${index}, not ${seq}` });
  const without = checkpoints.find(({ size, note }) => size <= seq && size > 0 && note !== undefined);
  const older =
    without?.note === undefined
      ? []
      : [{ note: without.note, hashes: (await client.consistency(without.size, checkpoint.size)).proof }];
  const times = timesOfLeaves([{ leaf, index, body: undefined, checkpoint }], older, trust);
  if (!times.ok) throw unverified({ ...times.refusal, detail: `entry ${seq}: ${times.refusal.detail}` });
  const [time] = times.value;
  return {
    ...(time ?? { index, event: leaf.event, said: leaf.at }),
    seq,
    at: leaf.at,
    treeSize: checkpoint.size,
    witnesses: checkpoint.cosignatures.map((one) => one.name),
  };
}

async function entriesOf({ client }: Context, name: string): Promise<readonly AuditEntry[]> {
  const seq = /^\d{1,15}$/.test(name) ? Number(name) : undefined;
  const found: AuditEntry[] = [];
  for await (const entry of seq === undefined ? entriesOfProposal(client, name, 0) : entriesFrom(client, seq)) {
    found.push(entry);
    if (seq !== undefined) break;
  }
  if (found.length > 0) return found;
  throw new Failure(EXIT.failed, {
    code: 'not-found',
    detail: `the record holds nothing for \`${name}\``,
    next: ['cs audit list'],
  });
}
