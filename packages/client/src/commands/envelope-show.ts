/** `cs envelope show`: what may run alone, what needs whom, what never happens, until when. */
import { envelopeShape, readShape, type Envelope, type Prohibition } from '@countersign/core';
import { canonicalBytes, digestOf, MAX_ENVELOPE_BYTES, payloadOf, readStrictJson } from '@countersign/seal';
import type { Context } from '../cli/context.ts';
import { EXIT, type ExitCode } from '../cli/exit-codes.ts';
import { unverified } from '../cli/failure.ts';
import { labelled } from '../cli/output.ts';
import { safe } from '../cli/safe-text.ts';
import { usableEnvelope } from './envelope-file.ts';

/** The active one, or a file: then digest and content are those of what would be signed. */
export async function envelopeShow(context: Context, file?: string): Promise<ExitCode> {
  const { client, output, settings } = context;
  if (file !== undefined) return showFile(context, file);
  const { envelope: signed, digest, warnings = [] } = await client.envelope();
  const payload = payloadOf(signed);
  if (!payload.ok) throw unverified(payload.refusal);
  if (digestOf(payload.value) !== digest)
    throw unverified({ code: 'bad-proof', detail: 'the envelope has another digest than the server says' });
  const json = readStrictJson(payload.value, { maxBytes: MAX_ENVELOPE_BYTES });
  const envelope = json.ok ? readShape(envelopeShape, json.value) : json;
  if (!envelope.ok) throw unverified(envelope.refusal);
  if (settings.isJson) output.json({ digest, signatures: signed.signatures.length, envelope: envelope.value });
  else output.lines(envelopeLines(envelope.value, digest));
  for (const warning of warnings) output.note(safe(warning));
  return EXIT.ok;
}

async function showFile({ output, settings }: Context, file: string): Promise<ExitCode> {
  const { envelope } = await usableEnvelope(file);
  const digest = digestOf(canonicalBytes(envelope));
  if (settings.isJson) output.json({ digest, signatures: 0, envelope });
  else output.lines(envelopeLines(envelope, digest));
  return EXIT.ok;
}

export function envelopeLines(envelope: Envelope, digest: string): readonly string[] {
  const { grants, humanOnly, prohibited, routes, rollout } = envelope;
  return [
    `envelope v${envelope.version}  ${safe(envelope.organisation)}  owner ${safe(envelope.owner)}  ticket ${safe(envelope.ticket)}`,
    ...labelled('digest', [safe(digest)]),
    ...labelled('valid', [`${envelope.validFrom} to ${envelope.validUntil}`]),
    ...labelled('phase', [envelope.phase]),
    ...labelled('alone', grants.map(grantLine)),
    ...labelled(
      'people',
      humanOnly.map((one) => `${safe(one.id)} (${safe(one.clause)}): ${namesOf(one)}`),
    ),
    ...labelled(
      'asks',
      routes.map(
        (one) =>
          `${safe(one.id)} (${safe(one.clause)}): ${one.demands.map(({ role, count }) => `${count} x ${safe(role)}`).join(', ')}`,
      ),
    ),
    ...labelled(
      'never',
      prohibited.map((one) => `${safe(one.id)} (${safe(one.clause)}): ${namesOf(one)}`),
    ),
    ...labelled('rollout', [
      `canary ${rollout.canary}, window ${rollout.window}, ${rollout.bakeMs} ms after each cohort`,
    ]),
  ];
}

const grantLine = ({ id, isEnabled, actions, environments, tiers, caps }: Envelope['grants'][number]): string =>
  `${safe(id)}${isEnabled ? '' : ' (off)'}: ${actions.join(', ')} in ${environments.join(', ')} on ${tiers.join(', ')}, at most ${caps.targets} targets and ${caps.services} services`;

const namesOf = (rule: Prohibition): string =>
  Object.entries(rule)
    .filter(([part]) => part !== 'id' && part !== 'clause')
    .map(
      ([part, value]) =>
        `${part} ${[value]
          .flat()
          .map((name) => safe(String(name)))
          .join(', ')}`,
    )
    .join('; ') || 'everything';
