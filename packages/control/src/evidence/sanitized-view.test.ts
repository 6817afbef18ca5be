/** What a runner says of what stays inside: kept beside its evidence, in the bundle and the export, and refused when it is not its own (V2). */
import { evidenceStatementShape, readShape, type SanitizedView } from '@countersign/core';
import {
  canonicalBytes,
  digestOf,
  maskingDigest,
  PAYLOAD,
  signEnvelope,
  verifyBundle,
  verifyExport,
  type Report,
  type SignerKey,
} from '@countersign/seal';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { goodEvents, type Opened } from '../enclaves/enclave.builder.ts';
import { closeDesk, control, must, now, openDesk, production, report, witness, world } from '../flow/desk.builder.ts';
import { dispatched } from '../flow/scenes.builder.ts';

beforeEach(openDesk);
afterEach(closeDesk);

const DERIVED: SanitizedView['derived'] = [
  { rule: 'duration', minutes: 3 },
  { rule: 'address-prefix', prefix: '10.4.x.x', count: 2 },
];
type Evidence = Extract<Report, { readonly kind: 'evidence' }>;

function withView(sent: Opened, change: object = {}, key: SignerKey = world.keys.runner): Evidence {
  const evidence = production().evidence(sent, now(), 'completed') as Evidence;
  const told = readShape(
    evidenceStatementShape,
    JSON.parse(Buffer.from(evidence.evidence.payload, 'base64').toString()),
  );
  if (!told.ok) throw new Error('no statement');
  const { organisation, runner, capsule, proposal, root } = told.value;
  const view = { organisation, runner, capsule, proposal, root, masking: maskingDigest(), derived: DERIVED };
  const bytes = canonicalBytes({ type: 'sanitized-view', ...view, ...change });
  return { ...evidence, view: signEnvelope(PAYLOAD.sanitizedView, bytes, [key]) };
}
async function ran(): Promise<{ readonly id: string; readonly sent: Opened }> {
  const scene = await dispatched();
  await must(report('prod-1', production().progress(scene.sent, 0, goodEvents(scene.sent.capsule, now()))), 200);
  return scene;
}
const bundleOf = async (id: string): Promise<Uint8Array> =>
  (await control.ask('person:kim', 'GET', `/api/v1/proposals/${id}/bundle?purpose=test`)).rawPayload;
const root = (): { readonly root: Uint8Array } => ({ root: world.config.root });

test('V2: a view of the runner is in the bundle and the export, and both verify with it', async () => {
  const { id, sent } = await ran();
  await must(report('prod-1', withView(sent)), 200);
  await witness();
  const checked = verifyBundle(await bundleOf(id), root());
  expect(checked.ok ? checked.value.capsules.at(-1)?.derived : checked.refusal).toEqual(DERIVED);
  const period = 'from=2026-11-01T00:00:00.000Z&to=2026-12-01T00:00:00.000Z&purpose=audit';
  const file = (await control.ask('person:kim', 'GET', `/api/v1/export?${period}`)).rawPayload;
  expect(verifyExport(file, root()).problems).toEqual([]);
});

test('V2: evidence without a view says nothing of what stays inside', async () => {
  const { id, sent } = await ran();
  await must(report('prod-1', production().evidence(sent, now(), 'completed')), 200);
  await witness();
  const checked = verifyBundle(await bundleOf(id), root());
  expect(checked.ok && checked.value.capsules.at(-1)?.derived).toBeUndefined();
});

test('V2: a view that is not of this runner, this evidence or these rules is refused, and nothing is kept', async () => {
  const { sent } = await ran();
  const wrong: readonly (readonly [string, Evidence])[] = [
    ['another key', withView(sent, {}, world.keys.staging)],
    ['another root', withView(sent, { root: '00'.repeat(32) })],
    ['another capsule', withView(sent, { capsule: digestOf(Buffer.from('other')) })],
    ['another remediation', withView(sent, { proposal: 'P-other' })],
    ['masking rules nobody published', withView(sent, { masking: digestOf(Buffer.from('mine')) })],
    ['a text', withView(sent, { derived: [{ rule: 'raw', text: 'secret-host' }] })],
  ];
  for (const [, one] of wrong) expect((await report('prod-1', one)).statusCode).toBeGreaterThanOrEqual(400);
  expect(await control.deps.store.selectFrom('evidence').select('capsule').execute()).toEqual([]);
});
