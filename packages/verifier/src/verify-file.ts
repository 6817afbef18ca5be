/** One file held against one root of trust: a bundle of one remediation, or an export of many. Nothing else is believed. */
import type { Refusal } from '@countersign/core';
import {
  digestOf,
  escapeHostile,
  readTufRoot,
  verifyBundle,
  verifyExport,
  type EntryTime,
  type ExportProblem,
} from '@countersign/seal';
import { agentFrom, agentIn } from './agent-view.ts';
import { remediationSections, summaryOf, timeWarning, type Section } from './sections.ts';

export interface Remediation {
  /** One line, to find it by. */
  readonly summary: string;
  /** Made when somebody opens it: a file may hold thousands. */
  readonly sections: () => readonly Section[];
}
export interface WrongItem {
  /** What is wrong, by its name in the file. */
  readonly item: string;
  /** Place in the file, bytes. */
  readonly offset?: number;
  readonly code: string;
  readonly detail: string;
}
interface Content {
  /** One line. */
  readonly about: string;
  readonly digest: string;
  readonly remediations: readonly Remediation[];
}
export type Verdict =
  | ({ readonly kind: 'verified' } & Content)
  /** All signatures and proofs hold, but witnesses contradict the times in it (V3). */
  | ({ readonly kind: 'doubted'; readonly doubt: string } & Content)
  | { readonly kind: 'refused'; readonly problems: readonly WrongItem[] };

export interface Question {
  readonly file: Uint8Array;
  /** `1.root.json` or any later root, from whoever held the ceremony: never from the server. */
  readonly root: Uint8Array;
  /** A checkpoint that was kept from before: the record of an export must be the same one, grown. */
  readonly older?: string;
}

const OBJECT = '{'.charCodeAt(0);
const ARCHIVE = 'ustar';
/** Where the header of an archive says that it is one. */
const ARCHIVE_AT = 257;

export function verifyFile({ file, root, older }: Question): Verdict {
  const read = readTufRoot(root);
  if (!read.ok) return refused({ item: 'root of trust', ...read.refusal });
  switch (kindOf(file)) {
    case 'bundle':
      // Never left aside in silence: whoever chose it believes that it was looked at.
      return older === undefined
        ? ofBundle(file, root)
        : refused({
            item: 'older checkpoint',
            code: 'usage',
            detail: 'a bundle does not hold the record; only an export does',
          });
    case 'export':
      return ofExport(file, { root, ...(older !== undefined && { older }) });
    case 'neither':
      return refused({
        item: 'file',
        offset: 0,
        code: 'malformed',
        detail: `it is neither a bundle, which begins with {, nor an export, which says ${ARCHIVE} at byte ${ARCHIVE_AT}`,
      });
  }
}

function kindOf(file: Uint8Array): 'bundle' | 'export' | 'neither' {
  if (file[0] === OBJECT) return 'bundle';
  const said = new TextDecoder('latin1').decode(file.subarray(ARCHIVE_AT, ARCHIVE_AT + ARCHIVE.length));
  return said === ARCHIVE ? 'export' : 'neither';
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

function told(content: Content, times: readonly EntryTime[]): Verdict {
  const doubt = timeWarning(times);
  return doubt === undefined ? { kind: 'verified', ...content } : { kind: 'doubted', doubt, ...content };
}

const demo = (isDemo: boolean): string => (isDemo ? 'DEMO ' : '');

function ofBundle(file: Uint8Array, root: Uint8Array): Verdict {
  const verified = verifyBundle(file, { root });
  if (!verified.ok) return refused(...placesOf(verified.refusal));
  const { proposal, organisation, leaves, recordSize, isDemo, trustVersion, times } = verified.value;
  const record = `${leaves} entries of a witnessed record of ${recordSize}`;
  const content = {
    about: `${proposal} of ${organisation}: ${record}, ${demo(isDemo)}trust bundle ${trustVersion}`,
    digest: digestOf(file),
    remediations: [
      { summary: summaryOf(verified.value), sections: () => remediationSections(verified.value, agentIn(file)) },
    ],
  };
  return told(content, times);
}

/** Every place that does not fit, by its JSON pointer; else the bundle as a whole, which is sealed as one. */
function placesOf({ code, detail, complaints = [] }: Refusal): readonly WrongItem[] {
  if (complaints.length === 0) return [{ item: 'bundle', code, detail }];
  return complaints.map(({ at, problem }) => ({ item: at === '' ? 'bundle' : `bundle ${at}`, code, detail: problem }));
}

function ofExport(file: Uint8Array, rule: { readonly root: Uint8Array; readonly older?: string }): Verdict {
  const { problems, content: read } = verifyExport(file, rule);
  if (read === undefined) return refused(...problems);
  const { record, remediations, isDemo, trustVersion, manifest } = read;
  const { organisation, from, to, by, purpose } = manifest;
  const size = `${record.leaves.length} entries of a witnessed record of ${record.checkpoint.size}`;
  const trust = `${demo(isDemo)}trust bundle ${trustVersion}`;
  const made = `made for ${escapeHostile(by, 100)}: ${escapeHostile(purpose, 200)}`;
  const proposals = new Map(
    record.leaves.flatMap(({ leaf, body }) => (leaf.event === 'proposal.created' ? [[leaf.correlation, body]] : [])),
  );
  const content = {
    about: `export of ${organisation} from ${from} to ${to}: ${remediations.length} remediations, ${size}, ${trust}; ${made}`,
    digest: digestOf(file),
    remediations: remediations.map((one) => ({
      summary: summaryOf(one),
      sections: () => remediationSections(one, agentFrom(proposals.get(one.proposal))),
    })),
  };
  return told(content, record.times);
}
