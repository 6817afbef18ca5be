/**
 * What the owner of an estate says of a node in our own words: annotations `countersign.io/<name>` in other tools' files, columns
 * in CSV, fields in JSON. These words are ours, so one that cannot be read is refused with its place; only a tier we do not know is
 * taken, as unknown (G1).
 */
import type { Environment } from '../../people/trust-bundle.ts';
import { ENVIRONMENTS } from '../../people/trust-bundle.ts';
import { NODE_KINDS, TIERS, type NodeKind, type Tier } from '../graph.ts';
import type { PartBuilder } from './part-builder.ts';
import type { ImportOptions, PartFields } from './part.ts';
import { countOf, itemsIn, wordOf } from './read-value.ts';

export const OWNER_PREFIX = 'countersign.io/';
const MAX_LABEL = 120;
const MAX_LABELS = 32;
const ADDRESS = /^(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7})$/i;
const CIDR = /^(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7})\/\d{1,3}$/i;
/** Names that strict readers of signed documents refuse. */
const NO_NAMES: ReadonlySet<string> = new Set(['constructor', 'prototype']);
const LABEL_NAME = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,127}$/;

/** Where the words come from; `get` yields the raw value of a name such as `data-classes`. */
export interface OwnerWords {
  readonly at: string;
  readonly subject: string;
  readonly get: (name: string) => unknown;
}

interface Reading {
  readonly words: OwnerWords;
  readonly builder: PartBuilder;
}

/** Names of environments, and what the owner says other words mean. `prod` is the one short form everybody uses alike. */
export function environmentOf(word: string, { environmentNames }: ImportOptions = {}): Environment | undefined {
  const name = word.toLowerCase();
  return (
    environmentNames?.get(name) ??
    ENVIRONMENTS.find((one) => one === name) ??
    (name === 'prod' ? 'production' : undefined)
  );
}

/** `10.20.0.0/16` or `fd00::/8`. */
export const isCidr = (word: string): boolean => CIDR.test(word);

const kindOf = (word: string): NodeKind | undefined => NODE_KINDS.find((one) => one === word.toLowerCase());

/** Every field the owner gave; what is absent was not said. */
export function ownerFields(words: OwnerWords, builder: PartBuilder, options: ImportOptions = {}): PartFields {
  const reading: Reading = { words, builder };
  const kind = read(reading, 'kind', kindOf, `must be one of ${NODE_KINDS.join(', ')}`);
  const tier = tierIn(reading);
  const environment = read(
    reading,
    'environment',
    (word) => environmentOf(word, options),
    `must be one of ${ENVIRONMENTS.join(', ')}, or a word that is said to mean one`,
  );
  const isEntryPoint = read(reading, 'entry-point', truthOf, 'must be true or false');
  const capacity = read(reading, 'capacity', capacityOf, 'must be like 400/120: units it can carry, units in use');
  return {
    ...(kind !== undefined && { kind }),
    ...(tier !== undefined && { tier }),
    ...(environment !== undefined && { environment }),
    ...(isEntryPoint !== undefined && { isEntryPoint }),
    ...(capacity !== undefined && { capacity }),
    ...textFields(reading),
    ...listFields(reading),
    ...numberFields(reading),
  };
}

function textFields(reading: Reading): PartFields {
  const text = `must have at most ${MAX_LABEL} characters`;
  const site = read(reading, 'site', labelOf, text);
  const zone = read(reading, 'zone', labelOf, text);
  const owner = read(reading, 'owner', labelOf, text);
  const cidr = read(reading, 'cidr', (word) => (isCidr(word) ? word : undefined), 'must be like 10.20.0.0/16');
  return {
    ...(site !== undefined && { site }),
    ...(zone !== undefined && { zone }),
    ...(owner !== undefined && { owner }),
    ...(cidr !== undefined && { cidr }),
  };
}

function listFields(reading: Reading): PartFields {
  const dataClasses = readList(reading, 'data-classes', { max: 32, itemOf: labelOf });
  const paths = readList(reading, 'paths', { max: 32, itemOf: labelOf });
  const addresses = readList(reading, 'addresses', {
    max: 64,
    itemOf: (word) => (ADDRESS.test(word) ? word : undefined),
  });
  return {
    ...(dataClasses.length > 0 && { dataClasses }),
    ...(paths.length > 0 && { paths }),
    ...(addresses.length > 0 && { addresses }),
  };
}

