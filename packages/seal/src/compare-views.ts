/**
 * Views of one record that several parties hold: runners, witnesses, auditors (T11). Whoever signed two histories is shown with both
 * signed checkpoints: nobody has to be believed about it.
 */
import { ok, type Result } from '@countersign/core';
import { encodeBase64 } from './base64.ts';
import { openCheckpoint, type CheckpointTrust, type OpenedCheckpoint } from './checkpoint.ts';
import { sameBytes } from './merkle.ts';
import { checkLinked, type RecordLink } from './record-link.ts';

export interface View {
  /** Who holds it, or where it was found. */
  readonly by: string;
  /** As it was signed. */
  readonly note: string;
  readonly links?: readonly RecordLink[];
}
export interface OpenedView extends View {
  readonly checkpoint: OpenedCheckpoint;
  /** When a witness signed it last. */
  readonly timeSeconds: number;
}

/** The root that the record of the newer checkpoint had at an older size, when somebody can prove it. */
export type RootThen = (older: number, newer: OpenedView) => Promise<Uint8Array | undefined>;

export type Comparison =
  | { readonly verdict: 'consistent'; readonly views: number; readonly size: number }
  /** Both were signed, and no record can be both. */
  | { readonly verdict: 'forked' | 'rolled-back'; readonly why: string; readonly proof: readonly [View, View] }
  /** Nobody has shown how the two belong together. */
  | { readonly verdict: 'unproved'; readonly why: string; readonly between: readonly [View, View] };

export function openView(view: View, trust: CheckpointTrust): Result<OpenedView> {
  const checkpoint = openCheckpoint(view.note, trust);
  if (!checkpoint.ok) return checkpoint;
  const times = checkpoint.value.cosignatures.map(({ timeSeconds }) => timeSeconds);
  return ok({ ...view, checkpoint: checkpoint.value, timeSeconds: Math.max(0, ...times) });
}

/** Neighbours by size: when each continues the one before, all are of one record. Who went back is asked of every two. */
export async function compareViews(views: readonly OpenedView[], rootThen: RootThen): Promise<Comparison> {
  const ordered = views.toSorted((a, b) => a.checkpoint.size - b.checkpoint.size || a.timeSeconds - b.timeSeconds);
  for (const [place, newer] of ordered.entries()) {
    const smaller = ordered.slice(0, place);
    const older = smaller.at(-1);
    const found = older === undefined ? undefined : await comparePair(older, newer, rootThen);
    const back = found ?? smaller.map((one) => rolledBack(one, newer)).find((one) => one !== undefined);
    if (back !== undefined) return back;
  }
  return { verdict: 'consistent', views: views.length, size: ordered.at(-1)?.checkpoint.size ?? 0 };
}

async function comparePair(older: OpenedView, newer: OpenedView, rootThen: RootThen): Promise<Comparison | undefined> {
  const [a, b] = [older.checkpoint, newer.checkpoint];
  if (a.size === 0) return undefined;
  if (a.size === b.size)
    return sameBytes(a.root, b.root) ? undefined : forked(older, newer, `two records of ${a.size} entries were signed`);
  const heads = [a, b].map(({ size, root }) => ({ size, root: encodeBase64(root) }));
  const [olderHead, newerHead] = heads;
  if (olderHead !== undefined && newerHead !== undefined && checkLinked(olderHead, newerHead, newer.links ?? []).ok)
    return undefined;
  const then = await rootThen(a.size, newer);
  if (then === undefined)
    return {
      verdict: 'unproved',
      why: `nothing at hand shows that the record of ${a.size} entries became the one of ${b.size}`,
      between: [older, newer],
    };
  return sameBytes(then, a.root)
    ? undefined
    : forked(older, newer, `the record of ${b.size} entries had another history at ${a.size} entries`);
}

const forked = (a: View, b: View, why: string): Comparison => ({ verdict: 'forked', why, proof: [a, b] });

/** One witness that saw a longer record cosigns no shorter one afterwards. */
function rolledBack(older: OpenedView, newer: OpenedView): Comparison | undefined {
  for (const late of older.checkpoint.cosignatures)
    for (const early of newer.checkpoint.cosignatures)
      if (
        older.checkpoint.size < newer.checkpoint.size &&
        late.name === early.name &&
        late.timeSeconds > early.timeSeconds
      )
        return {
          verdict: 'rolled-back',
          why: `${late.name} cosigned ${newer.checkpoint.size} entries and ${late.timeSeconds - early.timeSeconds} s later only ${older.checkpoint.size}`,
          proof: [newer, older],
        };
  return undefined;
}
