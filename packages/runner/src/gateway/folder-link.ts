/** The air gap: deliveries are dropped into one folder, reports are picked up from another, by people (X1). */
import { deliveryShape, MAX_DELIVERY_BYTES } from '@countersign/seal';
import type { EgressMode } from '@countersign/core';
import { checkReport, reportShape } from '../egress/check-report.ts';
import type { DropFolder } from '../inbox/drop-folder.ts';
import type { Log } from '../preflight/log.ts';
import type { Verifier } from './verify-delivery.ts';

const MAX_REPORT_BYTES = 33_554_432;

export interface Moving {
  readonly from: DropFolder;
  readonly to: DropFolder;
  readonly log: Log;
}

/** Files that are not deliveries stay where they are, for the person who put them there. */
export function moveIn({ from, to, log }: Moving, verifier: Verifier): void {
  for (const name of from.names()) {
    const read = from.read(name, deliveryShape, MAX_DELIVERY_BYTES);
    const isGood = read.ok ? verifier.check(read.value) : read;
    if (!read.ok || !isGood.ok) {
      if (!isGood.ok) log('not-let-in', { name, code: isGood.refusal.code, detail: isGood.refusal.detail });
      continue;
    }
    to.put(name, JSON.stringify(read.value));
    from.remove(name);
  }
}

export function moveOut({ from, to, log }: Moving, held: DropFolder, egress: EgressMode): void {
  for (const name of from.names()) {
    const read = from.read(name, reportShape, MAX_REPORT_BYTES);
    const leave = read.ok ? checkReport(egress, read.value) : read;
    if (!leave.ok) log('report-held', { name, code: leave.refusal.code });
    if (read.ok) (leave.ok ? to : held).put(name, JSON.stringify(read.value));
    if (read.ok) from.remove(name);
  }
}
