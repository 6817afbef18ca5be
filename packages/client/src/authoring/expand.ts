/**
 * The written form into the signed form: includes of packs, calendars with their offsets, times in one unit, and every block that
 * was left out as it stands by default. Nothing is judged here; the shape and the checks of the envelope judge the whole.
 */
import { ENVIRONMENTS, plainBlocks, type Instant } from '@countersign/core';
import type { Pack } from '../packs/load-pack.ts';
import type { Drafting } from './drafting.ts';
import { durationIn, instantFrom } from './durations.ts';
import { expandCalendars, type NamedCalendar } from './expand-calendars.ts';
import { dryRunFrom, grantFrom, routeFrom, TIMES, withTimes, type Spot } from './expand-rules.ts';
import { has, isLoose, itemsAt, looseAt, type Loose } from './loose.ts';
import { tzdataVersion } from './zone-offsets.ts';

/** Keys of the file that the envelope spells otherwise. */
const RESPELLED: ReadonlySet<string> = new Set([
  'packs',
  'calendars',
  'grants',
  'routes',
  'prohibited',
  'humanOnly',
  'retention',
  'retentionKinds',
  'dryRun',
]);
/** What a person may write at the top of the file, for advice. */
export const FILE_FIELDS: readonly string[] = [
  'organisation',
  'version',
  'supersedes',
  'owner',
  'reason',
  'ticket',
  'validFrom',
  'validUntil',
  'phase',
  'agents',
  'packs',
  'maxGraphAge',
  'severities',
  'confidence',
  'correlation',
  'calendars',
  'prohibited',
  'humanOnly',
  'grants',
  'routes',
  'dryRun',
  'limits',
  'contraction',
  'maySkipStaging',
  'maxSkipPercent',
  'staging',
  'rollout',
  'egress',
  'retention',
  'retentionKinds',
  'guardrails',
];

export function expand(file: Loose, packs: readonly Pack[], drafting: Drafting): Loose {
  const top = withTimes(file, TIMES.top, { drafting, pointer: '', path: [] });
  const written = Object.entries(isLoose(top) ? top : {}).filter(([name]) => !RESPELLED.has(name));
  const validity = {
    validFrom: instantAt(file, 'validFrom', drafting),
    validUntil: instantAt(file, 'validUntil', drafting),
  };
  const routes = rulesFrom('routes', { file, packs, drafting }, routeFrom);
  const timed = (name: 'correlation' | 'rollout' | 'contraction'): Loose =>
    has(file, name)
      ? { [name]: withTimes(file[name], TIMES[name], { drafting, pointer: `/${name}`, path: [name] }) }
      : {};
  const whole: Loose = {
    ...Object.fromEntries(written),
    ...timed('correlation'),
    ...timed('rollout'),
    ...timed('contraction'),
    ...Object.fromEntries(Object.entries(validity).filter(([name]) => has(file, name))),
    calendars: expandCalendars(calendarsOf(file, packs), validity, drafting),
    prohibited: rulesFrom('prohibited', { file, packs, drafting }, asWritten),
    humanOnly: rulesFrom('humanOnly', { file, packs, drafting }, asWritten),
    grants: rulesFrom('grants', { file, packs: [], drafting }, grantFrom),
    routes,
    ...(has(file, 'dryRun') && {
      dryRun: dryRunFrom(file['dryRun'], { drafting, pointer: '/dryRun', path: ['dryRun'] }),
    }),
    ...retentionFrom(file, packs, drafting),
    ...retentionKindsFrom(file, packs, drafting),
  };
  return { ...defaults(whole, routes, drafting), ...whole, type: 'envelope', tzdata: tzdataVersion() };
}

function instantAt(file: Loose, name: string, drafting: Drafting): Instant {
  const text = file[name];
  const read = typeof text === 'string' ? instantFrom(text) : undefined;
  if (has(file, name) && read === undefined)
    drafting.error(`/${name}`, 'is no date or UTC time', 'write 2026-12-01 or 2026-12-01T08:00Z');
  return read ?? FIRST_INSTANT;
}
const EPOCH = instantFrom('1970-01-02');
if (EPOCH === undefined) throw new Error('the epoch is no instant');
/** Only so that the rest of a file without dates can be looked at too; it never reaches an envelope. */
const FIRST_INSTANT: Instant = EPOCH;

const asWritten = (value: unknown): unknown => value;

