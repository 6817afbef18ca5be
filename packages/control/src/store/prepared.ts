/**
 * Statements that come again are prepared once a connection: the database neither parses nor plans them anew. A text gets its name
 * when it has been seen a few times, so that what is written once, e.g. a list of its own length, costs no memory there.
 */
import pg from 'pg';
import { together } from './together.ts';
import { organisationInHand, TELL_ORGANISATION } from './within.ts';

const SEEN_BEFORE = 3;
const MAX_TEXTS = 500;
const MAX_NAMES = 200;
const seen = new Map<string, number>();
const names = new Map<string, string>();

/** The same text has the same name on every connection. */
function nameOf(text: string): string | undefined {
  const known = names.get(text);
  if (known !== undefined) return known;
  const times = (seen.get(text) ?? 0) + 1;
  if (times <= SEEN_BEFORE || names.size >= MAX_NAMES) {
    if (seen.size >= MAX_TEXTS) seen.clear();
    seen.set(text, times);
    return undefined;
  }
  seen.delete(text);
  const name = `hot-${names.size}`;
  names.set(text, name);
  return name;
}

export class PreparingClient extends pg.Client {}

/** Whose rows a connection was told to show last. */
const told = new WeakMap<pg.Client, string>();
/** What connections of a class show that were told nothing. */
const shownAtFirst = new WeakMap<object, string>();

/** Connections of this class are told whose rows the code that uses them may see. */
export const narrowing = (type: typeof PreparingClient, all: string): void =>
  void shownAtFirst.set(type.prototype, all);

/** What has to be said ahead of a statement; nothing where the connection shows the right rows already. */
function ahead(
  client: pg.Client,
  say: (...said: readonly unknown[]) => Promise<unknown>,
): (() => Promise<unknown>) | undefined {
  const all = shownAtFirst.get(Reflect.getPrototypeOf(client) ?? client);
  if (all === undefined) return undefined;
  const wanted = organisationInHand() ?? all;
  if ((told.get(client) ?? all) === wanted) return undefined;
  told.set(client, wanted);
  return async () => {
    try {
      return await say({ name: 'tell-organisation', text: TELL_ORGANISATION, values: [wanted] });
    } catch (error) {
      // Not known any more: the next statement says it again.
      told.set(client, '');
      throw error;
    }
  };
}

/** What kysely calls: a text and its values. Everything else goes through as it is. */
Object.defineProperty(PreparingClient.prototype, 'query', {
  value: function query(this: pg.Client, ...given: readonly unknown[]): unknown {
    const [text, values] = given;
    const original: unknown = Reflect.get(pg.Client.prototype, 'query');
    if (typeof original !== 'function') throw new TypeError('the client has no `query`');
    if (given.length !== 2 || typeof text !== 'string' || !Array.isArray(values))
      return Reflect.apply(original, this, given);
    const name = values.length > 0 ? nameOf(text) : undefined;
    const send = (...said: readonly unknown[]): Promise<unknown> =>
      Promise.resolve(Reflect.apply(original, this, said));
    return together({
      client: this,
      text,
      send: () => (name === undefined ? send(text, values) : send({ name, text, values })),
      say: send,
      first: () => ahead(this, send),
    });
  },
});
