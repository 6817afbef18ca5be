/** Documents of the control plane under test, as the walk over its exits reads and makes them. */
import type { Evidence, GraphSnapshot } from '@countersign/core';
import type { DsseEnvelope, JsonValue } from '@countersign/seal';

interface Described {
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { readonly parameters?: readonly { in: string; name: string }[] }>>>
  >;
}
/** The OpenAPI document of a server. */
export const pathsIn = (document: unknown): Described['paths'] => (document as Described).paths;

export const documentIn = ({ payload }: DsseEnvelope): object =>
  JSON.parse(Buffer.from(payload, 'base64').toString()) as object;
export const graphIn = (dsse: DsseEnvelope): GraphSnapshot => documentIn(dsse) as GraphSnapshot;
export const evidenceJson = (evidence: Evidence): JsonValue => evidence as unknown as JsonValue;
