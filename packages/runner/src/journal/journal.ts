/**
 * The runner's memory (I6, X7). When `write` has returned, its entries are on disk: write-ahead log, synchronous=FULL, one
 * flush for the whole batch. An intent row is written here before the act it announces. Never retried by itself: an error
 * of the disk is an exception, and whoever needed the row does not act.
 */
import { chmodSync, closeSync, openSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { CapsuleId, Digest, Instant, RolloutEvent, TargetId } from '@countersign/core';
import type { Captured } from '../act/adapter.ts';
import type { DocumentKind, Entry, LatestKey } from './entry.ts';
import {
  captureOf,
  eventOf,
  noteOf,
  openCapsuleOf,
  operationOf,
  reportOf,
  type CaptureRow,
  type KnownOperation,
  type Note,
  type OpenCapsule,
  type PendingReport,
} from './rows.parse.ts';
import { SCHEMA } from './schema.ts';

/** Documents of one kind that are kept; an older one lets nothing run any more, and taking back needs none. */
const MAX_DOCUMENTS = 16;
const PUT_OFF_MS = 200;
const NEWEST = 'insert or replace into latest values(?,?)';
/**
 * Two rollouts may be written in another order than they were let in: neither the view of the record (V3) nor the newest envelope
 * version (I5) ever shrinks. What cannot be read gives way.
 */
const growing = (
  field: string,
): string => `insert into latest values(?,?) on conflict(key) do update set value = excluded.value
  where case when json_valid(latest.value)
    then json_extract(excluded.value, '$.${field}') >= json_extract(latest.value, '$.${field}') else 1 end`;
const GROWING: Partial<Record<LatestKey, string>> = {
  checkpoint: growing('size'),
  'envelope-version': growing('version'),
};
/** It holds before-states of files, so nobody else reads it (V2). */
const OWN = 0o600;

export class Journal {
  readonly #db: DatabaseSync;
  readonly #statements: Map<string, StatementSync> = new Map();
  readonly #putOff: { readonly entries: readonly Entry[]; readonly written: () => void }[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(file: string) {
    // Made before SQLite makes it: the files beside it take over its permissions.
    closeSync(openSync(file, 'a', OWN));
    chmodSync(file, OWN);
    this.#db = new DatabaseSync(file);
    this.#db.exec('pragma journal_mode=wal; pragma synchronous=full; pragma busy_timeout=2000');
    // Held for the whole life: a second runner on the same folder must fail to start (no automatic takeover, trap 13).
    this.#db.exec('pragma locking_mode=exclusive');
    this.#db.exec(SCHEMA);
  }

  /** All or nothing; what was put off goes along. */
  write(entries: readonly Entry[]): void {
    const along = this.#putOff.splice(0);
    if (entries.length === 0 && along.length === 0) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#db.exec('begin immediate');
    try {
      for (const { entries: earlier } of along) for (const entry of earlier) this.#store(entry);
      for (const entry of entries) this.#store(entry);
      this.#db.exec('commit');
    } catch (error) {
      this.#giveUp();
      throw error;
    }
    for (const { written } of along) written();
  }

  /** Written with the next transaction, soon in any case. For what its sender still keeps until `written` is called. */
  putOff(entries: readonly Entry[], written: () => void): void {
    this.#putOff.push({ entries, written });
    this.#timer ??= setTimeout(() => this.write([]), PUT_OFF_MS);
  }

  /** After a full disk SQLite may have rolled back by itself; the first error is the one that matters. */
  #giveUp(): void {
    try {
      this.#db.exec('rollback');
    } catch {
      // Nothing is open, which is what was wanted.
    }
  }

  #run(sql: string, ...values: readonly (string | number | Uint8Array | null)[]): void {
    this.#prepare(sql).run(...values);
  }

  #prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#db.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  #store(entry: Entry): void {
    switch (entry.kind) {
      case 'admitted':
        return this.#admit(entry);
      case 'event':
        // A plain insert: a sequence that is already there means two writers, and then nothing may go on.
        return this.#run('insert into event values(?,?,?)', entry.capsule, entry.seq, JSON.stringify(entry.event));
      case 'captured': {
        const { path, mode, bytes } = entry.captured;
        // The first capture counts: a later one would keep the changed state as "before".
        return this.#run(
          'insert or ignore into capture values(?,?,?,?,?,?)',
          entry.capsule,
          entry.target,
          entry.step,
          path,
          mode,
          bytes ?? null,
        );
      }
      case 'note':
        return this.#run(
          'insert or replace into note values(?,?,?,?)',
          entry.capsule,
          entry.subject,
          entry.topic,
          entry.body,
        );
      case 'operation':
        return this.#run(
          'insert or ignore into operation values(?,?,?)',
          entry.operation.capsule,
          entry.operation.at,
          JSON.stringify(entry.operation),
        );
      case 'document':
        return this.#keep(entry);
      case 'closed':
        return this.#run('update capsule set is_closed = 1 where digest = ?', entry.capsule);
      case 'reopened':
        return this.#run('update capsule set is_closed = 0 where digest = ?', entry.capsule);
      case 'report':
        return this.#run('insert or ignore into report values(?,?)', entry.name, entry.body);
      case 'reported':
        return this.#run('delete from report where name = ?', entry.name);
      case 'delivered':
        return this.#run('insert or replace into delivered values(?,?)', entry.name, entry.digest);
      case 'resumed':
        return this.#run('insert into resumed values(?,?,?)', entry.nonce, entry.capsule, entry.trip);
      case 'refused':
        return this.#run(
          'insert into refusal(at, subject, code, detail) values(?,?,?,?)',
          entry.at,
          entry.subject,
          entry.code,
          entry.detail,
        );
      case 'latest':
        return this.#run(GROWING[entry.key] ?? NEWEST, entry.key, entry.value);
    }
  }

  #admit({ capsule, id, version, nonce, at, delivery }: Extract<Entry, { kind: 'admitted' }>): void {
    this.#run('insert into capsule(digest, nonce, admitted_at) values(?,?,?)', capsule, nonce, at);
    this.#run('insert into delivery values(?,?)', capsule, delivery);
    this.#run('insert into version values(?,?)', id, version);
  }

  #keep({ of, digest, body }: Extract<Entry, { kind: 'document' }>): void {
    // Replaced: the same bytes may have been signed again, by whoever owns them now.
    this.#run('insert or replace into document(kind, digest, body) values(?,?,?)', of, digest, body);
    this.#run(
      'delete from document where kind = ? and seq not in (select seq from document where kind = ? order by seq desc limit ?)',
      of,
      of,
      MAX_DOCUMENTS,
    );
  }

  hasCapsule(capsule: Digest): boolean {
    return this.#prepare('select 1 from capsule where digest = ?').get(capsule) !== undefined;
  }

  hasNonce(nonce: string): boolean {
    return this.#prepare('select 1 from capsule where nonce = ?').get(nonce) !== undefined;
  }

  /** Which version of the capsule was admitted. */
  versionOf(id: CapsuleId): number | undefined {
    const version = this.#prepare('select version from version where id = ?').get(id)?.['version'];
    return typeof version === 'number' ? version : undefined;
  }

  hasDelivered(name: string, digest: Digest): boolean {
    return this.#prepare('select 1 from delivered where name = ? and digest = ?').get(name, digest) !== undefined;
  }

  /** Whether a resume with this nonce was used, on whatever capsule. */
  hasResumed(nonce: string): boolean {
    return this.#prepare('select 1 from resumed where nonce = ?').get(nonce) !== undefined;
  }

  /** Rollouts admitted since, and those that are not finished. */
  operations(since: Instant): readonly KnownOperation[] {
    const rows = this.#prepare(
      `select o.body, coalesce(c.is_closed, 1) as is_closed from operation o left join capsule c on c.digest = o.capsule
       where o.at >= ? or c.is_closed = 0 order by o.at, o.capsule`,
    ).all(since);
    return rows.map(operationOf);
  }

  document(of: DocumentKind, digest: Digest): string | undefined {
    const body = this.#prepare('select body from document where kind = ? and digest = ?').get(of, digest)?.['body'];
    return typeof body === 'string' ? body : undefined;
  }

  latest(key: LatestKey): string | undefined {
    const value = this.#prepare('select value from latest where key = ?').get(key)?.['value'];
    return typeof value === 'string' ? value : undefined;
  }

  /** Capsules that were admitted and not closed, oldest first. */
  openCapsules(): readonly OpenCapsule[] {
    return this.#prepare(
      'select c.*, d.body as delivery from capsule c join delivery d on d.capsule = c.digest where is_closed = 0 order by admitted_at, digest',
    )
      .all()
      .map(openCapsuleOf);
  }

  capsule(digest: Digest): OpenCapsule | undefined {
    const row = this.#prepare(
      'select c.*, d.body as delivery from capsule c join delivery d on d.capsule = c.digest where digest = ?',
    ).get(digest);
    return row === undefined ? undefined : openCapsuleOf(row);
  }

  events(capsule: Digest): readonly RolloutEvent[] {
    return this.#prepare('select body from event where capsule = ? order by seq').all(capsule).map(eventOf);
  }

  captures(capsule: Digest): readonly CaptureRow[] {
    return this.#prepare('select * from capture where capsule = ? order by target, step').all(capsule).map(captureOf);
  }

  capture(capsule: Digest, target: TargetId, step: number): Captured | undefined {
    const row = this.#prepare('select * from capture where capsule = ? and target = ? and step = ?').get(
      capsule,
      target,
      step,
    );
    return row === undefined ? undefined : captureOf(row).captured;
  }

  notes(capsule: Digest): readonly Note[] {
    return this.#prepare('select subject, topic, body from note where capsule = ? order by subject, topic')
      .all(capsule)
      .map(noteOf);
  }

  note(capsule: Digest, subject: string, topic: string): string | undefined {
    const row = this.#prepare('select body from note where capsule = ? and subject = ? and topic = ?').get(
      capsule,
      subject,
      topic,
    );
    return typeof row?.['body'] === 'string' ? row['body'] : undefined;
  }

  /** Reports that are not known to be in the outbox. */
  pendingReports(): readonly PendingReport[] {
    return this.#prepare('select * from report order by name').all().map(reportOf);
  }

  refusals(): readonly { readonly subject: string; readonly code: string }[] {
    const rows = this.#prepare('select subject, code from refusal order by seq').all();
    return rows.map((row) => ({ subject: String(row['subject']), code: String(row['code']) }));
  }

  /** The level SQLite reports: 2 is FULL. */
  durability(): number {
    return Number(this.#db.prepare('pragma synchronous').get()?.['synchronous']);
  }

  close(): void {
    this.write([]);
    this.#db.close();
  }
}
