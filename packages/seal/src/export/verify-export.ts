/**
 * Offline check of an export (V4): the file as it was sealed, the record to a checkpoint that witnesses saw, every remediation by the
 * signatures of those who knew. Every wrong item is named, the first one first; there is no partial pass.
 */
import type { BundleTrust } from '../bundle-trust.ts';
import { digestOfHash } from '../digest.ts';
import { ArchiveReader, type ArchiveEntry } from './archive-reader.ts';
import type { ExportManifest } from './export-format.ts';
import { findDamage, type ExportProblem, type SoundExport } from './verify-export-damage.ts';
import { verifyRecord, type VerifiedRecord } from './verify-export-record.ts';
import { verifyRemediations, type RemediationReport } from './verify-export-remediations.ts';

export interface ExportContent {
  readonly manifest: Omit<ExportManifest, 'type'>;
  /** Made with demo keys: it proves nothing about a production. */
  readonly isDemo: boolean;
  readonly trustVersion: number;
  readonly record: VerifiedRecord;
  readonly remediations: readonly RemediationReport[];
}
export interface ExportReport {
  /** Empty: everything below holds. In the order of the file. */
  readonly problems: readonly ExportProblem[];
  /** Absent when anything is wrong. */
  readonly content?: ExportContent;
}
export interface ExportRule extends BundleTrust {
  /** A checkpoint that the reader kept from before: the record must be the same one, grown. */
  readonly older?: string;
}

export class ExportVerifier {
  readonly #rule: ExportRule;
  readonly #entries: ArchiveEntry[] = [];
  readonly #reader: ArchiveReader;

  constructor(rule: ExportRule) {
    this.#rule = rule;
    this.#reader = new ArchiveReader((entry) => void this.#entries.push(entry));
  }

  /** The next bytes of the file; whether more is worth reading. */
  push(chunk: Uint8Array): boolean {
    return this.#reader.push(chunk);
  }

  end(): ExportReport {
    const broken = this.#reader.end();
    const { sound, problems } = findDamage(this.#entries, this.#rule);
    if (broken !== undefined)
      // Without its end there is no manifest to miss.
      return failed([
        ...problems.filter(({ item }) => item !== 'manifest.json' && item !== 'entries.json'),
        { ...broken, code: 'malformed' },
      ]);
    return sound === undefined ? failed(problems) : this.#judge(sound);
  }

  #judge(sound: SoundExport): ExportReport {
    const objects = new Map(
      sound.entries.flatMap((entry) => (entry.kind === 'objects' ? [[entry.name, entry] as const] : [])),
    );
    const called = [...objects.values()].filter(({ name, hash }) => name !== `objects/${digestOfHash(hash).slice(7)}`);
    if (called.length > 0)
      return failed(
        called.map(({ name, offset }) => ({
          item: name,
          offset,
          code: 'bad-proof',
          detail: 'it does not have the digest it is called by',
        })),
      );
    const used = new Set<string>();
    const bytesOf = (digest: string): Uint8Array | undefined => {
      const name = `objects/${digest.slice('sha256:'.length)}`;
      used.add(name);
      return objects.get(name)?.bytes;
    };
    const { older } = this.#rule;
    const record = verifyRecord({ sound, bodyOf: bytesOf, ...(older !== undefined && { older }) });
    if (!('leaves' in record)) return failed([record]);
    const { problems, reports } = verifyRemediations({ sound, record, bytesOf });
    const unused = [...objects.values()].filter(({ name }) => !used.has(name));
    const all = [
      ...problems,
      ...unused.map(({ name, offset }) => ({
        item: name,
        offset,
        code: 'foreign',
        detail: 'nothing in the file names it',
      })),
    ];
    if (all.length > 0) return failed(all);
    const { type: _, ...manifest } = sound.manifest;
    const { version, isDemo } = sound.trust.newest;
    return { problems: [], content: { manifest, isDemo, trustVersion: version, record, remediations: reports } };
  }
}

const failed = (problems: readonly ExportProblem[]): ExportReport => ({
  problems: problems.toSorted((a, b) => (a.offset ?? Number.MAX_SAFE_INTEGER) - (b.offset ?? Number.MAX_SAFE_INTEGER)),
});

/** A file that is in memory. */
export function verifyExport(bytes: Uint8Array, rule: ExportRule): ExportReport {
  const verifier = new ExportVerifier(rule);
  verifier.push(bytes);
  return verifier.end();
}
