/** `cs audit alignment|findings|find|close`: where envelope and estate have drifted apart, and what auditors signed about it (E7). */
import {
  parseDigest,
  parseId,
  parseInstant,
  type AuditClosure,
  type AuditFinding,
  type Id,
  type OrganisationId,
} from '@countersign/core';
import { PAYLOAD, readPolicy } from '@countersign/seal';
import type { Context } from '../cli/context.ts';
import { EXIT, type ExitCode } from '../cli/exit-codes.ts';
import { unverified, usage } from '../cli/failure.ts';
import { safe } from '../cli/safe-text.ts';
import { personOf } from '../signing/choose-role.ts';
import { openKey } from '../signing/open-key.ts';
import { signDocument } from '../signing/sign-document.ts';

export async function auditAlignment({ client, output, settings }: Context): Promise<ExitCode> {
  const audit = await client.alignment();
  if (settings.isJson) output.json(audit);
  else {
    output.lines(
      audit.drift.map(({ kind, at, text, examples }) =>
        [
          safe(kind),
          safe(at),
          safe(text),
          examples.length === 0 ? '' : `(${examples.map((one) => safe(one)).join(', ')})`,
        ]
          .join('  ')
          .trimEnd(),
      ),
    );
    output.lines(
      audit.overdueFindings.map(
        ({ id, owner, dueAt }) => `overdue  ${safe(id)}  ${safe(owner)}  was due at ${safe(dueAt)}`,
      ),
    );
    if (audit.isAligned) output.note('the envelope speaks about the estate as the graph has it');
  }
  return audit.isAligned && audit.overdueFindings.length === 0 ? EXIT.ok : EXIT.failed;
}

export async function auditFindings({ client, output, settings }: Context): Promise<ExitCode> {
  const { items } = await client.auditFindings();
  if (settings.isJson) output.json(items);
  else if (items.length === 0) output.note('no auditor has signed a finding');
  else
    output.lines(
      items.map(
        ({ id, title, owner, dueAt, closedAt, isOverdue }) =>
          `${safe(id)}  ${closedAt === undefined ? (isOverdue ? 'OVERDUE' : 'open') : 'closed'}  ${safe(owner)}  ${safe(dueAt)}  ${safe(title)}`,
      ),
    );
  return EXIT.ok;
}

export interface FindOptions {
  readonly key: string;
  readonly title: string;
  readonly text: string;
  readonly owner: string;
  readonly due: string;
}

/** About the envelope in force, signed by whoever is named with `--as`. */
export async function auditFind(context: Context, name: string, options: FindOptions): Promise<ExitCode> {
  const { client, output, settings, world } = context;
  const { envelope } = await client.envelope();
  const read = readPolicy(envelope);
  if (!read.ok) throw unverified(read.refusal);
  const owner = parseId<'Person'>(options.owner);
  const dueAt = parseInstant(options.due);
  if (owner === undefined) throw usage('`--owner` must be the id of a person');
  if (dueAt === undefined) throw usage('`--due` must be a UTC time like 2026-11-21T02:14:00.000Z');
  const { title, text } = options;
  const organisation: OrganisationId = read.value.envelope.organisation;
  const about = { organisation, id: findingId(name), envelope: read.value.digest, title, text, owner, dueAt };
  const finding: AuditFinding = {
    type: 'audit-finding',
    ...about,
    auditor: personOf(settings.person),
    signedAt: world.now(),
  };
  await client.signAuditFinding(await signDocument(PAYLOAD.auditFinding, finding, await openKey(options.key, world)));
  if (settings.isJson) output.json(finding);
  else output.line(`signed ${safe(name)}: due at ${dueAt}; after that nothing widens until an auditor closes it`);
  return EXIT.ok;
}

export async function auditClose(
  { client, output, settings, world }: Context,
  name: string,
  { key, rationale }: { readonly key: string; readonly rationale: string },
): Promise<ExitCode> {
  const { items } = await client.auditFindings();
  const of = parseDigest(items.find(({ id }) => id === name)?.digest ?? '');
  if (of === undefined) throw usage(`there is no finding \`${name}\``);
  const read = readPolicy((await client.envelope()).envelope);
  if (!read.ok) throw unverified(read.refusal);
  const { organisation } = read.value.envelope;
  const auditor = personOf(settings.person);
  const closure: AuditClosure = {
    type: 'audit-closure',
    organisation,
    finding: findingId(name),
    of,
    auditor,
    rationale,
    signedAt: world.now(),
  };
  await client.closeAuditFinding(await signDocument(PAYLOAD.auditClosure, closure, await openKey(key, world)));
  if (settings.isJson) output.json(closure);
  else output.line(`closed ${safe(name)}`);
  return EXIT.ok;
}

function findingId(name: string): Id<'Finding'> {
  const id = parseId<'Finding'>(name);
  if (id === undefined) throw usage('the name of a finding is 1 to 64 characters A-Z a-z 0-9 . _ -');
  return id;
}
