/** Answers of the control plane under test, as the tests of the desk read them. */
import type { TrustBundle } from '@countersign/core';
import { parseEnvelope, type DsseEnvelope, type PollAnswer, type TrustMetadata } from '@countersign/seal';

export interface ShownState {
  readonly state: string;
  readonly reason: string;
  readonly capsule?: string;
}

export const shownState = (body: unknown): ShownState => body as ShownState;
export const shownId = (body: unknown): string => (body as { readonly id: string }).id;
export const shownSignals = (body: unknown): readonly string[] =>
  (body as { readonly signals: readonly string[] }).signals;
export const pollAnswer = (body: unknown): PollAnswer => body as PollAnswer;
export const bundleIn = ({ bundle: payload }: TrustMetadata): TrustBundle =>
  JSON.parse(Buffer.from(payload, 'base64').toString()) as TrustBundle;

export function capsuleIn(body: unknown): { readonly capsule: DsseEnvelope } {
  const capsule = parseEnvelope((body as { readonly capsule: unknown }).capsule);
  if (!capsule.ok) throw new Error(capsule.refusal.detail);
  return { capsule: capsule.value };
}