interface Sources {
  readonly file: Loose;
  readonly packs: readonly Pack[];
  readonly drafting: Drafting;
}

/** The file's own rules first, then those of its packs. */
function rulesFrom(
  name: 'prohibited' | 'humanOnly' | 'grants' | 'routes',
  { file, packs, drafting }: Sources,
  read: (value: unknown, spot: Spot) => unknown,
): readonly unknown[] {
  if (has(file, name) && !Array.isArray(file[name]))
    drafting.error(`/${name}`, 'must be a list', 'begin each rule with `- id:`');
  const own = itemsAt(file, name);
  const included = packs.flatMap((pack) => itemsAt(pack.blocks, name).map((value) => ({ value, pack: pack.name })));
  return [
    ...own.map((value, position) => read(value, { drafting, pointer: `/${name}/${position}`, path: [name, position] })),
    ...included.map(({ value, pack }, position) => {
      const pointer = `/${name}/${own.length + position}`;
      drafting.origins.pack(pointer, pack);
      return read(value, { drafting, pointer });
    }),
  ];
}

/** A calendar of the file replaces the pack's of the same name: an organisation knows its own holidays. */
function calendarsOf(file: Loose, packs: readonly Pack[]): readonly NamedCalendar[] {
  const own = looseAt(file, 'calendars');
  const included = packs.flatMap(({ name: pack, blocks }) =>
    Object.entries(looseAt(blocks, 'calendars')).map(([name, written]) => ({ name, written, pack })),
  );
  return [
    ...Object.entries(own).map(([name, written]) => ({ name, written })),
    ...included.filter(({ name }) => !has(own, name)),
  ];
}

const daysOf = (value: unknown): unknown => (typeof value === 'string' ? (durationIn(value, 'd') ?? value) : value);

/** The file's own days, raised to the longest that a pack asks for. */
function retentionFrom(file: Loose, packs: readonly Pack[], drafting: Drafting): Loose {
  const asked = packs.map(({ blocks }) => looseAt(blocks, 'retention'));
  if (!has(file, 'retention') && asked.every((retention) => Object.keys(retention).length === 0)) return {};
  drafting.origins.file('/retentionDays', ['retention']);
  const own: Loose = { ...plainBlocks([]).retentionDays, ...looseAt(file, 'retention') };
  const days = Object.entries(own).map(([environment, value]) => {
    const least = asked
      .flatMap((retention) => [daysOf(retention[environment])])
      .filter((one) => typeof one === 'number');
    const said = daysOf(value);
    return [environment, typeof said === 'number' ? Math.max(said, ...least) : said] as const;
  });
  return { retentionDays: Object.fromEntries(days) };
}

/** A pack asks for all that its environment keeps: a kind with its own time is raised to it as well. */
function retentionKindsFrom(file: Loose, packs: readonly Pack[], drafting: Drafting): Loose {
  if (!has(file, 'retentionKinds')) return {};
  drafting.origins.file('/retentionKinds', ['retentionKinds']);
  const given = looseAt(file, 'retentionKinds');
  const environments = Object.keys(given).map((environment) => {
    const least = packs
      .flatMap(({ blocks }) => [daysOf(looseAt(blocks, 'retention')[environment])])
      .filter((one) => typeof one === 'number');
    const kinds = Object.entries(looseAt(given, environment)).map(([kind, value]) => {
      const said = daysOf(value);
      return [kind, typeof said === 'number' ? Math.max(said, ...least) : said] as const;
    });
    return [environment, Object.fromEntries(kinds)] as const;
  });
  return { retentionKinds: Object.fromEntries(environments) };
}

/** What stands where nothing was written: nothing runs, nothing leaves, nobody is let off. */
function defaults(whole: Loose, routes: readonly unknown[], drafting: Drafting): Loose {
  const { tzdata: _, dryRun, ...plain } = plainBlocks([]);
  const first = routes.find((route) => has(route, 'demands'));
  const blocks: Loose = {
    ...plain,
    phase: 'observe-only',
    maySkipStaging: [],
    severities: {},
    agents: [],
    egress: Object.fromEntries(ENVIRONMENTS.map((environment) => [environment, 'local-only'])),
    ...(isLoose(first) && { dryRun: { ...dryRun, demands: first['demands'] } }),
  };
  for (const name of Object.keys(blocks))
    if (!has(whole, name)) drafting.omit(`/${name}`, `is left out: ${JSON.stringify(blocks[name])}`);
  return blocks;
}
