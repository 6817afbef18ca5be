/** What a signing surface needs (A2): the capsule's own bytes, why it is asked, and who may sign. The surface recomputes the rest. */
import { eligiblePeople, refuse, type Result } from '@countersign/core';
import type { Deps } from '../deps.ts';
import type { ProposalRow } from '../proposals/proposal-row.ts';
import { approvalsOf, capsulesOf, contentOf, decisionsOf, documentOf, owedOn } from '../proposals/show-proposal.ts';
import { storedEnvelope } from '../flow/attached.ts';
import { earlierVersion, versionsOf } from './earlier-version.ts';
import { exclusionsFor, pageOf } from './verify-approval.ts';

export async function signingPage(deps: Deps, row: ProposalRow): Promise<Result<Record<string, unknown>>> {
  const [capsules, decisions, installed] = await Promise.all([
    capsulesOf(deps, row),
    decisionsOf(deps, row),
    deps.trust.bundle(row.organisation),
  ]);
  const current = capsules.find(({ digest }) => digest === row.rolloutCapsule);
  if (installed === undefined) return refuse('no-trust', 'no trust bundle is installed');
  if (current === undefined)
    return refuse('conflict', `there is no capsule to sign while the proposal is ${row.state}`, {
      clause: 'L4',
      next: ['wait for the decision after staging'],
    });
  const { capsule, digest, dsse } = current;
  const { people } = installed.bundle;
  const versions = versionsOf(current, capsules);
  const [signed, riskAssessment, validation] = await Promise.all([
    approvalsOf(deps, row.organisation, [digest, ...versions.map((version) => version.digest)]),
    documentOf(deps, row.organisation, capsule.riskAssessment),
    validationOf(deps, row),
  ]);
  const approvals = signed.filter((approval) => approval.capsule === digest);
  const before = earlierVersion(current, { versions, approvals: signed }, { roster: people, now: deps.trust.now() });
  const { owesOwnSurface } = owedOn(current, approvals, { roster: people, now: deps.trust.now() });
  const eligible = eligiblePeople(capsule.demands, people, exclusionsFor(capsule, people));
  return {
    ok: true,
    value: {
      proposal: row.id,
      state: row.state,
      organisation: row.organisation,
      enclave: capsule.audience.enclave,
      capsule: dsse,
      digest,
      text: pageOf(current),
      decision: decisions.findLast((made) => made.digest === capsule.decision.digest)?.decision,
      riskAssessment,
      ...(validation !== undefined && { validation }),
      ...(before !== undefined && { before }),
      demands: capsule.demands,
      owesOwnSurface,
      approvals: approvals.map(({ person, role, receivedAt }) => ({ person, role, receivedAt })),
      eligible: eligible.flatMap(({ role, people: named }) => named.map((person) => ({ person, role }))),
      notAfter: capsule.notAfter,
    },
  };
}

/** The staging runner's signed report, as it was signed. */
async function validationOf({ store }: Deps, { organisation, validationCapsule }: ProposalRow): Promise<unknown> {
  if (validationCapsule === null) return undefined;
  const row = await store
    .selectFrom('validation')
    .select('dsse')
    .where('organisation', '=', organisation)
    .where('capsule', '=', validationCapsule)
    .executeTakeFirst();
  return row === undefined ? undefined : contentOf(storedEnvelope(row.dsse));
}
