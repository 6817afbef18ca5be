/** `cs envelope propose|narrow|restore`: the next version as a draft; it rules only once enough people have signed it. */
import { envelopeShape, parseInstant, readShape, type Envelope } from '@countersign/core';
import { payloadOf, readStrictJson, MAX_ENVELOPE_BYTES } from '@countersign/seal';
import type { Context } from '../cli/context.ts';
import { EXIT, type ExitCode } from '../cli/exit-codes.ts';
import { unverified, usage } from '../cli/failure.ts';
import { readJson } from '../cli/read-document.ts';
import { safe } from '../cli/safe-text.ts';
import type { DraftCreated } from '../sdk/authority.ts';
import { isYaml, usableEnvelope } from './envelope-file.ts';

export interface Why {
  readonly reason: string;
  readonly ticket: string;
}
export interface Narrowing extends Why {
  /** Grants to switch off. */
  readonly off: readonly string[];
  /** An earlier end. */
  readonly until: string | undefined;
}

export async function envelopePropose(context: Context, file: string, why: Why): Promise<ExitCode> {
  // People write YAML; what is proposed is what it compiles to.
  const document = isYaml(file) ? (await usableEnvelope(file)).envelope : readJson(file);
  return proposed(context, await context.client.proposeEnvelope({ document, ...why }));
}

export async function envelopeRestore(context: Context, version: number, why: Why): Promise<ExitCode> {
  return proposed(context, await context.client.restoreEnvelope({ version, ...why }));
}

/** The active version with grants switched off or an earlier end: what one person may sign at once. */
export async function envelopeNarrow(context: Context, { off, until, ...why }: Narrowing): Promise<ExitCode> {
  if (off.length === 0 && until === undefined) throw usage('say what is narrowed: `--off GRANT` or `--until TIME`');
  const envelope = await activeEnvelope(context);
  const unknown = off.filter((id) => !envelope.grants.some((grant) => grant.id === id));
  if (unknown.length > 0) throw usage(`the active envelope has no grant \`${unknown.join('`, `')}\``);
  const end = until === undefined ? envelope.validUntil : parseInstant(until);
  if (end === undefined) throw usage('`--until` must be a UTC time like 2026-11-21T02:14:00.000Z');
  const grants = envelope.grants.map((grant) => (off.includes(grant.id) ? { ...grant, isEnabled: false } : grant));
  const document = { ...envelope, grants, validUntil: end };
  return proposed(context, await context.client.proposeEnvelope({ document, ...why }));
}

async function activeEnvelope({ client }: Context): Promise<Envelope> {
  const payload = payloadOf((await client.envelope()).envelope);
  const json = payload.ok ? readStrictJson(payload.value, { maxBytes: MAX_ENVELOPE_BYTES }) : payload;
  const envelope = json.ok ? readShape(envelopeShape, json.value) : json;
  if (!envelope.ok) throw unverified(envelope.refusal);
  return envelope.value;
}

function proposed({ output, settings }: Context, { version, digest }: DraftCreated): ExitCode {
  if (settings.isJson) output.json({ version, digest });
  else {
    output.line(`draft v${version}  ${safe(digest)}`);
    output.note(`read it with \`cs envelope review ${version}\`, then \`cs envelope sign ${version} --key FILE\``);
  }
  return EXIT.ok;
}
