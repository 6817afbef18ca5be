/** Runs of specs as the staging runners signed them (W2): from the reports on record, the newest first, a bounded number. */
import {
  readShape,
  validationReportShape,
  type ActionType,
  type OrganisationId,
  type SpecRun,
  type ValidationReport,
} from '@countersign/core';
import { payloadOf, readStrictJson } from '@countersign/seal';
import { sql, type Kysely } from 'kysely';
import type { Schema } from '../store/schema.ts';
import { storedDsse } from '../store/stored.parse.ts';

/** Reports that are read; older ones say little of what holds today. */
const MAX_REPORTS = 1000;

interface Row {
  readonly dsse: unknown;
  readonly action: ActionType;
}

/** Each check of each report, with what the change was. */
export async function loadRuns(db: Kysely<Schema>, organisation: OrganisationId): Promise<readonly SpecRun[]> {
  const { rows } = await sql<Row>`
    select v.dsse, p.document -> 'change' ->> 'action' as action
    from validation v join proposal p on p.organisation = v.organisation and p.id = v.proposal
    where v.organisation = ${organisation} order by v.received_at desc limit ${MAX_REPORTS}`.execute(db);
  return rows.flatMap(runsOf);
}

/** Reports on the same change as this one: what a run of it can contradict. */
export async function loadRunsOfChange(
  db: Kysely<Schema>,
  organisation: OrganisationId,
  changeDigest: string,
): Promise<readonly SpecRun[]> {
  const { rows } = await sql<Row>`
    select v.dsse, p.document -> 'change' ->> 'action' as action
    from validation v join proposal p on p.organisation = v.organisation and p.id = v.proposal
    where v.organisation = ${organisation} and p.change_digest = ${changeDigest}
    order by v.received_at desc limit ${MAX_REPORTS}`.execute(db);
  return rows.flatMap(runsOf);
}

const runsOf = ({ dsse, action }: Row): readonly SpecRun[] => {
  const report = reportIn(dsse);
  return report === undefined ? [] : runsIn(report, action);
};

const runsIn = ({ spec, runs, changeDigest }: ValidationReport, action: ActionType): readonly SpecRun[] =>
  runs.map(({ id, check, phase, result, target, at }) => ({
    spec,
    check,
    run: id,
    phase,
    result,
    target,
    changeDigest,
    action,
    at,
  }));

/** The signature was verified before it was stored; a report of an older form is no run of any spec. */
function reportIn(dsse: unknown): ValidationReport | undefined {
  const payload = payloadOf(storedDsse(dsse));
  const document = payload.ok ? readStrictJson(payload.value, { maxBytes: payload.value.length }) : payload;
  const report = document.ok ? readShape(validationReportShape, document.value) : document;
  return report.ok ? report.value : undefined;
}
