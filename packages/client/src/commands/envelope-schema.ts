/** `cs envelope schema`: the JSON Schema of what is signed, with the closed list of what turns an act to people. */
import { describeHumanConditions, envelopeShape, type JsonSchema } from '@countersign/core';
import type { Context } from '../cli/context.ts';
import { EXIT, type ExitCode } from '../cli/exit-codes.ts';

const DESCRIPTIONS: Readonly<Record<string, string>> = {
  organisation: 'Whose envelope it is.',
  version: 'Counts up; a lower one is never accepted again (E2).',
  supersedes: 'Digest of the version it replaces; absent in version 1.',
  owner: "Answers for it; the owner's own signature does not count (E3).",
  reason: 'Why this version (E3).',
  ticket: 'Where the change advisory board agreed (E3).',
  validFrom: 'From when it authorises.',
  validUntil: 'At most 92 days after validFrom (AG-706 4.10).',
  phase: 'Adoption: observe-only, non-production, bounded-autonomy (L6).',
  agents: 'Whose proposals it covers (L8).',
  maxGraphAgeMinutes: 'An older system graph ends autonomy (AG-706 4.3).',
  severities: 'Words of sources to 0 (info) .. 4 (critical); a word that is not listed is unknown, hence prohibited.',
  confidence: 'Per source or source:category, how sure its past labels make us, in per cent (D3).',
  correlation: 'Signals further apart than this do not support each other (AG-706 4.11).',
  tzdata: 'Time zone data the offsets of the calendars were taken from.',
  calendars:
    'When something is open: weekly hours, closed days, whole periods; offsets from UTC written out (DORA Art. 9).',
  prohibited: 'What nobody may run, or only with a change record or a contingency plan.',
  humanOnly: 'What is always for people, whatever a grant says (AG-706 4.7).',
  grants: 'What may run alone; all conditions of one grant must hold (AG-706 4.1, 4.5).',
  routes: 'Whom to ask; all that match are owed together (AG-706 4.2).',
  dryRun: 'Nearer to a cap than this share of it, one of these people looks at the dry run first (AG-706 4.12).',
  limits: 'Most at once and over time; one more asks people (D5).',
  contraction: 'Rates from which on a class loses its autonomy by itself (E6).',
  maySkipStaging: 'Action types that need no staging run; never config.change (L4).',
  maxSkipPercent: 'Share of their acts that may skip it (L4).',
  staging: 'Data classes staging may hold, and what must be there for a validation to count (L4).',
  rollout: 'Canary, window and waits that a capsule may only tighten (AG-706 4.4, 4.9).',
  egress: 'How much of the evidence may leave, by environment (V2).',
  retentionDays: 'How long evidence is kept, by environment.',
  retentionKinds: 'Kinds of evidence that are kept for another time than the rest of their environment.',
  guardrails: 'Hand-written Cedar in its analysed form: it can only forbid.',
  policies: "Digest of the rules in Cedar's JSON form: what is signed is what both engines run.",
};

const isSchema = (value: unknown): value is JsonSchema => typeof value === 'object' && value !== null;

/** Plain JSON Schema 2020-12. */
export function envelopeSchema(): JsonSchema {
  const { properties } = envelopeShape.schema;
  const described = Object.entries(isSchema(properties) ? properties : {}).map(([name, schema]) => [
    name,
    {
      ...(DESCRIPTIONS[name] !== undefined && { description: DESCRIPTIONS[name] }),
      ...(isSchema(schema) ? schema : {}),
    },
  ]);
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Remediation authority envelope',
    ...envelopeShape.schema,
    properties: Object.fromEntries(described),
    $comment: `Whatever a grant says, these turn an act to people: ${describeHumanConditions()
      .map(({ name, clause }) => `${name} (${clause})`)
      .join(', ')}. An envelope can only add to them.`,
  };
}

export async function envelopeSchemaCommand({ output }: Context): Promise<ExitCode> {
  output.json(envelopeSchema());
  return EXIT.ok;
}
