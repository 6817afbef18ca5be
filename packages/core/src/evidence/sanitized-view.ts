/**
 * The sanitised view (V2): a second statement of the runner about the same evidence, with values it worked out inside from fields that
 * stay inside. Nobody outside can prove them against the root: they rest on the runner's word, and each says by which rule it was made.
 * No rule lets a text through: a value is a count, a duration, a word of a closed list or the first half of an address.
 */
import type { Digest, OrganisationId, ProposalId, RunnerId } from '../shared/brand.ts';
import { digest, id, integer, list, literal, object, oneOf, text, union, type Shape } from '../shared/shape.ts';
import type { Evidence } from './evidence.ts';

/** What a rule reads, and what it lets through; the digest of this list is signed with every view. */
export const MASKING_RULES = [
  { id: 'duration', reads: ['/startedAt', '/finishedAt'], gives: 'whole minutes from beginning to end, rounded up' },
  { id: 'dependants', reads: ['/dependencyAnalysis/dependants/*'], gives: 'how many' },
  { id: 'files', reads: ['/targets/*/before/*/path'], gives: 'how many files were looked at' },
  {
    id: 'health',
    reads: ['/healthBefore/*/state', '/healthAfter/*/state', '/targets/*/healthBefore', '/targets/*/healthAfter'],
    gives:
      'how many begin with running or ok (well), with failed or degraded (unwell), with not touched, or else (unknown)',
  },
  {
    id: 'host-class',
    reads: ['/targets/*/target'],
    gives:
      'how many targets of a class whose usual word is a part of the name: app, cache, database, proxy, queue, web, or other',
  },
  {
    id: 'address-prefix',
    reads: ['/targets/*/target', '/targets/*/output', '/targets/*/healthBefore', '/targets/*/healthAfter'],
    gives: 'the first two numbers of each IPv4 address, and how often it is met; at most 64 of them',
  },
  { id: 'output-size', reads: ['/targets/*/output'], gives: 'characters of all outputs, rounded up to a thousand' },
] as const;

export const HOST_CLASSES = ['app', 'cache', 'database', 'proxy', 'queue', 'web', 'other'] as const;
type HostClass = (typeof HOST_CLASSES)[number];
export const HEALTH_WORDS = ['well', 'unwell', 'not touched', 'unknown'] as const;
type HealthWord = (typeof HEALTH_WORDS)[number];

export type DerivedValue =
  | { readonly rule: 'duration'; readonly minutes: number }
  | { readonly rule: 'dependants' | 'files'; readonly count: number }
  | { readonly rule: 'health'; readonly when: 'before' | 'after'; readonly word: HealthWord; readonly count: number }
  | { readonly rule: 'host-class'; readonly class: HostClass; readonly count: number }
  | { readonly rule: 'address-prefix'; readonly prefix: string; readonly count: number }
  | { readonly rule: 'output-size'; readonly characters: number };

export interface SanitizedView {
  readonly type: 'sanitized-view';
  readonly organisation: OrganisationId;
  readonly runner: RunnerId;
  readonly capsule: Digest;
  readonly proposal: ProposalId;
  /** Root of the evidence it is about, hex, as the evidence statement has it. */
  readonly root: string;
  /** Digest of the list of rules the values were made with. */
  readonly masking: Digest;
  readonly derived: readonly DerivedValue[];
}

const count = integer({ min: 0, max: 1_000_000_000 });
const derivedShape: Shape<DerivedValue> = union<DerivedValue>('rule', {
  duration: object({ rule: literal('duration'), minutes: count }),
  dependants: object({ rule: literal('dependants'), count }),
  files: object({ rule: literal('files'), count }),
  health: object({ rule: literal('health'), when: oneOf('before', 'after'), word: oneOf(...HEALTH_WORDS), count }),
  'host-class': object({ rule: literal('host-class'), class: oneOf(...HOST_CLASSES), count }),
  'address-prefix': object({
    rule: literal('address-prefix'),
    prefix: text({ min: 7, max: 11, pattern: /^(?:0|[1-9]\d{0,2})\.(?:0|[1-9]\d{0,2})\.x\.x$/ }),
    count,
  }),
  'output-size': object({ rule: literal('output-size'), characters: count }),
});
const MAX_DERIVED = 128;

