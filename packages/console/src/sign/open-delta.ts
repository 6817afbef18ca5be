/**
 * What changed since people signed the version before (D6), from the bytes of both. Who signed it is the server's word only: a signature
 * over what changed is nobody's word without one over the whole, and the runner knows.
 */
import type { SigningData } from '@countersign/client';
import { linkBetween, renderDelta, type Link } from '@countersign/core';
import { digestOfText, openCapsule, type OpenCapsule } from '../capsule/open-capsule.ts';

export interface OpenDelta {
  readonly kind: Link['kind'];
  /** The version people signed. */
  readonly version: number;
  readonly page: string;
  /** The capsule with the page of what changed in the place of the whole: what somebody signs who signed before. */
  readonly opened: OpenCapsule;
}

/** Absent: nobody signed a version before. A problem in words: what the server shows does not fit. */
export async function openDelta(data: SigningData, opened: OpenCapsule): Promise<OpenDelta | string | undefined> {
  if (data.before === undefined) return undefined;
  const earlier = await openCapsule(data.before.capsule);
  if (!earlier.isMatch) return earlier.problems.join('; ');
  const before = earlier.opened;
  const link = linkBetween(before, opened, { narrowsEnvelope: false });
  if (!link.ok) return 'the version shown as the one before is not the one this capsule names';
  const page = renderDelta(before, opened, opened.words);
  const signed = { ...opened, page, pageDigest: await digestOfText(page), since: before.digest };
  return { kind: link.value.kind, version: before.capsule.version, page, opened: signed };
}

/** What this person signs: what changed, the whole, or nothing because their word stands. */
export function ownDelta(
  { data, delta }: { readonly data: SigningData; readonly delta?: OpenDelta },
  person: string,
  role: string | undefined,
): OpenDelta | undefined {
  const hasSigned = data.before?.signed.some((seat) => seat.person === person && seat.role === role) ?? false;
  return hasSigned && delta?.kind !== 'void' ? delta : undefined;
}
