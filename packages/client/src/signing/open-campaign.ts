/**
 * A campaign opened by this program alone (A2, C4): digest, page and words come from the manifest's bytes, its root is computed, and
 * every capsule the server shows must be the one that the manifest says it is. Anything else is not shown as signable.
 */
import { checkMember, refuse, type Complaint, type Result } from '@countersign/core';
import {
  digestWords,
  parseEnvelope,
  PAYLOAD,
  payloadOf,
  readCampaign,
  readSignedCapsule,
  type DsseEnvelope,
  type OpenedCampaign,
} from '@countersign/seal';
import type { CampaignView } from '../sdk/campaigns.ts';

export interface OpenCampaign extends OpenedCampaign {
  readonly words: string;
  readonly envelope: DsseEnvelope;
}

export function openCampaign(
  data: Pick<CampaignView, 'id' | 'digest' | 'manifest' | 'capsules'>,
): Result<OpenCampaign> {
  const envelope = parseEnvelope(data.manifest);
  if (!envelope.ok) return envelope;
  if (envelope.value.payloadType !== PAYLOAD.campaign)
    return refuse('wrong-type', 'the document is not a campaign', { clause: 'C4' });
  const payload = payloadOf(envelope.value);
  const read = payload.ok ? readCampaign(payload.value) : payload;
  if (!read.ok) return read;
  const { manifest, digest } = read.value;
  const complaints = [
    ...(data.digest === digest ? [] : [{ at: '/digest', problem: 'is not that of the campaign' }]),
    ...(data.id === manifest.id ? [] : [{ at: '/id', problem: 'is not that of the campaign' }]),
    ...capsuleComplaints(read.value, data.capsules),
  ];
  if (complaints.length === 0)
    return { ok: true, value: { ...read.value, words: digestWords(digest), envelope: envelope.value } };
  return refuse('bad-proof', 'what the server shows does not match the campaign; do not sign', {
    clause: 'C4',
    complaints,
  });
}

/** Each digest in the manifest stands for a capsule that is here and is what the manifest says. */
function capsuleComplaints({ manifest, members }: OpenedCampaign, documents: readonly unknown[]): readonly Complaint[] {
  const capsules = new Map(
    documents.flatMap((document) => {
      const envelope = parseEnvelope(document);
      const read = envelope.ok ? readSignedCapsule(envelope.value) : envelope;
      return read.ok ? [[read.value.digest, read.value] as const] : [];
    }),
  );
  return members.flatMap((placed): readonly Complaint[] => {
    const held = capsules.get(placed.member.capsule);
    return held === undefined
      ? [{ at: `/capsules/${placed.index}`, problem: 'is not here, so nobody can say what it does' }]
      : checkMember(manifest, placed, held);
  });
}
