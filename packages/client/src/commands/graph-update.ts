/**
 * `cs graph update` and `cs graph changes`: an estate that changes a little every day is kept by small updates (G2, G3). They are
 * applied here, where its owner works; what is signed and delivered is the whole snapshot that comes out.
 */
import { writeFileSync } from 'node:fs';
import {
  applyUpdate,
  graphUpdateShape,
  readShape,
  updateBetween,
  type GraphUpdate,
  type Refusal,
} from '@countersign/core';
import { digestOf } from '@countersign/seal';
import type { Context } from '../cli/context.ts';
import { EXIT, type ExitCode } from '../cli/exit-codes.ts';
import { Failure } from '../cli/failure.ts';
import { safe } from '../cli/safe-text.ts';
import { graphBytes, readGraphFile, readSnapshotFile } from '../graph-files/graph-document.ts';

interface GraphWriting {
  readonly out: string;
}

/** Writes the snapshot after the update; each place of the update that does not fit is named, and then nothing is written. */
export async function graphUpdate(
  { output, settings }: Context,
  [baseFile, updateFile]: readonly [base: string, update: string],
  { out }: GraphWriting,
): Promise<ExitCode> {
  const base = readSnapshotFile(baseFile);
  const update = readGraphFile(updateFile, graphUpdateShape);
  const applied = applyUpdate(base, update);
  if (!applied.ok) throw new Failure(EXIT.failed, named(updateFile, applied.refusal));
  const bytes = graphBytes(applied.value);
  writeFileSync(out, bytes, { mode: 0o600 });
  const { version, nodes, edges } = applied.value;
  const [digest, changes] = [digestOf(bytes), countsOf(update)];
  if (settings.isJson)
    output.json({ file: out, version, nodes: nodes.length, edges: edges.length, digest, base: base.digest, changes });
  else
    output.lines([
      `${safe(out)}  version ${version}  ${nodes.length} nodes, ${edges.length} edges  ${digest}`,
      words(changes),
    ]);
  output.note(`sign it with: cs graph sign ${safe(out)} --key FILE --out graph.dsse.json`);
  return EXIT.ok;
}

/** Writes the update that leads from one snapshot to the next; what could not be applied is refused here already. */
export async function graphChanges(
  { output, settings }: Context,
  [baseFile, nextFile]: readonly [base: string, next: string],
  { out }: GraphWriting,
): Promise<ExitCode> {
  const base = readSnapshotFile(baseFile);
  const next = readSnapshotFile(nextFile);
  const update = updateBetween(base, next.snapshot);
  const read = readShape(graphUpdateShape, update);
  if (!read.ok) throw new Failure(EXIT.failed, tooMany(read.refusal));
  const applied = applyUpdate(base, update);
  if (!applied.ok) throw new Failure(EXIT.failed, named(nextFile, applied.refusal));
  const bytes = graphBytes(update);
  writeFileSync(out, bytes, { mode: 0o600 });
  const changes = countsOf(update);
  if (settings.isJson) output.json({ file: out, base: base.digest, version: update.version, changes });
  else output.lines([`${safe(out)}  from ${base.digest} to version ${update.version}`, words(changes)]);
  output.note(`apply it with: cs graph update ${safe(baseFile)} ${safe(out)} --out next.json`);
  return EXIT.ok;
}

interface Counts {
  readonly upsertNodes: number;
  readonly removeNodes: number;
  readonly upsertEdges: number;
  readonly removeEdges: number;
}
const countsOf = ({ upsertNodes, removeNodes, upsertEdges, removeEdges }: GraphUpdate): Counts => ({
  upsertNodes: upsertNodes.length,
  removeNodes: removeNodes.length,
  upsertEdges: upsertEdges.length,
  removeEdges: removeEdges.length,
});
const words = ({ upsertNodes, removeNodes, upsertEdges, removeEdges }: Counts): string =>
  `${upsertNodes} nodes new or changed, ${removeNodes} gone; ${upsertEdges} edges new or changed, ${removeEdges} gone`;

const named = (file: string, refusal: Refusal): Refusal => ({ ...refusal, detail: `\`${file}\`: ${refusal.detail}` });
const tooMany = (refusal: Refusal): Refusal => ({
  ...refusal,
  detail: 'the snapshots differ by more than an update may hold',
  next: ['sign and install the later snapshot as it is'],
});
