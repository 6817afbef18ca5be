/** What rules now, read from the leaves of the record alone (X1): active envelope, trust version, halts, and the hour's autonomous targets. */
import {
  ACTION_TYPES,
  digest,
  integer,
  leafShape,
  list,
  MAX_HALTS,
  object,
  oneOf,
  optional,
  parseDigest,
  readShape,
  rulingVersionShape,
  text,
  type ActionType,
  type Digest,
  type Leaf,
  type NamedVersion,
  type Result,
  type RulingVersion,
  type Shape,
  type Status,
} from '@countersign/core';
import { digestOf, isJsonObject, readCapsule, readStrictJson, type JsonObject } from '@countersign/seal';

interface Dispatch {
  /** When the witness saw it, in milliseconds since 1970: the record's own dates are claims. */
  readonly seenMs: number;
  readonly targets: number;
  /** Place in the record; absent in what an older version remembered. */
  readonly index?: number;
}

/** All of it is derived again from the first leaf when it is lost. */
export interface RulingState {
  readonly envelope?: RulingVersion;
  /** Of the newest version that ever ruled: a suspension forgets the version, not that it was there. */
  readonly newest?: number;
  readonly trustVersion: number;
  readonly halts: readonly string[];
  /** Classes of action that lost their autonomy (E6); absent in what an older version remembered. */
  readonly suspended?: readonly ActionType[];
  readonly dispatches: readonly Dispatch[];
}

export const NOTHING_RULES: RulingState = { trustVersion: 0, halts: [], dispatches: [] };

const versionShape = integer({ min: 1, max: 1_000_000_000 });
const namedShape: Shape<NamedVersion> = object<NamedVersion>({ digest, version: versionShape });
export const rulingShape: Shape<RulingState> = object<RulingState>({
  envelope: optional(rulingVersionShape),
  newest: optional(versionShape),
  trustVersion: integer({ min: 0, max: 1_000_000_000 }),
  halts: list(text({ min: 3, max: 71 }), { max: MAX_HALTS }),
  suspended: optional(list(oneOf(...ACTION_TYPES), { max: 64 })),
  dispatches: list(
    object<Dispatch>({
      seenMs: integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
      targets: integer({ min: 0, max: 1_000_000_000 }),
      index: optional(integer({ min: 0, max: Number.MAX_SAFE_INTEGER })),
    }),
    { max: 100_000 },
  ),
});

const HOUR_MS = 3_600_000;
/** A dispatch that did not begin within this time is made again: kept back, it would fall into an hour that does not count it. */
const BEGINS_WITHIN_MS = 300_000;
/** How long a statement may be used. */
export const STATUS_LIFE_MS = 300_000;
/** Two clocks, five seconds each. */
const SKEW_MS = 10_000;
/** As long as an act of this dispatch may lie within one hour with an act that this statement allows (I14). */
const COUNTED_MS = HOUR_MS + BEGINS_WITHIN_MS + STATUS_LIFE_MS + SKEW_MS;
const MAX_BODY_BYTES = 8_388_608;
/** A dispatch whose capsule is not shown may be anything: it uses up the whole quota. */
const UNKNOWN_TARGETS = 1_000_000_000;
const TRUST_SUBJECT = /^trust-bundle:v([1-9]\d{0,9})$/;

export const readLeaf = (bytes: Uint8Array): Result<Leaf> => {
  const json = readStrictJson(bytes, { maxBytes: 65_536 });
  return json.ok ? readShape(leafShape, json.value) : json;
};

export interface Shown {
  readonly body: Uint8Array | undefined;
  readonly nowMs: number;
  /** Place of the leaf in the record. */
  readonly index: number;
}

/** A body counts only when it has the digest that is in the leaf. */
export function rule(state: RulingState, leaf: Leaf, shown: Shown): RulingState {
  const body = shown.body !== undefined && digestOf(shown.body) === leaf.body ? shown.body : undefined;
  // Only these leaves say what rules; every other event leaves it as it is.
  const rules: Partial<Record<Leaf['event'], () => RulingState>> = {
    'envelope.activated': () => activated(state, body),
    'envelope.suspended': () => without(state),
    'trust.updated': () => ({ ...state, trustVersion: newestTrust(state, leaf, body) }),
    'halt.requested': () => halted(state, haltOf(leaf, body)),
    // No further capsule of it begins, whatever a server sends; what runs goes on (C4).
    'campaign.held': () => halted(state, holdOf(leaf, body)),
    'class.contracted': () => suspending(state, leaf),
    'class.restored': () => ({ ...state, suspended: classesBut(state, classOf(leaf)) }),
    'rollout.resumed': () => released(state, leaf),
    'rollout.completed': () => released(state, leaf),
    'rollout.rolled-back': () => released(state, leaf),
    'capsule.dispatched': () => ({ ...state, dispatches: dispatched(state, { ...shown, body }) }),
  };
  return rules[leaf.event]?.() ?? state;
}

/** More than a statement can name is everything: two people let that go, and the newest stay named. */
function halted(state: RulingState, halt: string): RulingState {
  const halts = [...new Set([...state.halts, halt])];
  if (halts.length <= MAX_HALTS) return { ...state, halts };
  const named = halts.filter((one) => one !== 'all');
  return { ...state, halts: ['all', ...named.slice(1 - MAX_HALTS)] };
}

