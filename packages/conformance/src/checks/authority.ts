/** 8.1, 8.2, 8.7: what the envelope must be, what it does not cover, and what it never may. */
import { instantOf, plusMs, readShape } from '@countersign/core';
import { openTrust, PAYLOAD, trustMetadataShape, verifyBundle } from '@countersign/seal';
import { setTimeout as pause } from 'node:timers/promises';
import { good } from '../attacks/world/made.ts';
import { restartDraft, RESTART_RULE } from '../bench/agent/drafts.ts';
import { approvalBy, approve, openCapsule } from '../demo/sign.ts';
import { signByPeople } from '../demo/trust.ts';
import { viewOf } from './bundle-view.ts';
import { refusalOf, type Check } from './check.ts';
import { leftToPeople, type Product } from './product.ts';
import { rootsOf } from './roots.ts';
import { when } from './when.ts';
import { adminsOf, complaintsOnEnvelope } from './whole-envelope.ts';

const ANA = { person: 'ana', role: 'release-approver' } as const;
const SHORT_MS = 3000;
const DOOR = 'badge-control-01';

async function roster(product: Product): Promise<Parameters<typeof adminsOf>[2]> {
  const { trust } = await product.client('person:kim').trust();
  const metadata = good(readShape(trustMetadataShape, trust));
  return good(openTrust(metadata, rootsOf(product))).bundle.people;
}

async function refusesEnvelope(
  product: Product,
  signers: readonly string[],
  change: object = {},
): Promise<readonly string[]> {
  const before = await product.envelope();
  const refusal = await refusalOf(
    product.client('person:kim').activateEnvelope(await product.nextEnvelope(change, signers)),
  );
  const after = await product.envelope();
  return [
    ...when(refusal === undefined, `an envelope signed by ${signers.join(' and ')} was activated`),
    ...when(after.digest !== before.digest, 'another envelope is in force'),
  ];
}

/** In force for three seconds, then over: whatever comes afterwards runs nothing. */
async function expiredAuthorisesNothing(product: Product): Promise<readonly string[]> {
  const validUntil = plusMs(instantOf(Date.now()), SHORT_MS);
  await product.activate(await product.nextEnvelope({ validUntil }, ['kim', 'lea']));
  await pause(Math.max(0, Date.parse(validUntil) - Date.now()) + 200);
  const restarts = await product.restarts();
  const { id, detail } = await product.propose(RESTART_RULE, [product.quietHost], restartDraft);
  const touched = (await product.restarts()) - restarts;
  // Under the next envelope it would be decided again (E2).
  await product.withdraw(id);
  // Put right again, so that other checks find an envelope.
  await product.activate(await product.nextEnvelope({}, ['kim', 'lea']));
  return [
    ...when(detail.state !== 'PROHIBITED', `under an expired envelope the proposal is ${detail.state}`),
    ...when(touched !== 0, `${touched} restarts`),
    ...when(!JSON.stringify(detail.decisions).includes('envelope'), 'nothing says that the envelope is the reason'),
  ];
}

const runsAlone = (product: Product): Promise<readonly string[]> => product.runsAlone();

async function outsideWaits(product: Product): Promise<readonly string[]> {
  const restarts = await product.restarts();
  const { id, detail } = await product.proposeConfig(product.batchHosts(1)[0] ?? '');
  const signing = await product.client('person:ana').signing(id);
  const forged = openCapsule(signing.capsule);
  // Nobody's key under a right name, and the server's own words in place of a person.
  const honest = approvalBy(product.agent.keys, forged, ANA);
  const value: unknown = JSON.parse(Buffer.from(honest.payload, 'base64').toString('utf8'));
  const stranger = signByPeople(product.agent.keys, { payloadType: PAYLOAD.approval, value }, ['mallory']);
  const refusal = await refusalOf(product.client('person:ana').approve(stranger));
  const bearer = await refusalOf(product.client('person:ana').approve({ ...honest, signatures: [] }));
  const still = await product.client('person:nils').proposal(id);
  const touched = (await product.restarts()) - restarts;
  await product
    .client('person:ana')
    .reject(id, { code: 'other', rationale: 'the check is over' })
    .catch(() => undefined);
  return [
    ...when(detail.state !== 'PENDING', `it is ${detail.state}, not waiting for people: ${detail.reason ?? ''}`),
    ...when(!(detail.missing ?? []).some(({ role }) => role === 'release-approver'), 'no release approver is asked'),
    ...when(refusal === undefined, 'a forged approval was taken'),
    ...when(bearer === undefined, 'an approval without a signature was taken'),
    ...when(still.state !== 'PENDING', `after the forgeries it is ${still.state}`),
    ...when(touched !== 0, `${touched} restarts without approval`),
  ];
}

