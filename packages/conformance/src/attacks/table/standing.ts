/** Attacks on what the witness says: status statement, halts, quota, and the record the authorisation must be in (X1, V3, I14). */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { plusMs } from '@countersign/core';
import { cosignCheckpoint, formatTlogProof } from '@countersign/seal';
import { WITNESS_NAME } from '../../demo/trust.ts';
import type { Attack, Launch, Scene } from '../attack.ts';
import { attemptOf, carriedOut, refusedAs } from '../trials.ts';
import { good } from '../world/made.ts';
import { order, type Order, type OrderPlan } from '../world/order.ts';
import { alone, people } from '../world/shorthand.ts';
import { status, type StatusPlan } from '../world/status.ts';

const MINUTE_MS = 60_000;

/** An autonomous order under this status. */
const withStatus =
  (plan: (scene: Scene, made: Order) => StatusPlan, orderPlan: OrderPlan = alone()): Launch =>
  (scene) => {
    const made = order(scene.world, orderPlan);
    return { before: [status(scene.world, plan(scene, made))], last: made.delivery, subject: made.digest };
  };

const statusAttack = (
  about: Pick<Attack, 'name' | 'claim'> & {
    readonly code: string;
    readonly plan: (scene: Scene, made: Order) => StatusPlan;
  },
): Attack => ({
  name: about.name,
  claim: about.claim,
  threats: ['T4', 'T27', 'I14', 'I21'],
  requirements: ['X1', 'E2', 'AG-706 4.4'],
  run: refusedAs(about.code, withStatus(about.plan)),
  twin: carriedOut(withStatus(() => ({}))),
});

/** A statement that is refused itself. */
const badStatement = (name: string, claim: string, code: string, plan: (scene: Scene) => StatusPlan): Attack => ({
  name,
  claim,
  threats: ['T4', 'I17'],
  requirements: ['X1'],
  run: refusedAs(code, (scene) => ({ before: [status(scene.world)], last: status(scene.world, plan(scene)) })),
});

/** A runner that knows the trust bundle and whatever status is named here. */
const freshRunner = (
  about: Pick<Attack, 'name' | 'claim'> & {
    readonly code: string;
    readonly plan?: (scene: Scene) => StatusPlan;
    readonly order?: OrderPlan;
  },
): Attack => ({
  name: about.name,
  claim: about.claim,
  threats: ['T4', 'T27', 'I5', 'I21'],
  requirements: ['X1', 'X5'],
  runner: 'own',
  run: refusedAs(about.code, (scene) => {
    const made = order(scene.world, about.order ?? alone());
    const told = about.plan === undefined ? [] : [status(scene.world, about.plan(scene))];
    return {
      before: [{ kind: 'trust', trust: scene.world.trust }, ...told],
      last: made.delivery,
      subject: made.digest,
    };
  }),
  twin: carriedOut((scene) => {
    const { delivery } = order(scene.world, about.order ?? alone());
    // The statement comes after the dispatch, which it counts.
    return { before: [{ kind: 'trust', trust: scene.world.trust }, status(scene.world)], last: delivery };
  }),
});

/** A file named HALT in the inbox stops everything, whoever put it there; taking it away lets things start again. */
async function haltFile(scene: Scene, isThere: boolean): Promise<readonly string[]> {
  const { enclave, world } = scene;
  const file = join(enclave.folder, 'inbox', 'HALT');
  writeFileSync(file, '');
  if (!isThere) rmSync(file);
  const launch: Launch = (on) => {
    const made = order(world, people());
    return { ...attemptOf(on, made), before: [{ kind: 'trust', trust: world.trust }, status(world)] };
  };
  return isThere ? refusedAs('halted', launch)(scene) : carriedOut(launch)(scene);
}

