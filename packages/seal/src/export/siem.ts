/**
 * Entries of the record for other systems: OCSF, CloudEvents, JSON lines. Only the leaf goes out, never its body: what happened, to what,
 * by whom, and the digest under which the rest can be asked for.
 */
import type { ReportedEntry } from '@countersign/core';
import { canonicalBytes } from '../canonical.ts';
import { digestOf } from '../digest.ts';
import type { JsonObject } from '../strict-json.ts';
import { fingerprintOf, ocsfOf, referenceTo, type OcsfReference } from './ocsf.ts';

export const SIEM_FORMATS = ['ocsf', 'cloudevents', 'jsonl'] as const;
export type SiemFormat = (typeof SIEM_FORMATS)[number];

const HEX_FROM = 'sha256:'.length;

export class SiemWriter {
  readonly #format: SiemFormat;
  /** Of the event before, which the next one names. */
  #before: OcsfReference | undefined;

  constructor(format: SiemFormat) {
    this.#format = format;
  }

  /** One line of canonical JSON. */
  line(entry: ReportedEntry): string {
    return `${new TextDecoder().decode(canonicalBytes(this.#event(entry)))}\n`;
  }

  #event(entry: ReportedEntry): JsonObject {
    switch (this.#format) {
      case 'jsonl':
        return { index: entry.index, ...leafOf(entry) };
      case 'cloudevents':
        return cloudEventOf(entry);
      case 'ocsf':
        return this.#chained(entry);
    }
  }

  /** The fingerprint is over the whole event but itself, so an event that is changed or left out breaks the one behind it. */
  #chained(entry: ReportedEntry): JsonObject {
    const { event, attestation } = ocsfOf(entry, this.#before);
    const value = digestOf(canonicalBytes({ ...event, attestation_list: [attestation] })).slice(HEX_FROM);
    const fingerprint = fingerprintOf(value);
    this.#before = referenceTo(entry, fingerprint);
    return { ...event, attestation_list: [{ ...attestation, fingerprint }] };
  }
}

const leafOf = ({ leaf }: ReportedEntry): JsonObject => ({ ...leaf });

/** CloudEvents 1.0, structured mode. */
const cloudEventOf = (entry: ReportedEntry): JsonObject => {
  const { leaf, index } = entry;
  return {
    specversion: '1.0',
    id: String(index),
    source: `/countersign/${leaf.organisation}/record`,
    type: `dev.countersign.${leaf.event}`,
    subject: leaf.subject,
    time: leaf.at,
    datacontenttype: 'application/json',
    data: leafOf(entry),
  };
};
