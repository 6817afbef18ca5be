/**
 * Evidence where it is held (V2): `cs evidence review` reads the enclave's own copy, `close` signs one digest and one verdict there,
 * `disclose` shows some fields and hides the names of all others, `check` verifies what somebody else disclosed, `carry` brings a signed
 * closure outside. All but the last work without a server.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { CLOSURE_VERDICTS, parseId, type EvidenceClosure, type Result } from '@countersign/core';
import {
  canonicalBytes,
  discloseEvidence,
  disclosureBytes,
  openFullEvidence,
  PAYLOAD,
  readDisclosure,
  readEnvelope,
  readFullEvidence,
  readStrictJson,
  verifyEvidence,
  type FullEvidence,
  type JsonValue,
  type OpenedEvidence,
} from '@countersign/seal';
import type { Context } from '../cli/context.ts';
import { EXIT, type ExitCode } from '../cli/exit-codes.ts';
import { unverified, usage } from '../cli/failure.ts';
import { readBytes } from '../cli/read-document.ts';
import { openTrustBundle, readRoot } from '../cli/roots.ts';
import { safe } from '../cli/safe-text.ts';
import { personOf } from '../signing/choose-role.ts';
import { openKey } from '../signing/open-key.ts';
import { signDocument } from '../signing/sign-document.ts';

const MAX_FILE_BYTES = 134_217_728;
const MAX_TRUST_BYTES = 67_108_864;
const MAX_TEXT = 2000;

export function evidenceReview({ output, settings }: Context, file: string): ExitCode {
  const { opened } = fullIn(file);
  if (settings.isJson)
    output.json({ digest: opened.digest, statement: opened.statement, fields: Object.fromEntries(opened.shown) });
  else output.lines(evidenceLines(opened));
  return EXIT.ok;
}

export interface CloseOptions {
  readonly key: string;
  readonly role: string;
  readonly verdict: string;
  readonly out: string;
}

export async function evidenceClose(
  { output, settings, world }: Context,
  file: string,
  options: CloseOptions,
): Promise<ExitCode> {
  const { opened } = fullIn(file);
  const { organisation, proposal, capsule } = opened.statement;
  const verdict = CLOSURE_VERDICTS.find((one) => one === options.verdict);
  const role = parseId<'Role'>(options.role);
  if (verdict === undefined) throw usage(`the verdict is one of ${CLOSURE_VERDICTS.join(', ')}`);
  if (role === undefined) throw usage('`--role` must be the id of a role');
  const closure: EvidenceClosure = {
    type: 'evidence-closure',
    organisation,
    proposal,
    capsule,
    evidence: opened.digest,
    verdict,
    person: personOf(settings.person),
    role,
    signedAt: world.now(),
  };
  const signed = await signDocument(PAYLOAD.evidenceClosure, closure, await openKey(options.key, world));
  writeFileSync(options.out, canonicalBytes(signed), { mode: 0o600 });
  if (settings.isJson) output.json(closure);
  else output.line(`${safe(options.out)}  ${verdict}  ${opened.digest}`);
  output.note(`carry it out and bring it in with: cs evidence carry ${safe(options.out)}`);
  return EXIT.ok;
}

/** Outside: the one file that leaves. */
export async function evidenceCarry({ client, output, settings }: Context, file: string): Promise<ExitCode> {
  const document = opening(readEnvelope(readBytes(file, MAX_FILE_BYTES)));
  const answer = await client.closeEvidence(document);
  if (settings.isJson) output.json(answer);
  else output.line('the closure is on record');
  return EXIT.ok;
}

export interface DiscloseOptions {
  readonly field: readonly string[];
  readonly out: string;
}

export function evidenceDisclose({ output, settings }: Context, file: string, options: DiscloseOptions): ExitCode {
  const { full } = fullIn(file);
  const disclosure = opening(discloseEvidence(full, options.field));
  const bytes = disclosureBytes(disclosure);
  writeFileSync(options.out, bytes, { mode: 0o600 });
  const shown = disclosure.fields.filter((field) => typeof field !== 'string').length;
  if (settings.isJson) output.json({ file: options.out, shown, hidden: disclosure.fields.length - shown });
  else output.line(`${safe(options.out)}  ${shown} fields shown, ${disclosure.fields.length - shown} hidden`);
  return EXIT.ok;
}

export interface CheckOptions {
  readonly roots: string;
  readonly trust: string;
}

/** A disclosure by anybody: the fields shown are those of the root a runner of the trust bundle signed. */
export function evidenceCheck({ output, settings }: Context, file: string, { roots, trust }: CheckOptions): ExitCode {
  const metadata = opening(readStrictJson(readFileSync(trust), { maxBytes: MAX_TRUST_BYTES }));
  const bundle = openTrustBundle(metadata, readRoot(roots));
  const disclosure = opening(readDisclosure(readBytes(file, MAX_FILE_BYTES)));
  const opened = opening(verifyEvidence(disclosure, bundle));
  if (settings.isJson) output.json({ verified: true, digest: opened.digest, fields: Object.fromEntries(opened.shown) });
  else output.lines(evidenceLines(opened));
  return EXIT.ok;
}

function fullIn(file: string): { readonly full: FullEvidence; readonly opened: OpenedEvidence } {
  const full = opening(readFullEvidence(readBytes(file, MAX_FILE_BYTES)));
  return { full, opened: opening(openFullEvidence(full)) };
}

function opening<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw unverified(result.refusal);
}

const evidenceLines = ({ statement, digest, shown }: OpenedEvidence): readonly string[] => [
  `evidence  ${digest}`,
  `of        ${safe(statement.proposal)}, capsule ${statement.capsule}, by ${safe(statement.runner)}: ${statement.outcome}`,
  `fields    ${shown.size} shown, ${statement.fields - shown.size} hidden`,
  ...[...shown].map(([pointer, value]) => `  ${safe(pointer, 200)}  ${safe(textOf(value), MAX_TEXT)}`),
];

const textOf = (value: JsonValue): string => (typeof value === 'string' ? value : JSON.stringify(value));
