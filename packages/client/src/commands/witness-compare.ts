/**
 * `cs witness compare`: the views of one record that runners, witnesses and auditors hold, carried here outside the control plane (T11).
 * Two histories that were both signed are shown with both signed checkpoints.
 */
import { literal, object, readShape, text, type Shape } from '@countersign/core';
import {
  compareViews,
  openView,
  parseTlogProof,
  readStrictJson,
  recordLinksShape,
  rootWithin,
  rootWithinNodes,
  type Comparison,
  type RecordLink,
  type RootThen,
  type View,
} from '@countersign/seal';
import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import type { Context } from '../cli/context.ts';
import { EXIT, type ExitCode } from '../cli/exit-codes.ts';
import { Failure, unverified } from '../cli/failure.ts';
import { safe } from '../cli/safe-text.ts';
import { readLogKeys } from '../record/key-file.ts';
import { nodesInFolder, sizeInFolder } from '../record/tile-folder.ts';

export interface CompareOptions {
  /** Verifier keys of the log and its witnesses. */
  readonly keys: string;
  readonly quorum: number;
  /** A folder of tiles, which proves how two sizes belong together. */
  readonly tiles?: string;
}

interface ViewFile {
  readonly type: 'record-view';
  readonly by: string;
  readonly note: string;
  readonly links: readonly RecordLink[];
}
const viewShape: Shape<ViewFile> = object<ViewFile>({
  type: literal('record-view'),
  by: text({ min: 1, max: 200 }),
  note: text({ min: 1, max: 65_536 }),
  links: recordLinksShape,
});
const MAX_VIEW_BYTES = 262_144;

export async function witnessCompare(
  { output, settings }: Context,
  files: readonly string[],
  { keys, quorum, tiles }: CompareOptions,
): Promise<ExitCode> {
  const trust = readLogKeys(keys, quorum);
  const views = files.map((file) => {
    const view = readView(file);
    const opened = openView(view, trust);
    if (!opened.ok) throw unverified({ ...opened.refusal, detail: `${safe(file)}: ${opened.refusal.detail}` });
    return opened.value;
  });
  const compared = await compareViews(views, tiles === undefined ? async () => undefined : rootsIn(tiles));
  if (settings.isJson) output.json(compared);
  else output.lines(linesOf(compared, tiles));
  return exitOf(compared);
}

/** A file that a runner or a witness wrote, a `.tlog-proof`, or a checkpoint as it was signed. */
function readView(file: string): View {
  if (statSync(file).size > MAX_VIEW_BYTES)
    throw new Failure(EXIT.usage, { code: 'too-large', detail: `${safe(file)} is too large for a checkpoint` });
  const bytes = readFileSync(file);
  const by = basename(file);
  if (bytes[0] === 0x7b) {
    const json = readStrictJson(bytes, { maxBytes: MAX_VIEW_BYTES });
    const view = json.ok ? readShape(viewShape, json.value) : json;
    if (!view.ok) throw unverified({ ...view.refusal, detail: `${safe(file)}: ${view.refusal.detail}` });
    return { by: `${view.value.by} (${by})`, note: view.value.note, links: view.value.links };
  }
  const written = bytes.toString('utf8');
  const proof = parseTlogProof(written);
  return { by, note: proof.ok ? proof.value.checkpoint : written };
}

const rootsIn =
  (folder: string): RootThen =>
  async (older, newer) => {
    const { size } = newer.checkpoint;
    // The folder may be of a longer record: its last tiles are as wide as that one made them.
    const node = nodesInFolder(folder, rootWithinNodes(older, size), sizeInFolder(folder, size));
    const root = rootWithin(node, older, newer.checkpoint);
    return root.ok ? root.value : undefined;
  };

function linesOf(compared: Comparison, tiles: string | undefined): readonly string[] {
  switch (compared.verdict) {
    case 'consistent':
      return [`consistent: ${compared.views} views of one record, the longest of ${compared.size} entries`];
    case 'forked':
    case 'rolled-back': {
      const name = compared.verdict === 'forked' ? 'FORK' : 'ROLLED BACK';
      const proof = compared.proof.flatMap(({ by, note }) => [
        '',
        `held by ${safe(by, 200)}:`,
        ...note.trimEnd().split('\n').map(shownLine),
      ]);
      return [`${name}: ${safe(compared.why, 400)}`, 'both checkpoints were signed; keep these files:', ...proof];
    }
    case 'unproved':
      return [
        `NOT SHOWN: ${safe(compared.why, 400)}`,
        `between ${compared.between.map(({ by }) => safe(by, 200)).join(' and ')}`,
        tiles === undefined
          ? 'Next: give `--tiles DIR`, a folder that `cs record export-tiles` wrote'
          : `Next: bring ${safe(tiles, 200)} up to date with \`cs record export-tiles\`, and compare again`,
      ];
  }
}

/** As it was signed; the dash before a signature is part of the format. */
const shownLine = (line: string): string =>
  line.startsWith('\u2014 ') ? `  \u2014 ${safe(line.slice(2), 400)}` : `  ${safe(line, 400)}`;

function exitOf({ verdict }: Comparison): ExitCode {
  switch (verdict) {
    case 'consistent':
      return EXIT.ok;
    case 'forked':
    case 'rolled-back':
      return EXIT.unverified;
    case 'unproved':
      return EXIT.failed;
  }
}
