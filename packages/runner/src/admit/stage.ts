/**
 * Whether the stage of a capsule may begin (C4): each receipt is signed with the key that the trust bundle gives to that runner in that
 * enclave, and the rule is the one in the signed manifest.
 */
import {
  checkRelease,
  ok,
  readShape,
  receiptShape,
  refuse,
  type Instant,
  type Receipt,
  type Result,
} from '@countersign/core';
import { PAYLOAD, readStrictJson, verifyEnvelope, type DsseEnvelope, type OpenedCampaign } from '@countersign/seal';
import { SKEW_MS } from './context.ts';
import type { Trust } from './trust.ts';

const MAX_RECEIPT_BYTES = 8192;

export interface StageQuestion extends OpenedCampaign {
  /** The stage that wants to begin, from 0. */
  readonly stage: number;
  readonly trust: Trust;
  readonly now: Instant;
}

export function checkStage(envelopes: readonly DsseEnvelope[], question: StageQuestion): Result<true> {
  const receipts: Receipt[] = [];
  for (const envelope of envelopes) {
    const receipt = readReceipt(envelope, question);
    if (!receipt.ok) return receipt;
    receipts.push(receipt.value);
  }
  const { manifest, digest: campaign, stage, now } = question;
  return checkRelease({ manifest, campaign, stage, receipts, now, skewMs: SKEW_MS });
}

function readReceipt(envelope: DsseEnvelope, { members, trust }: StageQuestion): Result<Receipt> {
  const signed = openSigned(envelope, trust, () => true);
  if (signed === undefined)
    return refuse('receipt-forged', 'a receipt is of another type, or of no runner that is trusted', { clause: 'C4' });
  const json = readStrictJson(signed, { maxBytes: MAX_RECEIPT_BYTES });
  if (!json.ok) return json;
  const receipt = readShape(receiptShape, json.value);
  if (!receipt.ok) return receipt;
  const named = members.find(({ member }) => member.capsule === receipt.value.capsule)?.member;
  if (named === undefined)
    return refuse('receipt-other', 'a receipt is of a capsule that the campaign does not hold', { clause: 'C4' });
  const { runner, enclave, environment } = named;
  // A key speaks for one runner in one enclave and one environment, as the root keys say.
  const isIts = (key: RunnerKey): boolean =>
    key.runner === runner && key.enclave === enclave && key.environment === environment;
  return openSigned(envelope, trust, isIts) === undefined
    ? refuse('receipt-forged', `a receipt is not signed by \`${runner}\``, { clause: 'C4' })
    : ok(receipt.value);
}

type RunnerKey = Trust['bundle']['keys']['runners'][number];

/** The bytes that one of these runners signed; nothing else is read. */
function openSigned(
  envelope: DsseEnvelope,
  { bundle, factKeys }: Trust,
  mayHaveSigned: (key: RunnerKey) => boolean,
): Uint8Array | undefined {
  const { signatures } = envelope;
  // A runner signs once and names its key: without that, thousands of receipts times thousands of keys keep this one busy (X5).
  if (signatures.length > 1) return undefined;
  const trusted = bundle.keys.runners
    .filter(mayHaveSigned)
    .flatMap(({ publicKey }) => factKeys.get(publicKey) ?? [])
    .filter(({ keyid }) => keyid === signatures[0]?.keyid);
  const verified = verifyEnvelope(envelope, { payloadType: PAYLOAD.receipt, trusted, threshold: 1 });
  return verified.ok ? verified.value.payload : undefined;
}
