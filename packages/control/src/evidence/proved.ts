/** What a file may hold of a remediation: documents whose entry is under the witnessed checkpoint of the file; the rest is in the next one. */
import {
  approvalShape,
  campaignApprovalShape,
  evidenceStatementShape,
  readShape,
  receiptShape,
  validationReportShape,
  type Digest,
  type RecordEvent,
  type Shape,
} from '@countersign/core';
import {
  approvalLeafBody,
  campaignApprovalLeafBody,
  digestOf,
  evidenceLeafBody,
  leafBodyDigest,
  type LeafPlaces,
  payloadOf,
  readStrictJson,
  receiptLeafBody,
  validationLeafBody,
  type DsseEnvelope,
  type PlacedLeaf,
} from '@countersign/seal';
import { parseLeaf } from '../record/entries.ts';

export interface StoredEntry {
  readonly seq: number;
  readonly leaf: Uint8Array;
}

export function addEntry(places: LeafPlaces, { seq, leaf: bytes }: StoredEntry): void {
  const leaf = parseLeaf(bytes);
  if (leaf !== undefined) places.add({ leaf, index: seq });
}

/** The entry of a signed document, found by the body that follows from it. */
type Find = (places: LeafPlaces, dsse: DsseEnvelope) => PlacedLeaf | undefined;

const find =
  <T>(event: RecordEvent, shape: Shape<T>, bodyOf: (document: T, digest: Digest) => object): Find =>
  (places, dsse) => {
    const payload = payloadOf(dsse);
    const json = payload.ok ? readStrictJson(payload.value, { maxBytes: 8_388_608 }) : payload;
    const document = json.ok ? readShape(shape, json.value) : json;
    if (!payload.ok || !document.ok) return undefined;
    return places.ofBody(event, leafBodyDigest(bodyOf(document.value, digestOf(payload.value))));
  };

export const approvalEntry: Find = find('approval.received', approvalShape, approvalLeafBody);
export const validationEntry: Find = find('validation.finished', validationReportShape, validationLeafBody);
export const evidenceEntry: Find = find('evidence.received', evidenceStatementShape, evidenceLeafBody);
export const campaignApprovalEntry: Find = find('campaign.signed', campaignApprovalShape, campaignApprovalLeafBody);
export const receiptEntry: Find = find('campaign.receipt', receiptShape, receiptLeafBody);
