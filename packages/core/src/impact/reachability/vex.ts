/**
 * Statements of vendors and of one's own product security on whether a vulnerability can be exploited in a product (VEX), as OpenVEX
 * 0.2 or CycloneDX 1.4 and later. The documents are hostile input: known fields keep a strict shape, the rest is ignored.
 */
import type { Instant } from '../../shared/brand.ts';
import { refuse, type Result } from '../../shared/result.ts';
import { list, literal, oneOf, optional, readShape, text, type Shape } from '../../shared/shape.ts';
import { looseObject } from '../../signal/loose-object.ts';
import { rfc3339 } from '../../signal/parse-time.ts';

/** In the words of OpenVEX; the least reassuring first. */
export const VEX_STATUSES = ['affected', 'under_investigation', 'fixed', 'not_affected'] as const;
export type VexStatus = (typeof VEX_STATUSES)[number];

/** Somebody knows, or fears, that it can be exploited. */
export const isAlarm = (status: VexStatus): boolean => status === 'affected' || status === 'under_investigation';

export interface VexStatement {
  readonly vulnerability: string;
  /** A target, a service, or whatever id the product has; matched word for word. */
  readonly product: string;
  /** The only part of the product it speaks of; absent: all of it. */
  readonly component?: string;
  readonly status: VexStatus;
  /** Why it is not affected; without one the statement reassures nobody. */
  readonly justification?: string;
  readonly saidAt: Instant;
}

const MAX_STATEMENTS = 50_000;
const ref = text({ min: 1, max: 1000 });
const vulnerabilityName = text({ min: 1, max: 200 });

interface Product {
  readonly '@id'?: string;
  readonly subcomponents?: readonly { readonly '@id'?: string }[];
}
interface OpenVexStatement {
  readonly vulnerability: { readonly name: string };
  readonly timestamp?: Instant;
  readonly products?: readonly Product[];
  readonly status: VexStatus;
  readonly justification?: string;
}
interface OpenVexDocument {
  readonly timestamp?: Instant;
  readonly statements: readonly OpenVexStatement[];
}

/** The closed list of OpenVEX. */
const JUSTIFICATIONS = [
  'component_not_present',
  'vulnerable_code_not_present',
  'vulnerable_code_not_in_execute_path',
  'vulnerable_code_cannot_be_controlled_by_adversary',
  'inline_mitigations_already_exist',
] as const;

const openVex: Shape<OpenVexDocument> = looseObject<OpenVexDocument>({
  timestamp: optional(rfc3339),
  statements: list(
    looseObject<OpenVexStatement>({
      vulnerability: looseObject<OpenVexStatement['vulnerability']>({ name: vulnerabilityName }),
      timestamp: optional(rfc3339),
      products: optional(
        list(
          looseObject<Product>({
            '@id': optional(ref),
            subcomponents: optional(list(looseObject<{ '@id'?: string }>({ '@id': optional(ref) }), { max: 1000 })),
          }),
          { max: 25_000 },
        ),
      ),
      status: oneOf(...VEX_STATUSES),
      justification: optional(oneOf(...JUSTIFICATIONS)),
    }),
    { min: 1, max: 10_000 },
  ),
});

interface Analysis {
  readonly state?: CycloneState;
  readonly justification?: string;
  readonly lastUpdated?: Instant;
}
interface Affected {
  readonly ref: string;
  /** Present when it speaks of some versions only. */
  readonly versions?: true;
}
interface CycloneVulnerability {
  readonly id: string;
  readonly updated?: Instant;
  readonly analysis?: Analysis;
  readonly affects?: readonly Affected[];
}
interface CycloneDocument {
  readonly bomFormat: 'CycloneDX';
  readonly metadata?: { readonly timestamp?: Instant };
  readonly vulnerabilities: readonly CycloneVulnerability[];
}
const CYCLONE_STATES = [
  'resolved',
  'resolved_with_pedigree',
  'exploitable',
  'in_triage',
  'false_positive',
  'not_affected',
] as const;
type CycloneState = (typeof CYCLONE_STATES)[number];

const CYCLONE_JUSTIFICATIONS = [
  'code_not_present',
  'code_not_reachable',
  'requires_configuration',
  'requires_dependency',
  'requires_environment',
  'protected_by_compiler',
  'protected_at_runtime',
  'protected_at_perimeter',
  'protected_by_mitigating_control',
] as const;

