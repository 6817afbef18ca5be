/**
 * The page of a delta (D6, C3): what changed between two versions of one capsule, and what stayed. Whoever signed the older one reads and
 * signs this instead of the whole. Made from the two capsules alone, ASCII, at most 100 wide, nothing left out.
 */
import type { Digest } from '../shared/brand.ts';
import type { Capsule } from '../capsule/capsule.ts';
import { field, plain } from '../capsule/plain-text.ts';
import { capsuleChanges, type CapsuleChange, type DeltaEffect } from './capsule-changes.ts';

export interface Version {
  readonly capsule: Capsule;
  /** Of the payload bytes as received. */
  readonly digest: Digest;
}

const SECTIONS: readonly (readonly [DeltaEffect, string])[] = [
  ['voids', 'Wider than a delta may be: everybody has to sign the whole version'],
  ['shifts', 'New: your signature is asked for this'],
  ['narrows', 'Less than you signed: no signature is needed for this'],
  ['follows', 'Computed again, authorises nothing'],
];

/** `words` is the spoken form of the newer digest. */
export function renderDelta(before: Version, after: Version, words: string): string {
  // Whether an authority envelope only narrows is proved elsewhere or not at all; the page must not depend on who renders it.
  const changes = capsuleChanges(before.capsule, after.capsule, { narrowsEnvelope: false });
  const title = `COUNTERSIGN DELTA: VERSION ${before.capsule.version} TO ${after.capsule.version} OF ${after.capsule.id}`;
  const lines = [
    title,
    '='.repeat(title.length),
    ...(after.capsule.isDemo ? ['DEMO: made with demo keys; a production runner refuses it.'] : []),
    ...field('title', plain(after.capsule.proposal.title)),
    ...field('proposal', `${after.capsule.proposal.id}, revision ${after.capsule.proposal.revision}`),
    ...SECTIONS.flatMap(([effect, heading]) =>
      section(
        heading,
        changes.filter((change) => change.effect === effect),
      ),
    ),
    ...(changes.length === 0 ? ['', 'Nothing differs but the digest.'] : []),
    '',
    'Everything else is as in the version before',
    '-------------------------------------------',
    ...field('change', after.capsule.changeDigest),
    ...field('targets', `${after.capsule.targets.length}, before ${before.capsule.targets.length}`),
    '',
    'Exactly this',
    '------------',
    ...field('before', before.digest),
    ...field('now', after.digest),
    ...field('in words', plain(words)),
  ];
  return `${lines.join('\n')}\n`;
}

const INDENT = 20;

function section(heading: string, changes: readonly CapsuleChange[]): readonly string[] {
  if (changes.length === 0) return [];
  return ['', heading, '-'.repeat(heading.length), ...changes.flatMap(changeLines)];
}

/** The place, what it was, what it is; each value whole. */
function changeLines({ at, before, after }: CapsuleChange): readonly string[] {
  const label = at.slice(1).replaceAll('/', ' ');
  const isLong = label.length >= INDENT;
  return [
    ...(isLong ? [label] : []),
    ...field(isLong ? '' : label, `was ${before === undefined ? 'nothing' : quoted(before)}`, INDENT),
    ...field('', `now ${after === undefined ? 'nothing' : quoted(after)}`, INDENT),
  ];
}

/** In quotes, so that a value that reads `nothing` is not taken for none. */
const quoted = (value: string): string => `"${plain(value)}"`;