export const STATUS_ATTACKS: readonly Attack[] = [
  {
    name: 'halt-file-in-the-inbox',
    claim: 'an approved capsule starts although somebody stopped this enclave by hand',
    threats: ['T27', 'I21'],
    requirements: ['X5', 'AG-706 4.4'],
    runner: 'own',
    run: (scene) => haltFile(scene, true),
    twin: (scene) => haltFile(scene, false),
  },
  freshRunner({
    name: 'status-missing',
    claim: 'something runs alone though no witness has spoken',
    code: 'status-missing',
  }),
  freshRunner({
    name: 'status-six-minutes-old',
    claim: 'something runs alone on a status statement of six minutes ago',
    code: 'status-stale',
    plan: ({ world }) => ({
      issuedAt: plusMs(world.now(), -6 * MINUTE_MS),
      change: { expiresAt: plusMs(world.now(), 60 * MINUTE_MS) },
    }),
  }),
  freshRunner({
    name: 'status-from-the-future',
    claim: 'a status statement is dated ahead so that it stays fresh',
    code: 'status-future',
    plan: ({ world }) => ({ issuedAt: plusMs(world.now(), 10 * MINUTE_MS) }),
  }),
  freshRunner({
    name: 'everything-halted-by-the-witness',
    claim: 'a person approves while the witness reports that everything is stopped',
    code: 'halted',
    plan: () => ({ change: { halts: ['all'] } }),
    order: people(),
  }),
  badStatement(
    'status-of-another-organisation',
    'the status of another organisation is delivered',
    'status-other',
    () => ({
      change: { organisation: 'another' },
    }),
  ),
  badStatement(
    'status-signed-by-the-server',
    'the control plane signs the status itself',
    'status-unsigned',
    ({ world }) => ({
      signer: world.keys.signer('capsule-signer'),
    }),
  ),
  badStatement('status-of-yesterday', 'an older statement is sent to undo a halt', 'status-older', ({ world }) => ({
    issuedAt: plusMs(world.now(), -MINUTE_MS),
  })),
  badStatement(
    'status-of-a-record-that-ends-earlier',
    'a second witness is kept from what followed, and its word of now, which knows of no halt, is sent to undo one',
    'status-older',
    ({ world: { record } }) => ({ change: { checkpoint: { size: record.size - 1, root: record.root } } }),
  ),
  statusAttack({
    name: 'capsule-halted',
    claim: 'a capsule that the record says is halted starts',
    code: 'halted',
    plan: (_scene, { digest }) => ({ change: { halts: [digest] } }),
  }),
  statusAttack({
    name: 'action-suspended',
    claim: 'an action that was suspended runs alone',
    code: 'suspended',
    plan: () => ({ change: { suspendedActions: ['service.restart'] } }),
  }),
  statusAttack({
    name: 'no-envelope-active',
    claim: 'something runs alone after the envelope was suspended',
    code: 'envelope-inactive',
    plan: () => ({ change: { envelope: undefined } }),
  }),
  statusAttack({
    name: 'quota-of-the-hour-used-up',
    claim: 'more hosts are changed alone in an hour than the estate allows',
    code: 'budget',
    plan: () => ({ change: { quota: { used: 501, limit: 500, from: 0 } } }),
  }),
  statusAttack({
    name: 'dispatch-that-the-witness-has-not-counted',
    claim: 'an act runs alone under a statement from before its dispatch, which does not count it',
    code: 'uncounted',
    plan: ({ world }, { index }) => ({ change: { checkpoint: { size: index, root: world.record.root } } }),
  }),
  statusAttack({
    name: 'dispatch-that-the-witness-has-forgotten',
    claim: 'an act runs alone that was dispatched so long ago that the hour’s sum has forgotten it',
    code: 'uncounted',
    plan: (_scene, { index }) => ({ change: { quota: { used: 0, limit: 500, from: index + 1 } } }),
  }),
];

/** An order whose proof of inclusion is replaced. */
const withProof =
  (proof: (made: Order, scene: Scene) => string): Launch =>
  (scene) => {
    const made = order(scene.world, people());
    return { ...attemptOf(scene, made), last: { ...made.delivery, proof: proof(made, scene) } };
  };

const recordAttack = (name: string, claim: string, launch: Launch, code = 'not-included'): Attack => ({
  name,
  claim,
  threats: ['T10', 'T11', 'I17'],
  requirements: ['V3', 'X1', 'AG-706 4.8'],
  run: refusedAs(code, launch),
  twin: carriedOut(withProof(({ delivery }) => delivery.proof)),
});

const nowSeconds = (): number => Math.floor(Date.now() / 1000);