async function approvalRecorded(product: Product): Promise<readonly string[]> {
  const started = Date.now();
  const { id, detail } = await product.proposeConfig(product.batchHosts(1)[0] ?? '');
  if (detail.state !== 'PENDING') return [`it is ${detail.state}, not waiting for people: ${detail.reason ?? ''}`];
  await approve(product.client('person:ana'), product.agent.keys, id, ANA);
  const ended = await product.settled(
    id,
    (state) => state === 'SUCCEEDED' || state === 'FAILED' || state === 'ROLLED_BACK',
  );
  const bytes = await product.bundle(id);
  const verified = verifyBundle(bytes, rootsOf(product));
  const { approvals, capsules, documents, leaves } = viewOf(bytes);
  const capsule = capsules.find(({ purpose }) => purpose === 'rollout');
  const found = approvals.find(({ person }) => person === 'ana');
  return [
    ...when(ended.detail.state !== 'SUCCEEDED', `it ended as ${ended.detail.state}`),
    ...when(!verified.ok, 'the bundle does not verify'),
    ...when(found === undefined, 'the approval is not in the bundle'),
    ...when(found !== undefined && !(Date.parse(found.signedAt) >= started - 1000), 'the approval does not say when'),
    ...when(
      capsule === undefined || found?.changeDigest !== capsule.changeDigest,
      'the approval does not name the action',
    ),
    ...when(
      found === undefined || documents.get(found.riskAssessment)?.['type'] !== 'risk-assessment',
      'the risk assessment it rests on is missing',
    ),
    ...when(
      !leaves.some(({ event, actor }) => event === 'approval.received' && actor === 'person:ana'),
      'the record does not name who approved',
    ),
  ];
}

/** Severity critical from both sources, a host of the door control: people are asked, whatever the severity. */
async function safetyCriticalWaits(product: Product): Promise<readonly string[]> {
  const restarts = await product.restarts();
  const found = await product.proposeOrRefused(RESTART_RULE, [DOOR], restartDraft);
  const touched = (await product.restarts()) - restarts;
  return [...leftToPeople(found), ...when(touched !== 0, `${touched} restarts`)];
}

export const AUTHORITY_CHECKS: readonly Check[] = [
  {
    test: '8.1',
    name: 'envelope-is-whole',
    requirements: ['AG-706 4.1', 'AG-706 4.10', 'E1'],
    async run(product) {
      const { document, dsse } = await product.envelope();
      const admins = adminsOf(document, dsse, await roster(product));
      return [...complaintsOnEnvelope(document), ...when(admins < 2, `${admins} policy admins signed it`)];
    },
    async twin(product) {
      const { document, dsse } = await product.envelope();
      const doctored = [
        { ...document, grants: [] },
        { ...document, routes: [] },
        { ...document, severities: {} },
        { ...document, validUntil: plusMs(document.validFrom, 5 * 365 * 86_400_000) },
        ...document.grants.slice(0, 1).map((grant) => ({ ...document, grants: [{ ...grant, actions: [] }] })),
        ...document.grants
          .slice(0, 1)
          .map((grant) => ({ ...document, grants: [{ ...grant, tiers: ['safety-critical' as const] }] })),
      ];
      const unsigned = adminsOf(document, { ...dsse, signatures: dsse.signatures.slice(0, 1) }, await roster(product));
      return [
        ...doctored.flatMap((envelope, index) =>
          when(complaintsOnEnvelope(envelope).length === 0, `nothing is wrong with doctored envelope ${index}`),
        ),
        ...when(unsigned >= 2, 'one signature counts as two'),
      ];
    },
  },
  {
    test: '8.1',
    name: 'envelope-needs-two-policy-admins',
    requirements: ['AG-706 4.1', 'E3'],
    run: async (product) => [
      ...(await refusesEnvelope(product, ['kim'])),
      ...(await refusesEnvelope(product, ['kim', 'kim'])),
      ...(await refusesEnvelope(product, ['ana', 'sam'])),
      ...(await refusesEnvelope(product, ['kim', 'lea'], { owner: 'lea' })),
    ],
    async twin(product) {
      const before = await product.envelope();
      await product.activate(await product.nextEnvelope({}, ['kim', 'lea']));
      const after = await product.envelope();
      return when(after.digest === before.digest, 'a rightly signed envelope was not activated');
    },
  },
  {
    test: '8.1',
    name: 'expired-envelope-authorises-nothing',
    requirements: ['AG-706 4.10', 'E2'],
    run: expiredAuthorisesNothing,
    twin: runsAlone,
  },
  {
    test: '8.2',
    name: 'outside-the-envelope-waits-for-people',
    requirements: ['AG-706 4.2', 'A1', 'A2'],
    run: outsideWaits,
    twin: runsAlone,
  },
  {
    test: '8.2',
    name: 'approval-is-recorded-whole',
    requirements: ['AG-706 4.2', 'A2', 'L2', 'L5'],
    run: approvalRecorded,
  },
  {
    test: '8.7',
    name: 'safety-critical-is-left-to-people',
    requirements: ['AG-706 4.7', 'L7'],
    run: safetyCriticalWaits,
    twin: runsAlone,
  },
];
