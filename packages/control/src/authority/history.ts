/** Who changed what may run, why, by which ticket and when (E3): from the documents people signed, exportable to a change advisory board. */
import { ok, wideningOf, type OrganisationId, type Result } from '@countersign/core';
import { readPolicy } from '@countersign/seal';
import type { Deps } from '../deps.ts';
import { json, plainText, type Answer } from '../http/index.ts';
import { peopleWhoSigned } from '../trust/signers.ts';
import { versionsBelow } from '../trust/versions.ts';

export type HistoryFormat = 'json' | 'csv' | 'text';

interface HistoryLine {
  readonly version: number;
  readonly state: string;
  readonly activatedAt: string;
  readonly validFrom: string;
  readonly validUntil: string;
  readonly owner: string;
  /** Who proposed it here; absent: it came signed. */
  readonly author: string | undefined;
  readonly signers: readonly string[];
  readonly change: 'first' | 'widening' | 'narrowing';
  readonly ticket: string;
  readonly reason: string;
  readonly digest: string;
}

const MAX_VERSIONS = 1000;

export async function history(
  deps: Deps,
  organisation: OrganisationId,
  format: HistoryFormat,
): Promise<Result<Answer>> {
  const lines = await linesOf(deps, organisation);
  switch (format) {
    case 'json':
      return ok(json({ items: lines }));
    case 'csv':
      return ok(plainText(csvOf(lines), 'text/csv; charset=utf-8'));
    case 'text':
      return ok(plainText(textOf(lines)));
  }
}

async function linesOf({ store, trust }: Deps, organisation: OrganisationId): Promise<readonly HistoryLine[]> {
  const versions = await versionsBelow(store, organisation, { below: 1_000_000_000, limit: MAX_VERSIONS });
  const people = [...((await trust.bundle(organisation))?.people.values() ?? [])];
  const drafts = await store
    .selectFrom('envelope_draft')
    .select(['digest', 'author'])
    .where('organisation', '=', organisation)
    .where('state', '=', 'activated')
    .execute();
  const authors = new Map(drafts.map(({ digest, author }) => [digest, author]));
  const opened = versions.flatMap((version) => {
    const read = readPolicy(version.dsse);
    return read.ok ? [{ version, envelope: read.value.envelope }] : [];
  });
  return opened.map(({ version, envelope }, place) => {
    const before = opened[place + 1];
    const isFirst = before === undefined || before.version.state === 'suspended';
    return {
      version: version.version,
      state: version.state,
      activatedAt: version.activatedAt.toISOString(),
      validFrom: envelope.validFrom,
      validUntil: envelope.validUntil,
      owner: envelope.owner,
      author: authors.get(version.digest),
      // Of the roster of today: whoever left it is no longer named.
      signers: peopleWhoSigned(version.dsse, people).map(({ id }) => id),
      change: isFirst ? 'first' : wideningOf(before.envelope, envelope).isWidening ? 'widening' : 'narrowing',
      ticket: envelope.ticket,
      reason: envelope.reason,
      digest: version.digest,
    };
  });
}

const COLUMNS = [
  'version',
  'state',
  'change',
  'activatedAt',
  'validFrom',
  'validUntil',
  'ticket',
  'owner',
  'author',
  'signers',
  'reason',
  'digest',
] as const;

/** RFC 4180; a cell that a spreadsheet would run as a formula begins with an apostrophe. */
function cell(value: string): string {
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return `"${safe.replaceAll('"', '""').replaceAll(/[\r\n]+/g, ' ')}"`;
}
const valueOf = (line: HistoryLine, column: (typeof COLUMNS)[number]): string => {
  const value = line[column];
  return value === undefined ? '' : typeof value === 'object' ? value.join(' ') : String(value);
};

const csvOf = (lines: readonly HistoryLine[]): string =>
  [COLUMNS.join(','), ...lines.map((line) => COLUMNS.map((column) => cell(valueOf(line, column))).join(','))].join(
    '\r\n',
  ) + '\r\n';

const textOf = (lines: readonly HistoryLine[]): string =>
  lines
    .map((line) =>
      [
        `Version ${line.version} (${line.state}), ${line.change}`,
        `  Ticket      ${line.ticket}`,
        `  Reason      ${line.reason.replaceAll(/\s+/g, ' ')}`,
        `  Owner       ${line.owner}`,
        `  Proposed by ${line.author ?? 'not known'}`,
        `  Signed by   ${line.signers.join(', ') || 'nobody of the present roster'}`,
        `  Active from ${line.activatedAt}`,
        `  Valid       ${line.validFrom} to ${line.validUntil}`,
        `  Digest      ${line.digest}`,
        '',
      ].join('\n'),
    )
    .join('\n');