const present: Shape<true> = { schema: {}, read: () => true };

const cycloneDx: Shape<CycloneDocument> = looseObject<CycloneDocument>({
  bomFormat: literal('CycloneDX'),
  metadata: optional(looseObject<NonNullable<CycloneDocument['metadata']>>({ timestamp: optional(rfc3339) })),
  vulnerabilities: list(
    looseObject<CycloneVulnerability>({
      id: vulnerabilityName,
      updated: optional(rfc3339),
      analysis: optional(
        looseObject<Analysis>({
          state: optional(oneOf(...CYCLONE_STATES)),
          justification: optional(oneOf(...CYCLONE_JUSTIFICATIONS)),
          lastUpdated: optional(rfc3339),
        }),
      ),
      affects: optional(list(looseObject<Affected>({ ref, versions: optional(present) }), { max: 25_000 })),
    }),
    { min: 1, max: 10_000 },
  ),
});

/** Which of the two formats a document is in, by the one field each must have. */
export type VexFormat = 'openvex' | 'cyclonedx-vex';
export const vexFormatOf = (document: unknown): VexFormat =>
  typeof document === 'object' && document !== null && 'bomFormat' in document ? 'cyclonedx-vex' : 'openvex';

/** All statements of a document, one for each product and component; complaints name their place. A date ahead of `now` is cut. */
export function readVex(document: unknown, format: VexFormat, now: Instant): Result<readonly VexStatement[]> {
  const statements = format === 'openvex' ? readOpenVex(document, now) : readCycloneDx(document, now);
  if (!statements.ok || statements.value.length <= MAX_STATEMENTS) return statements;
  return refuse(
    'too-large',
    `the document makes ${statements.value.length} statements, at most ${MAX_STATEMENTS} are read`,
    {
      clause: 'G5',
    },
  );
}

const notAfter = (said: Instant | undefined, now: Instant): Instant => (said === undefined || said > now ? now : said);

function readOpenVex(document: unknown, now: Instant): Result<readonly VexStatement[]> {
  const read = readShape(openVex, document);
  if (!read.ok) return read;
  const value = read.value.statements.flatMap((statement) => {
    const { vulnerability, status, justification } = statement;
    const said = {
      vulnerability: vulnerability.name,
      status,
      ...(justification !== undefined && { justification }),
      saidAt: notAfter(statement.timestamp ?? read.value.timestamp, now),
    };
    return (statement.products ?? []).flatMap((product): readonly VexStatement[] => {
      const name = product['@id'];
      if (name === undefined) return [];
      const { subcomponents } = product;
      if (subcomponents === undefined || subcomponents.length === 0) return [{ ...said, product: name }];
      // A part that has no id cannot be told from the others: nothing is said of any.
      return subcomponents.flatMap((part) => {
        const component = part['@id'];
        return component === undefined ? [] : [{ ...said, product: name, component }];
      });
    });
  });
  return { ok: true, value };
}

/** A false positive is a product that is not affected; without a justification it reassures as little as the other. */
const CYCLONE_STATUS: Readonly<Record<CycloneState, VexStatus>> = {
  resolved: 'fixed',
  resolved_with_pedigree: 'fixed',
  exploitable: 'affected',
  in_triage: 'under_investigation',
  false_positive: 'not_affected',
  not_affected: 'not_affected',
};

function readCycloneDx(document: unknown, now: Instant): Result<readonly VexStatement[]> {
  const read = readShape(cycloneDx, document);
  if (!read.ok) return read;
  const value = read.value.vulnerabilities.flatMap(({ id, analysis, updated, affects = [] }) => {
    if (analysis?.state === undefined) return [];
    const { state, justification } = analysis;
    const saidAt = notAfter(analysis.lastUpdated ?? updated ?? read.value.metadata?.timestamp, now);
    const status = CYCLONE_STATUS[state];
    // Which version runs is not known here: what is said of some versions can alarm and cannot reassure.
    const speaking = isAlarm(status) ? affects : affects.filter(({ versions }) => versions === undefined);
    return speaking.map(({ ref: product }): VexStatement => ({
      vulnerability: id,
      product,
      status,
      ...(justification !== undefined && { justification }),
      saidAt,
    }));
  });
  return { ok: true, value };
}
