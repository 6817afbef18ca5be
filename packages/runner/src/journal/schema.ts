/**
 * Tables of the journal. Rows are added; the few that are replaced hold what was verified last. A delivery is large and stands by
 * itself, so that closing a capsule or looking for open ones does not touch it.
 */
export const SCHEMA = `
create table if not exists capsule(
  digest text primary key,
  nonce text not null unique,
  admitted_at text not null,
  is_closed integer not null default 0
) strict, without rowid;
create table if not exists version(id text primary key, version integer not null) strict, without rowid;
create table if not exists delivery(capsule text primary key, body text not null) strict, without rowid;
create table if not exists event(
  capsule text not null,
  seq integer not null,
  body text not null,
  primary key(capsule, seq)
) strict, without rowid;
create table if not exists capture(
  capsule text not null,
  target text not null,
  step integer not null,
  path text not null,
  mode integer not null,
  bytes blob,
  primary key(capsule, target, step)
) strict, without rowid;
create table if not exists note(
  capsule text not null,
  subject text not null,
  topic text not null,
  body text not null,
  primary key(capsule, subject, topic)
) strict, without rowid;
create table if not exists operation(
  capsule text primary key,
  at text not null,
  body text not null
) strict, without rowid;
create table if not exists document(
  seq integer primary key,
  kind text not null,
  digest text not null unique,
  body text not null
) strict;
create table if not exists report(name text primary key, body text not null) strict, without rowid;
create table if not exists delivered(name text primary key, digest text not null) strict, without rowid;
create table if not exists resumed(
  nonce text primary key,
  capsule text not null,
  trip integer not null
) strict, without rowid;
create table if not exists refusal(
  seq integer primary key,
  at text not null,
  subject text not null,
  code text not null,
  detail text not null
) strict;
create table if not exists latest(key text primary key, value text not null) strict, without rowid;
`;