/** Strict to the last field: a text that is of no rule has no place to stand. */
export const sanitizedViewShape: Shape<SanitizedView> = object<SanitizedView>({
  type: literal('sanitized-view'),
  organisation: id(),
  runner: id(),
  capsule: digest,
  proposal: id(),
  root: text({ min: 64, max: 64, pattern: /^[0-9a-f]{64}$/ }),
  masking: digest,
  derived: list(derivedShape, { max: MAX_DERIVED }),
});

/** Everything the rules make of one evidence; the same evidence gives the same list. `durationMs`: from its beginning to its end. */
export function derivedValues(evidence: Evidence, durationMs: number): readonly DerivedValue[] {
  const { targets, healthBefore, healthAfter, dependencyAnalysis } = evidence;
  const touched = targets.filter(({ outcome }) => outcome !== 'held');
  const before = [...healthBefore.map(({ state }) => state), ...touched.map((one) => one.healthBefore)];
  const after = [...healthAfter.map(({ state }) => state), ...touched.map((one) => one.healthAfter)];
  const outputs = targets.map(({ output }) => output);
  const read = targets.flatMap((one) => [one.target, one.output, one.healthBefore, one.healthAfter]);
  return [
    { rule: 'duration', minutes: Math.max(0, Math.ceil(durationMs / 60_000)) },
    { rule: 'dependants', count: dependencyAnalysis.dependants.length },
    { rule: 'files', count: targets.reduce((sum, one) => sum + one.before.length, 0) },
    ...HEALTH_WORDS.flatMap((word) =>
      (['before', 'after'] as const).map((when): DerivedValue => {
        const states = when === 'before' ? before : after;
        return { rule: 'health', when, word, count: states.filter((state) => healthWord(state) === word).length };
      }),
    ),
    ...HOST_CLASSES.flatMap((name): readonly DerivedValue[] => {
      const found = targets.filter(({ target }) => hostClass(target) === name).length;
      return found === 0 ? [] : [{ rule: 'host-class', class: name, count: found }];
    }),
    ...addressPrefixes(read),
    { rule: 'output-size', characters: Math.ceil(outputs.reduce((sum, one) => sum + one.length, 0) / 1000) * 1000 },
  ];
}

/** How a runner begins what it says of a health; what comes after stays inside. */
const HEALTH_BEGINNINGS: readonly (readonly [HealthWord, RegExp])[] = [
  ['well', /^(?:running|ok)(?![^:,])/],
  ['unwell', /^(?:failed|degraded)(?![^:,])/],
  ['not touched', /^not touched(?![^:,])/],
];

/** Unknown is never told as well: a word that no rule has is a health that nobody knows. */
const healthWord = (state: string): HealthWord =>
  HEALTH_BEGINNINGS.find(([, beginning]) => beginning.test(state))?.[0] ?? 'unknown';

const CLASS_WORDS: readonly (readonly [HostClass, ReadonlySet<string>])[] = [
  ['app', new Set(['app', 'api', 'service', 'svc'])],
  ['cache', new Set(['cache', 'redis', 'memcached'])],
  ['database', new Set(['db', 'database', 'postgres', 'mysql', 'sql'])],
  ['proxy', new Set(['proxy', 'lb', 'gateway', 'edge'])],
  ['queue', new Set(['queue', 'mq', 'kafka', 'broker'])],
  ['web', new Set(['web', 'www', 'http', 'frontend'])],
];

/** By a whole part of the name: `web-1` is of the class web, `webster` is not. */
function hostClass(name: string): HostClass {
  const parts = name.toLowerCase().split(/[^a-z]+/);
  return CLASS_WORDS.find(([, words]) => parts.some((part) => words.has(part)))?.[0] ?? 'other';
}

const MAX_PREFIXES = 64;
/** Longer runs of numbers, such as versions of five parts, are not addresses. */
const ADDRESS = /(?<![\d.])(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?![\d.]*\d)/g;

function addressPrefixes(texts: readonly string[]): readonly DerivedValue[] {
  const met = new Map<string, number>();
  for (const one of texts)
    for (const [, ...parts] of one.matchAll(ADDRESS)) {
      const numbers = parts.map(Number);
      if (numbers.some((number) => number > 255)) continue;
      const prefix = `${numbers[0] ?? 0}.${numbers[1] ?? 0}.x.x`;
      met.set(prefix, (met.get(prefix) ?? 0) + 1);
    }
  return [...met.entries()]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .slice(0, MAX_PREFIXES)
    .map(([prefix, times]) => ({ rule: 'address-prefix', prefix, count: times }));
}
