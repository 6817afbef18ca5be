/** 8.1: who may widen, who may narrow, and what stops a widening. */
import { instantOf, plusMs, type Envelope } from '@countersign/core';
import { digestOf, payloadOf, PAYLOAD, withPolicies } from '@countersign/seal';
import { good } from '../attacks/world/made.ts';
import { signByPeople } from '../demo/trust.ts';
import { refusalOf, type Check } from './check.ts';
import type { Product } from './product.ts';
import { when } from './when.ts';

type Edit = (envelope: Envelope) => Partial<Envelope>;

const oneMoreTarget: Edit = ({ grants }) => ({
  grants: grants.map((grant) =>
    grant.id === 'restart-one'
      ? { ...grant, caps: { ...grant.caps, targets: grant.caps.targets + 1, perTier: { 'non-critical': 4 } } }
      : grant,
  ),
});
const oneTargetLess: Edit = ({ grants }) => ({
  grants: grants.map((grant) =>
    grant.id === 'restart-one' ? { ...grant, caps: { ...grant.caps, targets: grant.caps.targets - 1 } } : grant,
  ),
});

/** The envelope in force with one edit, in every other word the same, signed by these people. */
async function edited(product: Product, edit: Edit, signers: readonly string[]): Promise<string | undefined> {
  const { document, digest } = await product.envelope();
  const next = withPolicies({ ...document, ...edit(document), version: document.version + 1, supersedes: digest });
  const dsse = signByPeople(product.agent.keys, { payloadType: PAYLOAD.envelope, value: next }, signers);
  return refusalOf(product.activate(dsse));
}

async function wideningNeedsTwo(product: Product): Promise<readonly string[]> {
  const before = await product.envelope();
  const refusal = await edited(product, oneMoreTarget, ['kim']);
  const after = await product.envelope();
  return [
    ...when(refusal === undefined, 'one policy admin made it wider'),
    ...when(after.digest !== before.digest, 'another envelope is in force'),
    ...when(refusal !== undefined && !refusal.includes('service.restart'), `the refusal has no example: ${refusal}`),
  ];
}

async function narrowingNeedsOne(product: Product): Promise<readonly string[]> {
  const before = await product.envelope();
  const refusal = await edited(product, oneTargetLess, ['kim']);
  const after = await product.envelope();
  // Put back by two, for the checks that follow.
  await product.activate(await product.nextEnvelope({}, ['kim', 'lea']));
  return [
    ...when(refusal !== undefined, `one policy admin could not narrow it: ${refusal}`),
    ...when(after.digest === before.digest, 'the narrower envelope is not in force'),
  ];
}

const FINDING = 'F-conformance';

/** A finding whose time is up; how it is closed again is told by the answer. */
async function overdueFinding(product: Product): Promise<() => Promise<unknown>> {
  const { document, digest } = await product.envelope();
  const signedAt = instantOf(Date.now());
  const { organisation } = document;
  const about = { organisation, auditor: 'ira', signedAt };
  const sign = (payloadType: string, value: object): ReturnType<typeof signByPeople> =>
    signByPeople(product.agent.keys, { payloadType, value }, ['ira']);
  const finding = sign(PAYLOAD.auditFinding, {
    type: 'audit-finding',
    ...about,
    id: FINDING,
    envelope: digest,
    title: 'a grant names a tier nobody has',
    text: 'found by the conformance run',
    owner: 'kim',
    dueAt: plusMs(signedAt, 1),
  });
  await product.api('person:ira', 'POST', '/audits/findings', { document: finding });
  const closure = sign(PAYLOAD.auditClosure, {
    type: 'audit-closure',
    ...about,
    finding: FINDING,
    of: digestOf(good(payloadOf(finding))),
    rationale: 'the run is over',
  });
  return () => product.api('person:ira', 'POST', '/audits/closures', { document: closure });
}

async function overdueStopsWidening(product: Product): Promise<readonly string[]> {
  const close = await overdueFinding(product);
  const refusal = await edited(product, oneMoreTarget, ['kim', 'lea']);
  await close();
  return [
    ...when(refusal === undefined, 'it was made wider although a finding is overdue'),
    ...when(refusal !== undefined && !refusal.includes('overdue'), `the refusal does not say why: ${refusal}`),
  ];
}

async function twoMayWiden(product: Product): Promise<readonly string[]> {
  const refusal = await edited(product, oneMoreTarget, ['kim', 'lea']);
  await product.activate(await product.nextEnvelope({}, ['kim', 'lea']));
  return when(refusal !== undefined, `two policy admins could not make it wider: ${refusal}`);
}

export const POLICY_CHECKS: readonly Check[] = [
  {
    test: '8.1',
    name: 'a-widening-is-refused-with-an-example',
    requirements: ['AG-706 4.1', 'E3', 'E4'],
    run: wideningNeedsTwo,
    twin: narrowingNeedsOne,
  },
  {
    test: '8.1',
    name: 'an-overdue-audit-finding-stops-widening',
    requirements: ['AG-706 4.1', 'E7'],
    run: overdueStopsWidening,
    twin: twoMayWiden,
  },
];
