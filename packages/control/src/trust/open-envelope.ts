/** An envelope from its stored bytes to the proof that it is in force: signatures are checked again at every load (E2, E3). */
import {
  activate,
  compileEnvelope,
  refuse,
  withoutWaitingKeys,
  type ActiveEnvelope,
  type CompiledEnvelope,
  type Digest,
  type Envelope,
  type Instant,
  type PersonId,
  type Result,
} from '@countersign/core';
import { openPolicy, readPolicy, type DsseEnvelope, type OpenedPolicy, type ReadPolicy } from '@countersign/seal';
import type { InstalledBundle } from './open-bundle.ts';
import { peopleWhoSigned } from './signers.ts';

export interface CurrentEnvelope {
  readonly active: ActiveEnvelope;
  readonly envelope: Envelope;
  readonly compiled: CompiledEnvelope;
  readonly digest: Digest;
  readonly dsse: DsseEnvelope;
}

export type ReadEnvelope = ReadPolicy;

/** Type, form and organisation; nothing about signatures. */
export function readEnvelopeDocument(dsse: DsseEnvelope, organisation: string): Result<ReadEnvelope> {
  const read = readPolicy(dsse);
  if (!read.ok || read.value.envelope.organisation === organisation) return read;
  return refuse('wrong-organisation', 'the envelope is of another organisation');
}

export interface OpeningRule {
  readonly trust: InstalledBundle;
  readonly now: Instant;
  readonly newestVersion: number;
  /** The versions before it, newest first; a version that one person signed is proved against them. */
  readonly since?: readonly DsseEnvelope[];
  /** Who wrote it, when that is known. */
  readonly authors?: readonly PersonId[];
}

export interface OpenedEnvelope extends CurrentEnvelope {
  readonly opened: OpenedPolicy;
}

export function openEnvelopeDocument(dsse: DsseEnvelope, rule: OpeningRule): Result<OpenedEnvelope> {
  const { trust, now, newestVersion, since = [], authors = [] } = rule;
  const read = readEnvelopeDocument(dsse, trust.bundle.organisation);
  if (!read.ok) return read;
  const signersOf = (one: DsseEnvelope): ReturnType<typeof peopleWhoSigned> =>
    peopleWhoSigned(one, withoutWaitingKeys(trust.bundle.people, now));
  const opened = openPolicy({ policy: dsse, since }, { signersOf, authors });
  if (!opened.ok) return opened;
  const { envelope, digest, narrowing, signers } = opened.value;
  const active = activate({
    envelope,
    digest,
    now,
    signatures: signers.map(({ id, roles }) => ({ person: id, roles, digest })),
    authors,
    newestVersion,
    ...(narrowing !== undefined && { narrowing }),
  });
  if (!active.ok) return active;
  const compiled = compileEnvelope(envelope);
  return { ok: true, value: { active: active.value, envelope, digest, dsse, compiled, opened: opened.value } };
}
