/**
 * Entries of the record for other systems: OCSF, CloudEvents, JSON lines. Only the leaf goes out, never its body: what happened, to what,
 * by whom, and the digest under which the rest can be asked for.
 */
import type { ReportedEntry } from '@countersign/core';
import { canonicalBytes } from '../canonical.ts';
import { digestOf } from '../digest.ts';
import type { JsonObject } from '../strict-json.ts';
import { fingerprintOf, ocsfOf } from './ocsf.ts';

export const SIEM_FORMATS = ['ocsf', 'cloudevents', 'jsonl'] as const;
export type SiemFormat = (typeof SIEM_FORMATS)[number];

const HEX_FROM = 'sha256:'.length;

export class SiemWriter {
  readonly #format: SiemFormat;
  /** Of the event before, which the next one names. */
  #before: string | undefined;

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
        return this.#chained(ocsfOf(entry, this.#before));
    }
  }

  /** The fingerprint is over the whole event but itself, so an event that is changed or left out breaks the one behind it. */
  #chained(event: ReturnType<typeof ocsfOf>): JsonObject {
    const value = digestOf(canonicalBytes(event)).slice(HEX_FROM);
    this.#before = value;
    return { ...event, attestation: { ...event.attestation, fingerprint: fingerprintOf(value) } };
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
