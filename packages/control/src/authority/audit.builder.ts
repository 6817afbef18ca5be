/** What the auditor of an open office signs: a finding and its closure. */
import { instantOf, type AuditFinding } from '@countersign/core';
import { canonicalBytes, digestOf, PAYLOAD, type SignerKey } from '@countersign/seal';
import { NOON_MS, sign } from '../testkit/world.ts';
import { nowMs, post, world } from './office.builder.ts';

/** Loose: a test may say anything of it. */
type Document = Readonly<Record<string, unknown>>;
type Answer = ReturnType<typeof post>;

export const finding = (change: object = {}): Document & Pick<AuditFinding, 'dueAt'> => ({
  type: 'audit-finding',
  organisation: world.organisation,
  id: 'F-1',
  envelope: digestOf(Buffer.from('x')),
  auditor: 'sam',
  title: 'caps do not bind',
  text: 'the cap of the grant is larger than the estate',
  owner: 'omar',
  dueAt: instantOf(NOON_MS + 3_600_000),
  signedAt: instantOf(NOON_MS),
  ...change,
});
export const OVERDUE: Pick<AuditFinding, 'dueAt'> = { dueAt: instantOf(NOON_MS - 1) };
export const find = (change: object = {}, signer: SignerKey = world.keys.sam, by = 'person:kim'): Answer =>
  post('/audits/findings', { document: sign(PAYLOAD.auditFinding, finding(change), [signer]) }, by);
/** `of`: the finding it closes. */
export const closure = (change: object = {}, of: object = finding(OVERDUE)): Document => ({
  type: 'audit-closure',
  organisation: world.organisation,
  finding: 'F-1',
  of: digestOf(canonicalBytes(of)),
  auditor: 'sam',
  rationale: 'the cap was lowered',
  signedAt: instantOf(nowMs),
  ...change,
});
export const close = (change: object = {}, signer: SignerKey = world.keys.sam): Answer =>
  post('/audits/closures', { document: sign(PAYLOAD.auditClosure, closure(change), [signer]) });
