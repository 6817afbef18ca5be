/** A campaign held against a trust bundle (C4): who made it, who signed it, and which runners say how its capsules ended. */
import {
  campaignApprovalShape,
  checkCampaignApproval,
  isSuccess,
  readShape,
  receiptShape,
  type Result,
  type Shape,
  type TrustBundle,
} from '@countersign/core';
import {
  decodePublicKey,
  keysThatSigned,
  parseEnvelope,
  PAYLOAD,
  payloadOf,
  readStrictJson,
  verifyEnvelope,
  type DsseEnvelope,
} from '@countersign/seal';
import type { CampaignView } from '../sdk/campaigns.ts';
import { openCampaign, type OpenCampaign } from './open-campaign.ts';

export interface CampaignFinding {
  readonly isGood: boolean;
  readonly text: string;
}

const good = (text: string): CampaignFinding => ({ isGood: true, text });
const bad = (text: string): CampaignFinding => ({ isGood: false, text });

export function verifyCampaign(data: CampaignView, bundle: TrustBundle): readonly CampaignFinding[] {
  const opened = openCampaign(data);
  if (!opened.ok)
    return [
      bad(`campaign: ${opened.refusal.detail}`),
      ...(opened.refusal.complaints ?? []).map(({ at, problem }) => bad(`campaign ${at} ${problem}`)),
    ];
  const { manifest, digest } = opened.value;
  return [
    good(`campaign ${manifest.id}: ${manifest.size} capsules, ${manifest.totals.targets} targets, ${digest}`),
    maker(opened.value, bundle),
    ...data.approvals.map(({ approval }) => approvalFinding(opened.value, approval, bundle)),
    ...data.receipts.map(({ receipt }) => receiptFinding(opened.value, receipt, bundle)),
  ];
}

const keysOf = (encoded: readonly { readonly publicKey: string }[]): Parameters<typeof verifyEnvelope>[1]['trusted'] =>
  encoded.flatMap(({ publicKey }) => {
    const key = decodePublicKey(publicKey);
    return key.ok ? [key.value] : [];
  });

function maker({ envelope }: OpenCampaign, { keys }: TrustBundle): CampaignFinding {
  const rule = { payloadType: PAYLOAD.campaign, trusted: keysOf(keys.capsuleSigners), threshold: 1 };
  const verified = verifyEnvelope(envelope, rule);
  return verified.ok
    ? good('made by a trusted capsule signer')
    : bad(`made by nobody who is trusted: ${verified.refusal.detail}`);
}

function read<T>(
  document: unknown,
  payloadType: string,
  shape: Shape<T>,
): Result<{ readonly dsse: DsseEnvelope; readonly value: T }> {
  const dsse = parseEnvelope(document);
  if (!dsse.ok) return dsse;
  if (dsse.value.payloadType !== payloadType)
    return { ok: false, refusal: { code: 'wrong-type', detail: 'is of another type' } };
  const payload = payloadOf(dsse.value);
  const json = payload.ok ? readStrictJson(payload.value, { maxBytes: MAX_BYTES }) : payload;
  const found = json.ok ? readShape(shape, json.value) : json;
  return found.ok ? { ok: true, value: { dsse: dsse.value, value: found.value } } : found;
}
const MAX_BYTES = 16_384;

/** As of the moment it was made: what has run out since still was a signature. */
function approvalFinding(opened: OpenCampaign, document: unknown, { people }: TrustBundle): CampaignFinding {
  const found = read(document, PAYLOAD.campaignApproval, campaignApprovalShape);
  if (!found.ok) return bad(`approval: ${found.refusal.detail}`);
  const { dsse, value: approval } = found.value;
  const person = people.find(({ id }) => id === approval.person);
  const keys = person === undefined ? undefined : keysThatSigned(dsse, person.credentials);
  if (keys === undefined) return bad(`approval of ${approval.person}: no key of the roster made it`);
  const surfaces = keys.map(({ surface }) => surface);
  const bound = checkCampaignApproval(approval, { ...opened, surfaces, skewMs: 0 }, approval.signedAt);
  const who = `${approval.person} as ${approval.role}, ${approval.signedAt}`;
  return bound.ok ? good(`signed by ${who}`) : bad(`approval of ${who}: ${bound.refusal.detail}`);
}

function receiptFinding({ members, digest }: OpenCampaign, document: unknown, { keys }: TrustBundle): CampaignFinding {
  const found = read(document, PAYLOAD.receipt, receiptShape);
  if (!found.ok) return bad(`receipt: ${found.refusal.detail}`);
  const { dsse, value: receipt } = found.value;
  const placed = members.find(({ member }) => member.capsule === receipt.capsule);
  const where = `${receipt.runner} in ${receipt.enclave}`;
  const isOfThis =
    placed?.stage === receipt.stage &&
    receipt.campaign === digest &&
    receipt.runner === placed.member.runner &&
    receipt.enclave === placed.member.enclave;
  if (!isOfThis) return bad(`receipt of ${where}: is not one of this campaign`);
  const own = keys.runners.filter(({ runner, enclave }) => runner === receipt.runner && enclave === receipt.enclave);
  const verified = verifyEnvelope(dsse, { payloadType: PAYLOAD.receipt, trusted: keysOf(own), threshold: 1 });
  if (!verified.ok) return bad(`receipt of ${where}: ${verified.refusal.detail}`);
  const end = `stage ${receipt.stage + 1}, ${where}: ${receipt.outcome}, ${receipt.trips} trips`;
  return isSuccess(receipt) ? good(end) : good(`${end}; it holds the campaign`);
}
