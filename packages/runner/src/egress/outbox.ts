/** Signed reports into the outbox. What was promised to be reported lies in the journal until it is there. */
import type { AdmissionRefusal, Progress, Report } from '@countersign/seal';
import { canonicalBytes, PAYLOAD, signEnvelope, type DsseEnvelope, type SignerKey } from '@countersign/seal';
import type { ValidationReport } from '@countersign/core';
import type { DropFolder } from '../inbox/drop-folder.ts';
import type { Journal } from '../journal/journal.ts';

export class Outbox {
  readonly #folder: DropFolder;
  readonly #signer: SignerKey;
  readonly #journal: Journal;
  /** In the folder, and not yet struck from the journal: that flush would only cost time. */
  readonly #written: Set<string> = new Set();
  #timer: NodeJS.Timeout | undefined;

  constructor(folder: DropFolder, signer: SignerKey, journal: Journal) {
    this.#folder = folder;
    this.#signer = signer;
    this.#journal = journal;
  }

  sign(payloadType: string, document: object): DsseEnvelope {
    return signEnvelope(payloadType, canonicalBytes(document), [this.#signer]);
  }

  /** Written without a flush: progress is derived from the journal and is written again after a crash. */
  putProgress(progress: Progress): void {
    const report: Report = { kind: 'progress', progress: this.sign(PAYLOAD.progress, progress) };
    this.#folder.put(progressName(progress), JSON.stringify(report));
  }

  refusalReport(refusal: AdmissionRefusal): Report {
    return { kind: 'refusal', refusal: this.sign(PAYLOAD.refusal, refusal) };
  }

  validationReport(report: ValidationReport): Report {
    return { kind: 'validation', validation: this.sign(PAYLOAD.validation, report) };
  }

  /** Moves what the journal holds into the folder; called after each commit that promised a report, and at the start. */
  flush(): void {
    for (const { name, body } of this.#journal.pendingReports()) {
      if (this.#written.has(name)) continue;
      this.#folder.put(name, body);
      this.#written.add(name);
    }
    if (this.#written.size >= STRIKE_AT) this.strike();
    this.#timer ??= setTimeout(() => this.strike(), STRIKE_AFTER_MS).unref();
  }

  /** At the end of the program. What cannot be struck now is written again at the next start, under the same name. */
  close(): void {
    try {
      this.strike();
    } catch {
      clearTimeout(this.#timer);
    }
  }

  /** Strikes from the journal what lies in the folder. */
  strike(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#journal.write([...this.#written].map((name) => ({ kind: 'reported', name })));
    this.#written.clear();
  }
}

const STRIKE_AFTER_MS = 2000;
/** Each flush reads what is not struck. */
const STRIKE_AT = 64;
const PREFIX = 'sha256:'.length;
export const shortName = (digest: string): string => digest.slice(PREFIX, PREFIX + 24);

const progressName = ({ capsule, from, events }: Progress): string =>
  `${shortName(capsule)}-progress-${pad(from)}-${pad(from + events.length)}.json`;

const pad = (seq: number): string => String(seq).padStart(8, '0');
