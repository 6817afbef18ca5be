/** Who may do what in our own server: a superuser for setting it up, and the product's role, which row-level security binds. */
import pg from 'pg';
import { APP_ROLE } from '../within.ts';

export const SUPERUSER = 'postgres';
/** The product's role and the name of its database. */
export const ROLE = 'countersign';

const CONNECT_TIMEOUT_MS = 2000;
/** `duplicate_object`, `duplicate_database`, `unique_violation`: what the later of two programs is told. */
const ALREADY_THERE: ReadonlySet<string | undefined> = new Set(['42710', '42P04', '23505']);

async function connected<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  // A server that dies under an idle client reports here; without a listener it would end our program.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Whether a server accepts us and works. */
export async function answers(url: string): Promise<boolean> {
  try {
    return await connected(url, async (client) => (await client.query('select 1')).rowCount === 1);
  } catch {
    return false; // not yet, no longer, or not ours: the caller decides by the state of the process
  }
}

/** Makes the role and its database when they are missing; two programs may do so at once. */
export async function ensureDatabase(superuserUrl: string, secret: string): Promise<void> {
  // INVARIANT: `secret` is hex digits of our own making; a role's password cannot be a parameter.
  if (!/^[0-9a-f]{64}$/.test(secret)) throw new Error('the database secret is damaged');
  await connected(superuserUrl, async (client) => {
    // The later one waits until the connection of the first ends: `grant` and `revoke` of two at once are an error.
    await client.query(`select pg_advisory_lock(hashtextextended('countersign roles', 706))`);
    await ensureRoles(client, secret);
    const { rowCount } = await client.query('select from pg_database where datname = $1', [ROLE]);
    if (rowCount !== 0) return;
    await unlessThere(client, `create database ${ROLE} owner ${ROLE}`);
    await client.query(`revoke all on database ${ROLE} from public`);
  });
}

/** The owner of the tables, and the role the product runs as, which owns nothing. */
async function ensureRoles(client: pg.Client, secret: string): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    'select rolname as name from pg_roles where rolname = any($1)',
    [[ROLE, APP_ROLE]],
  );
  const has = (role: string): boolean => rows.some(({ name }) => name === role);
  // CREATEDB: tests and restores work in databases of their own beside this one.
  if (!has(ROLE)) await unlessThere(client, `create role ${ROLE} login createdb password '${secret}'`);
  if (has(APP_ROLE)) return;
  await unlessThere(client, `create role ${APP_ROLE} nologin`);
  await client.query(`grant ${APP_ROLE} to ${ROLE}`);
}

async function unlessThere(client: pg.Client, statement: string): Promise<void> {
  try {
    await client.query(statement);
  } catch (error) {
    if (!(error instanceof pg.DatabaseError && ALREADY_THERE.has(error.code))) throw error;
  }
}