function numberFields(reading: Reading): PartFields {
  const upTo = (name: string, max: number): number | undefined =>
    read(
      reading,
      name,
      (word) => {
        const count = countOf(word);
        return count !== undefined && count <= max ? count : undefined;
      },
      `must be a whole number from 0 to ${max}`,
    );
  const minHealthy = upTo('min-healthy', 1_000_000);
  const citizens = upTo('citizens', 10_000_000_000);
  const statutoryHours = upTo('statutory-hours', 100_000);
  return {
    ...(minHealthy !== undefined && { minHealthy }),
    ...(citizens !== undefined && { citizens }),
    ...(statutoryHours !== undefined && { statutoryHours }),
  };
}

/** A value that is there must be readable. */
function read<T>(
  { words, builder }: Reading,
  name: string,
  parse: (word: string) => T | undefined,
  problem: string,
): T | undefined {
  const value = words.get(name);
  if (value === undefined || value === null || value === '') return undefined;
  const word = wordOf(value);
  const parsed = word === undefined ? undefined : parse(word);
  if (parsed === undefined) builder.refuse(words.at, `${name} of \`${words.subject}\` ${problem}`);
  return parsed;
}

/** An unreadable tier is unknown, and that is said; it is never taken for a low one (G1). */
function tierIn({ words, builder }: Reading): Tier | 'unknown' | undefined {
  const value = words.get('tier');
  if (value === undefined || value === null || value === '') return undefined;
  const word = wordOf(value)?.toLowerCase();
  const tier = TIERS.find((one) => one === word);
  if (tier !== undefined) return tier;
  const said = word === undefined || word === 'unknown' ? 'the tier is not known' : `\`${word}\` is not a tier`;
  builder.find('unknown-tier', words.at, words.subject, `${said}; it counts as safety-critical`);
  return 'unknown';
}

function readList(
  { words, builder }: Reading,
  name: string,
  { max, itemOf }: { readonly max: number; readonly itemOf: (word: string) => string | undefined },
): readonly string[] {
  const value = words.get(name);
  const items = (Array.isArray(value) ? itemsIn(value) : (wordOf(value)?.split(/[;,]/) ?? [])).filter(
    (item) => item !== '',
  );
  const parsed = items.map((item) => {
    const word = wordOf(item);
    return word === undefined ? undefined : itemOf(word);
  });
  const known = [...new Set(parsed.filter((item) => item !== undefined))];
  if (parsed.includes(undefined) || known.length > max)
    builder.refuse(words.at, `${name} of \`${words.subject}\` must be at most ${max} values that can be read`);
  return known.toSorted();
}

const labelOf = (word: string): string | undefined => (word.length <= MAX_LABEL ? word : undefined);

const truthOf = (word: string): boolean | undefined => {
  const name = word.toLowerCase();
  if (['true', 'yes', '1'].includes(name)) return true;
  return ['false', 'no', '0'].includes(name) ? false : undefined;
};

function capacityOf(word: string): PartFields['capacity'] {
  const [units, used, rest] = word.split('/').map(countOf);
  const most = 1_000_000_000_000;
  if (units === undefined || used === undefined || rest !== undefined) return undefined;
  return units <= most && used <= most ? { units, used } : undefined;
}

/** Labels that fit the graph; the others are named once. Labels describe, they restrict nothing. */
export function fittingLabels(
  labels: ReadonlyMap<string, string>,
  builder: PartBuilder,
  { at, subject }: Pick<OwnerWords, 'at' | 'subject'>,
): { readonly labels?: Readonly<Record<string, string>> } {
  const own = [...labels].filter(([name]) => !name.startsWith(OWNER_PREFIX));
  const fitting = own
    .filter(([name, value]) => LABEL_NAME.test(name) && !NO_NAMES.has(name) && value.length <= MAX_LABEL)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .slice(0, MAX_LABELS);
  const left = own.length - fitting.length;
  if (left > 0) builder.find('ignored', at, subject, `${left} of its labels do not fit and are left out`);
  return fitting.length === 0 ? {} : { labels: Object.fromEntries(fitting) };
}
