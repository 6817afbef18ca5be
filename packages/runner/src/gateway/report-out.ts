/** From the outbox to control, through the egress list. A report is removed only when control has stored it. */
import type { EgressMode, Refusal } from '@countersign/core';
import { checkReport, reportShape } from '../egress/check-report.ts';
import type { DropFolder } from '../inbox/drop-folder.ts';
import type { Log } from '../preflight/log.ts';
import { Backoff } from './backoff.ts';
import type { ControlLink, NamedReport } from './control-link.ts';

export interface Reporting {
  readonly link: ControlLink;
  readonly outbox: DropFolder;
  readonly held: DropFolder;
  readonly egress: EgressMode;
  readonly log: Log;
  readonly signal: AbortSignal;
}

const MAX_REPORT_BYTES = 33_554_432;
const MAX_AT_ONCE = 64;

/** One pass over the outbox; ends when it is empty or the gateway stops. */
export async function reportOut(reporting: Reporting, backoff: Backoff = new Backoff()): Promise<void> {
  const { outbox, signal } = reporting;
  for (;;) {
    const reports = outbox
      .names()
      .slice(0, MAX_AT_ONCE)
      .flatMap((name) => takeOut(reporting, name));
    if (reports.length === 0 && outbox.names().length === 0) return;
    if (!(await sendAll(reporting, reports))) await backoff.pause(signal);
    else backoff.succeeded();
    if (signal.aborted) return;
  }
}

/** The report when it may leave; otherwise it is moved to `held` and the reason logged. */
function takeOut({ outbox, held, egress, log }: Reporting, name: string): readonly NamedReport[] {
  const read = outbox.read(name, reportShape, MAX_REPORT_BYTES);
  const leave = read.ok ? checkReport(egress, read.value) : read;
  if (read.ok && leave.ok) return [{ name, report: read.value }];
  if (!leave.ok) hold({ outbox, held, log }, name, leave.refusal);
  return [];
}

function hold({ outbox, held, log }: Pick<Reporting, 'outbox' | 'held' | 'log'>, name: string, refusal: Refusal): void {
  outbox.moveTo(held, name);
  log('report-held', { name, code: refusal.code, detail: refusal.detail });
}

/** Whether everything was stored or set aside. One report that control rejects must not stop the others. */
async function sendAll(reporting: Reporting, reports: readonly NamedReport[]): Promise<boolean> {
  if (reports.length === 0) return true;
  const { link, outbox, log } = reporting;
  const sent = await link.send(reports);
  if (sent.ok) {
    for (const { name } of reports) outbox.remove(name);
    return true;
  }
  const [first, ...others] = reports;
  if (sent.refusal.code !== 'rejected' || first === undefined) {
    log('control-unreachable', { detail: sent.refusal.detail });
    return false;
  }
  if (others.length === 0) {
    hold(reporting, first.name, sent.refusal);
    return true;
  }
  for (const report of reports) if (!(await sendAll(reporting, [report]))) return false;
  return true;
}
