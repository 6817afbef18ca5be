/** One file held against one root of trust: a bundle of one remediation, or an export of many. Nothing else is believed. */
import {
  digestOf,
  escapeHostile,
  readTufRoot,
  verifyBundle,
  verifyExport,
  type ExportProblem,
} from '@countersign/seal';
import { agentIn } from './agent-view.ts';
import { remediationSections, type Section } from './sections.ts';

export interface Remediation {
  readonly proposal: string;
  readonly sections: readonly Section[];
}
export interface WrongItem {
  /** What is wrong, by its name in the file. */
  readonly item: string;
  /** Place in the file, bytes. */
  readonly offset?: number;
  readonly code: string;
  readonly detail: string;
}
export type Verdict =
  | {
      readonly kind: 'verified';
      /** One line. */
      readonly about: string;
      readonly digest: string;
      readonly remediations: readonly Remediation[];
    }
  | { readonly kind: 'refused'; readonly problems: readonly WrongItem[] };

export interface Question {
  readonly file: Uint8Array;
  /** `1.root.json` or any later root, from whoever held the ceremony: never from the server. */
  readonly root: Uint8Array;
  /** A checkpoint that was kept from before: the record of an export must be the same one, grown. */
  readonly older?: string;
}

const OBJECT = '{'.charCodeAt(0);

export function verifyFile({ file, root, older }: Question): Verdict {
  const read = readTufRoot(root);
  if (!read.ok) return refused({ item: 'root of trust', ...read.refusal });
  if (file.length === 0) return refused({ item: 'file', code: 'malformed', detail: 'the file is empty' });
  return file[0] === OBJECT ? ofBundle(file, root) : ofExport(file, { root, ...(older !== undefined && { older }) });
}

const refused = (...problems: readonly (ExportProblem | WrongItem)[]): Verdict => ({
  kind: 'refused',
  problems: problems.map(({ item, offset, code, detail }) => ({
    item: escapeHostile(item, 200),
    code,
    detail: escapeHostile(detail, 1000),
    ...(offset !== undefined && { offset }),
  })),
});

function ofBundle(file: Uint8Array, root: Uint8Array): Verdict {
  const verified = verifyBundle(file, { root });
  if (!verified.ok) return refused({ item: 'bundle', code: verified.refusal.code, detail: verified.refusal.detail });
  const { proposal, organisation, leaves, recordSize, trustVersion } = verified.value;
  const record = `${leaves} entries of a witnessed record of ${recordSize}`;
  return {
    kind: 'verified',
    about: `${proposal} of ${organisation}: ${record}, trust bundle ${trustVersion}`,
    digest: digestOf(file),
    remediations: [{ proposal, sections: remediationSections(verified.value, agentIn(file)) }],
  };
}

function ofExport(file: Uint8Array, rule: { readonly root: Uint8Array; readonly older?: string }): Verdict {
  const { problems, content } = verifyExport(file, rule);
  if (content === undefined) return refused(...problems);
  const { record, remediations, trustVersion, manifest } = content;
  const size = `${record.leaves.length} entries of a witnessed record of ${record.checkpoint.size}`;
  return {
    kind: 'verified',
    about: `export of ${manifest.organisation}: ${remediations.length} remediations, ${size}, trust bundle ${trustVersion}`,
    digest: digestOf(file),
    remediations: remediations.map((one) => ({ proposal: one.proposal, sections: remediationSections(one) })),
  };
}
