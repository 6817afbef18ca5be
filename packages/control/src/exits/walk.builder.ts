/** Walks every route that control describes, as every kind of caller, with every name there is; gives what each answer held. */
import { sql } from 'kysely';
import { bodyFor } from '../http/bodies.builder.ts';
import type { Heard, TestControl } from '../testkit/control.ts';
import { kindsIn, layersOf, type Kind } from './canaries.builder.ts';
import { pathsIn } from './planted.parse.ts';
import type { Reader } from './statements.builder.ts';

/** One answer: who got what where. What the caller sent itself is not counted. */
export interface Seen {
  readonly route: string;
  readonly reader: Reader;
  readonly status: number;
  readonly kinds: ReadonlySet<Kind>;
  /** Everything it held, decoded. */
  readonly layers: readonly string[];
}

/** Of a person whom the trust bundle does not name. */
export const NORA = 'acme.person.nora.token-for-tests';

export const CALLERS: readonly (readonly [Reader, string | undefined])[] = [
  ['stranger', undefined],
  ['source', 'source:scanner'],
  ['enclave', 'enclave:prod-1'],
  ['witness', 'witness:one'],
  ['agent', 'agent:playbook'],
  ['outsider', NORA],
  ['person', 'person:sam'],
];
const READER_OF = (caller: string | undefined): Reader =>
  CALLERS.find(([, name]) => name === caller)?.[0] ??
  (['source', 'enclave', 'witness', 'agent'] as const).find((kind) => caller?.startsWith(`${kind}:`)) ??
  'person';

export interface RouteName {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly query: readonly string[];
}

/** The table of routes as it is mounted. */
export function routesOf({ app }: Pick<TestControl, 'app'>): readonly RouteName[] {
  return Object.entries(pathsIn(app.swagger())).flatMap(([url, verbs]) =>
    (['GET', 'POST'] as const).flatMap((method) => {
      const verb = verbs[method.toLowerCase()];
      const query = (verb?.parameters ?? []).filter((one) => one.in === 'query').map(({ name }) => name);
      return verb === undefined ? [] : [{ method, url, query }];
    }),
  );
}

const ANSWERS: Readonly<Record<string, readonly string[]>> = {
  from: ['2026-01-01T00:00:00.000Z'],
  to: ['2027-01-01T00:00:00.000Z'],
  wait: ['0'],
  limit: ['100'],
  format: ['ocsf', 'cloudevents', 'jsonl'],
};

/** Each way to ask: bare, and with all it takes, for a purpose and for none. */
function queriesOf({ url, query }: RouteName, purpose: string): readonly string[] {
  const values: Readonly<Record<string, readonly string[]>> = {
    ...ANSWERS,
    ...(url.endsWith('/entries') && { from: ['0'], limit: ['1000'] }),
  };
  const formats = query.includes('format') ? (ANSWERS['format'] ?? []) : [''];
  const asked = formats.flatMap((format) =>
    [purpose, undefined].map((why) =>
      query.flatMap((name) => {
        const value = name === 'purpose' ? why : name === 'format' ? format : values[name]?.[0];
        return value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`];
      }),
    ),
  );
  return [...new Set(['', ...asked.map((parts) => parts.join('&'))])];
}

/** What addresses can be asked by: every id the tables hold, and what only stands in configuration. */
export async function namesIn({ owner }: Pick<TestControl, 'owner'>): Promise<readonly string[]> {
  const names: string[] = ['0', '1', 'prod-1', 'playbook', 'kim', 'scanner', 'nightly'];
  for (const [table, column] of [
    ['proposal', 'id'],
    ['signal', 'id'],
    ['triage', 'id'],
    ['capsule', 'digest'],
    ['restraint', 'id'],
    ['legal_hold', 'name'],
    ['finding', 'id'],
  ] as const) {
    const { rows } = await sql<{ id: string }>`select ${sql.ref(column)} as id from ${sql.table(table)}`.execute(owner);
    names.push(...rows.map(({ id }) => id));
  }
  return names;
}

export interface Walk {
  readonly control: TestControl;
  readonly names: readonly string[];
  /** Entries of the record before it. */
  readonly size: number;
  readonly purpose: string;
  /** Entries that say that evidence was read. */
  readonly readings: () => Promise<number>;
  readonly isRecorded: (route: string) => boolean;
}

/** Every route there is; gives each reading with a purpose that was answered and left no entry. */
export async function walk(asked: Walk): Promise<readonly string[]> {
  const unrecorded: string[] = [];
  const routes = routesOf(asked.control).filter(({ url }) => url !== EVENTS);
  // Reading first: some of what is sent takes away what there is to read.
  for (const one of routes.toSorted((a, b) => a.method.localeCompare(b.method)))
    for (const url of addressesOf(one, asked))
      for (const [, caller] of CALLERS)
        if (one.method === 'POST') await post(asked.control, caller, url);
        else unrecorded.push(...(await read(asked, caller, { ...one, url, route: `GET ${one.url}` })));
  return unrecorded;
}

function addressesOf({ url }: RouteName, { names, size }: Walk): readonly string[] {
  if (!url.includes('{')) return [url];
  if (url === TILE) return [`/api/v1/record/log/tile/entries/000.p/${size}`];
  return names.map((name) => url.replaceAll(/\{[^}]+\}/g, encodeURIComponent(name)));
}

const post = ({ ask }: TestControl, caller: string | undefined, url: string): Promise<unknown> =>
  ask(caller, 'POST', url, { body: bodyFor(url), headers: { 'idempotency-key': crypto.randomUUID() } });

async function read(
  { control, purpose, readings, isRecorded }: Walk,
  caller: string | undefined,
  asked: RouteName & { readonly route: string },
): Promise<readonly string[]> {
  const unrecorded: string[] = [];
  for (const query of queriesOf(asked, purpose)) {
    const isReading = isRecorded(asked.route) && query.includes('purpose=');
    const before = isReading ? await readings() : 0;
    const address = query === '' ? asked.url : `${asked.url}?${query}`;
    const { statusCode } = await control.ask(caller, 'GET', address);
    if (isReading && statusCode === 200 && (await readings()) <= before) unrecorded.push(`${caller ?? ''} ${address}`);
  }
  return unrecorded;
}

export const EVENTS = '/api/v1/events';
/** Of the addresses of tiles the one that holds the newest entries. */
const TILE = '/api/v1/record/log/tile/{level}/{a}/{b}';

/** What was heard of a server, by route and reader. */
export function seenIn(heard: readonly Heard[], routes: readonly RouteName[]): readonly Seen[] {
  const patterns = routes.map(({ method, url }) => ({
    route: `${method} ${url}`,
    method,
    pattern: new RegExp(`^${url.replaceAll(/\{[^}]+\}/g, '[^/]+')}$`),
    isPlain: !url.includes('{'),
  }));
  const routeOf = (method: string, url: string): string => {
    const path = url.split('?')[0] ?? '';
    const fits = patterns.filter((one) => one.method === method && one.pattern.test(path));
    return (fits.find(({ isPlain }) => isPlain) ?? fits[0])?.route ?? `${method} ${path}`;
  };
  return heard.map(({ caller, method, url, sent, answer }) => {
    const own = kindsIn(`${sent} ${decodeURIComponent(url)}`);
    const text = `${JSON.stringify(answer.headers)}${answer.body}`;
    return {
      route: routeOf(method, url),
      reader: READER_OF(caller),
      status: answer.statusCode,
      kinds: new Set([...kindsIn(text)].filter((kind) => !own.has(kind))),
      layers: layersOf(text),
    };
  });
}