/** A class that cannot be read may be any: all of them are suspended. */
function suspending(state: RulingState, leaf: Leaf): RulingState {
  const named = classOf(leaf);
  return { ...state, suspended: named === undefined ? ACTION_TYPES : [...classesBut(state, named), named].toSorted() };
}

const classesBut = ({ suspended = [] }: RulingState, but: ActionType | undefined): readonly ActionType[] =>
  suspended.filter((one) => one !== but);

const classOf = ({ subject }: Leaf): ActionType | undefined =>
  ACTION_TYPES.find((action) => subject === `class:${action}`);

/** Most capsules end without a halt: then nothing rules otherwise, and nobody has to be told. */
function released(state: RulingState, leaf: Leaf): RulingState {
  const halts = state.halts.filter((halt) => halt !== capsuleOf(leaf));
  return halts.length === state.halts.length ? state : { ...state, halts };
}

const without = ({ envelope, ...rest }: RulingState): RulingState =>
  envelope === undefined ? rest : { newest: envelope.version, ...rest };

/**
 * Control says that two policy admins signed again after a stop of everything: that lets things go (X5). One who narrows the
 * envelope (E3) lets nothing go: stopping takes one, going on takes two.
 */
function activated(state: RulingState, body: Uint8Array | undefined): RulingState {
  const json = jsonOf(body);
  const read =
    json === undefined ? undefined : readShape(namedShape, { digest: json['digest'], version: json['version'] });
  // Unreadable: something rules that nobody can name, so nothing runs alone.
  if (read?.ok !== true) return without(state);
  // No newer than what ever ruled: nothing that was replaced or suspended comes back by a leaf.
  if (read.value.version <= (state.newest ?? state.envelope?.version ?? 0)) return without(state);
  // Not said is not "by two".
  const halts = json?.['narrowings'] === 0 ? state.halts.filter((halt) => halt !== 'all') : state.halts;
  const { digest: was, version: before } = state.envelope ?? {};
  const follows = was === undefined || before === undefined ? {} : { follows: { digest: was, version: before } };
  return { ...state, envelope: { ...read.value, ...follows }, newest: read.value.version, halts };
}

function jsonOf(body: Uint8Array | undefined): JsonObject | undefined {
  const json = body === undefined ? undefined : readStrictJson(body, { maxBytes: MAX_BODY_BYTES });
  return json?.ok === true && isJsonObject(json.value) ? json.value : undefined;
}

/** No version takes the place of a newer one: what was revoked would count again. A body that is not shown has its number in the leaf. */
function newestTrust({ trustVersion }: RulingState, { subject }: Leaf, body: Uint8Array | undefined): number {
  const named = jsonOf(body)?.['version'] ?? Number(TRUST_SUBJECT.exec(subject)?.[1]);
  const version = versionShape.read(named, '', []);
  return Math.max(trustVersion, version ?? 0);
}

/** A halt that does not say of what is a halt of everything. */
function haltOf(leaf: Leaf, body: Uint8Array | undefined): string {
  const named = jsonOf(body)?.['capsule'];
  const capsule = typeof named === 'string' ? parseDigest(named) : undefined;
  return capsule ?? (named === 'all' ? 'all' : (capsuleOf(leaf) ?? 'all'));
}

function holdOf({ subject }: Leaf, body: Uint8Array | undefined): string {
  const named = jsonOf(body)?.['campaign'];
  const campaign = typeof named === 'string' ? parseDigest(named) : undefined;
  return campaign ?? parseDigest(subject.replace(/^campaign:/, 'sha256:')) ?? 'all';
}

function capsuleOf({ subject }: Leaf): Digest | undefined {
  return subject.startsWith('capsule:') ? parseDigest(`sha256:${subject.slice('capsule:'.length)}`) : undefined;
}

function dispatched({ dispatches }: RulingState, { body, nowMs, index }: Shown): readonly Dispatch[] {
  const recent = dispatches.filter(({ seenMs }) => nowMs - seenMs < COUNTED_MS);
  const targets = autonomousTargets(body);
  return targets === 0 ? recent : [...recent, { seenMs: nowMs, targets, index }];
}

function autonomousTargets(body: Uint8Array | undefined): number {
  const read = body === undefined ? undefined : readCapsule(body);
  if (read?.ok !== true) return UNKNOWN_TARGETS;
  const { purpose, decision, targets } = read.value.capsule;
  return purpose === 'rollout' && decision.verdict === 'autonomous' ? targets.length : 0;
}

export interface QuotaQuestion {
  readonly limit: number;
  readonly nowMs: number;
  /** Of the record. */
  readonly size: number;
}

export function quotaOf({ dispatches }: RulingState, { limit, nowMs, size }: QuotaQuestion): Status['quota'] {
  const used = dispatches
    .filter(({ seenMs }) => nowMs - seenMs < COUNTED_MS)
    .reduce((sum, { targets }) => sum + targets, 0);
  const young = dispatches.filter(({ seenMs }) => nowMs - seenMs < BEGINS_WITHIN_MS);
  const from = young.reduce((least, { index = size }) => Math.min(least, index), size);
  return { used: Math.min(used, UNKNOWN_TARGETS), limit, from };
}
