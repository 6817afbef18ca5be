/**
 * A check that passed and failed on the same change is a signal (W3): its word is worth nothing until somebody has looked. It comes
 * from the server alone, so it opens work and supports no autonomy.
 */
import { flakyChecks, type Digest, type ValidationReport } from '@countersign/core';
import { digestOfDocument } from '@countersign/seal';
import { raise } from '../rollouts/raise-signal.ts';
import type { Work } from '../store/transact.ts';
import { loadRunsOfChange } from './runs.ts';

/** Signals of one report; the triage shows the first, the record all runs. */
const MAX_RAISED = 20;

/** To be called after a report was stored, in the same transaction. Returns how many checks were found to be flaky by it. */
export async function raiseFlaky(work: Work, report: ValidationReport): Promise<number> {
  const { db, context } = work;
  const own = new Set<string>(report.runs.map(({ id }) => id));
  const runs = await loadRunsOfChange(db, context.organisation, report.changeDigest);
  const flaky = flakyChecks(runs).filter(({ runs: named }) => named.some((run) => own.has(run)));
  for (const { spec, check, target, changeDigest, passed, failed } of flaky.slice(0, MAX_RAISED)) {
    const what = { spec: spec.id, version: spec.version, check, target, changeDigest };
    await raise(work, {
      rule: 'ValidationFlaky',
      title: `check ${check} of ${spec.id} version ${spec.version} passed ${passed} and failed ${failed} times on the same change`,
      targets: [target],
      document: flakyDigest(what),
    });
  }
  return flaky.length;
}

const flakyDigest = (what: object): Digest => digestOfDocument(what);
