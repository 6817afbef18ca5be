/** `cs report`: population, exceptions and controls of a period; from the server, or recomputed from a verified export (V4). */
import { periodReport, periodReportText, type PeriodReport } from '@countersign/core';
import { canonicalBytes, isJsonObject, readStrictJson } from '@countersign/seal';
import type { Context } from '../cli/context.ts';
import { EXIT, type ExitCode } from '../cli/exit-codes.ts';
import { unverified, usage } from '../cli/failure.ts';
import { safe } from '../cli/safe-text.ts';
import { readReport } from '../evidence/period-report.parse.ts';
import { reportedEntries } from '../evidence/read-export.ts';
import { periodOf, type PeriodOptions } from './export.ts';
import { openExport } from './verify-export.ts';

export interface ReportOptions extends PeriodOptions {
  readonly fromExport?: string;
  readonly roots?: string;
}
const MAX_REPORT_BYTES = 67_108_864;
const MAX_LINE = 400;

export async function report(context: Context, options: ReportOptions): Promise<ExitCode> {
  const { output, settings } = context;
  const made =
    options.fromExport === undefined ? await asked(context, options) : recomputed(options.fromExport, options);
  // The same bytes either way: whoever doubts the one compares it with the other.
  if (settings.isJson) output.line(new TextDecoder().decode(canonicalBytes(made)));
  else
    output.lines(
      periodReportText(made)
        .trimEnd()
        .split('\n')
        .map((line) => safe(line, MAX_LINE)),
    );
  return EXIT.ok;
}

async function asked({ client }: Context, options: ReportOptions): Promise<PeriodReport> {
  const json = readStrictJson(await client.periodReport(periodOf(options)), { maxBytes: MAX_REPORT_BYTES });
  if (json.ok && isJsonObject(json.value)) return readReport(json.value);
  throw unverified(json.ok ? { code: 'malformed', detail: 'the answer is no report' } : json.refusal);
}

function recomputed(file: string, options: ReportOptions): PeriodReport {
  if (options.roots === undefined) throw usage('an export is read with your root keys', 'cs report ... --roots FILE');
  const { manifest, record } = openExport(file, { roots: options.roots });
  const { from, to } = periodOf(options);
  if (from < manifest.from || to > manifest.to)
    throw usage(`the export is from ${manifest.from} to ${manifest.to}; a longer period cannot be told from it`);
  return periodReport({ organisation: manifest.organisation, from, to }, reportedEntries(record.leaves));
}