export const RECORD_ATTACKS: readonly Attack[] = [
  recordAttack(
    'proof-missing',
    'a capsule is dispatched without a proof that the record holds it',
    withProof(() => ''),
  ),
  recordAttack(
    'proof-of-another-leaf',
    'the proof is of another entry of the record',
    withProof(({ record }) => record.proof(0, record.cosigned(nowSeconds()))),
  ),
  recordAttack(
    'proof-without-its-hashes',
    'the path from the entry to the root is left out',
    withProof(({ record, index }) => formatTlogProof({ index, hashes: [], checkpoint: record.cosigned(nowSeconds()) })),
  ),
  recordAttack('leaf-of-another-capsule', 'entry and proof are of another dispatch', (scene) => {
    const other = order(scene.world, people());
    const made = order(scene.world, people());
    const { leaf, proof } = other.delivery;
    return { ...attemptOf(scene, made), last: { ...made.delivery, leaf, proof } };
  }),
  recordAttack(
    'leaf-of-another-event',
    'the record says that the capsule was built, not that it was dispatched',
    (scene) => {
      const made = order(scene.world, people());
      const { record } = made;
      const leaf = record.add({ event: 'capsule.built', body: made.digest, at: scene.world.now() });
      const proof = record.proof(leaf.index, record.cosigned(nowSeconds()));
      return {
        ...attemptOf(scene, made),
        last: { ...made.delivery, leaf: Buffer.from(leaf.bytes).toString('base64'), proof },
      };
    },
  ),
  recordAttack(
    'checkpoint-without-a-witness',
    'only the log itself signed the checkpoint',
    withProof(({ record, index }) => record.proof(index, record.checkpoint())),
  ),
  recordAttack(
    'checkpoint-cosigned-by-a-stranger',
    'a witness that no bundle names cosigned the checkpoint',
    withProof(({ record, index }, { world }) =>
      record.proof(index, record.cosigned(nowSeconds(), world.keys.signer('a-stranger'))),
    ),
  ),
  recordAttack(
    'checkpoint-signed-by-another-log',
    'another key than the record’s signed the checkpoint',
    withProof(({ record, index }, { world }) => {
      const note = record.checkpoint(world.keys.signer('capsule-signer'));
      const witness = { name: WITNESS_NAME, signer: record.keys.witness };
      return record.proof(index, good(cosignCheckpoint(note, witness, nowSeconds())));
    }),
  ),
  recordAttack(
    'record-rolled-back',
    'a shorter record than one seen before is cosigned later',
    (scene) =>
      attemptOf(
        scene,
        order(scene.world, { ...people(), record: scene.world.newRecord(), witnessedAt: nowSeconds() + 30 }),
      ),
    'record-rolled-back',
  ),
  {
    name: 'record-forked',
    claim: 'another record of the same size is shown than one seen before',
    threats: ['T11', 'I17'],
    requirements: ['V3', 'X1', 'AG-706 4.8'],
    run: forkedRecord,
  },
  {
    name: 'record-forked-longer',
    claim:
      'a longer record with another history, which the log and the witness have signed, is shown with a link of its own',
    threats: ['T1', 'T11', 'I17'],
    requirements: ['V3', 'X1', 'AG-706 4.8'],
    run: longerFork,
  },
];

/** Log and witness work together on a history that this runner has not seen. */
async function longerFork(scene: Scene): Promise<readonly string[]> {
  const { world } = scene;
  const honest = await carriedOut((on) => attemptOf(on, order(on.world, people())))(scene);
  const seen = world.record.size;
  const fork = world.newRecord();
  while (fork.size < seen + 3) fork.add({ event: 'halt.requested', body: world.envelopeDigest(), at: world.now() });
  const forked = (on: Scene): Order => order(on.world, { ...people(), record: fork });
  const unlinked = await refusedAs('record-unlinked', (on) => attemptOf(on, forked(on)))(scene);
  const linked = await refusedAs('record-forked', (on) => {
    const made = forked(on);
    return { ...attemptOf(on, made), last: { ...made.delivery, links: [fork.linkFrom(seen)] } };
  })(scene);
  return [...honest, ...unlinked, ...linked];
}

/** An honest order first, so that the runner has seen the record at its present size. */
async function forkedRecord(scene: Scene): Promise<readonly string[]> {
  const { world } = scene;
  const honest = await carriedOut((on) => attemptOf(on, order(on.world, people())))(scene);
  const fork = world.newRecord();
  while (fork.size < world.record.size - 1)
    fork.add({ event: 'halt.requested', body: world.envelopeDigest(), at: world.now() });
  const refused = await refusedAs('record-forked', (on) =>
    attemptOf(on, order(on.world, { ...people(), record: fork })),
  )(scene);
  return [...honest, ...refused];
}
