/**
 * Statements of one transaction that nobody waits for in between go to the database together: `begin` with the first one, what is
 * marked `WITH_NEXT` with the one that follows it, and `commit` with the one that is marked `AND_COMMIT`. The database does them
 * one after the other, each with its own snapshot; once one has failed the others fail too, and the commit rolls back.
 */
import type pg from 'pg';

/** At the end of a statement whose result nobody reads. When it fails, the statement after it reports why. */
export const WITH_NEXT = '/* with the next */';
/** At the end of the last statement of a transaction. */
export const AND_COMMIT = '/* and commit */';

type Send = (text: string) => Promise<unknown>;
interface Talk {
  readonly client: pg.Client;
  readonly text: string;
  readonly send: () => Promise<unknown>;
  /** Sends a word without values on the same connection. */
  readonly say: Send;
  /** Asked outside a transaction: what has to go ahead of this statement. */
  readonly first?: () => (() => Promise<unknown>) | undefined;
}
interface Held {
  /** Outside a transaction nothing follows that must: each statement goes by itself. */
  isOpen: boolean;
  readonly ahead: (() => Promise<unknown>)[];
  /** The commit that went along with the last statement. */
  ending: Promise<unknown> | undefined;
}

const NOT_YET: Promise<unknown> = Promise.resolve({ command: '', rowCount: null, rows: [] });
const heldBy = new WeakMap<pg.Client, Held>();

export function together({ client, text, send, say, first }: Talk): Promise<unknown> {
  const held: Held = heldBy.get(client) ?? { isOpen: false, ahead: [], ending: undefined };
  heldBy.set(client, held);
  const { ending } = held;
  if (ending !== undefined) {
    held.ending = undefined;
    return ended(text, ending);
  }
  const told = held.isOpen ? undefined : first?.();
  if (told !== undefined) held.ahead.push(told);
  if (text === 'begin') held.isOpen = true;
  if (text === 'begin' || (held.isOpen && text.endsWith(WITH_NEXT))) {
    held.ahead.push(send);
    return NOT_YET;
  }
  const isLast = held.isOpen && text.endsWith(AND_COMMIT);
  if (isLast || text === 'commit' || text === 'rollback') held.isOpen = false;
  const isOneOfMany = isLast || held.ahead.length > 0;
  return isOneOfMany ? atOnce(client, () => sendAll(held, { send, say, isLast })) : send();
}

function sendAll(
  held: Held,
  { send, say, isLast }: Pick<Talk, 'send' | 'say'> & { readonly isLast: boolean },
): Promise<unknown> {
  const sent = [...held.ahead.splice(0), send].map((one) => one());
  if (isLast) {
    held.ending = say('commit');
    // It shows where the commit is asked for.
    held.ending.catch(() => undefined);
  }
  // The first that fails says why; those behind it only say that the transaction is over.
  return Promise.all(sent).then((results) => results.at(-1));
}

/** What is asked for was sent already. */
async function ended(text: string, ending: Promise<unknown>): Promise<unknown> {
  if (text === 'commit') return ending;
  const how = await ending.catch(() => undefined);
  const isCommitted = typeof how === 'object' && how !== null && Reflect.get(how, 'command') === 'COMMIT';
  if (text !== 'rollback' || isCommitted) throw new Error('the transaction was committed with its last statement');
  return { command: 'ROLLBACK', rowCount: null, rows: [] };
}

/** In one piece: each piece wakes the database once. */
function atOnce(client: pg.Client, work: () => Promise<unknown>): Promise<unknown> {
  const { stream } = client.connection;
  stream.cork();
  try {
    return work();
  } finally {
    stream.uncork();
  }
}
