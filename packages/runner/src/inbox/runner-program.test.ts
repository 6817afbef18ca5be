import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { readShape, validationReportShape } from '@countersign/core';
import { verifyDisclosure } from '@countersign/seal';
import { Journal } from '../journal/journal.ts';
import { good } from '../testkit/made.ts';
import { until } from '../testkit/runner-house.ts';
import { signResume, signStatus } from '../testkit/signed.ts';
import { begin, cleanUp, events, evidenceOf, hasReport, ids, KEYS, payload, stage, types } from '../testkit/stage.ts';

afterEach(cleanUp);

test('X4: a rollout changes every target once, verifies it, and closes with evidence that leads to the signed root', async () => {
  const at = await stage(12);
  begin(at);
  await until('evidence', () => hasReport(at, 'evidence'));
  expect([...at.estate.hosts.values()].map(({ restarts, version }) => [restarts, version])).toEqual(
    ids(12).map(() => [1, '2']),
  );
  expect(at.estate.content('host-000')).toBe('{"version":"2"}');
  const { report, statement } = evidenceOf(at);
  expect(statement.outcome).toBe('completed');
  expect(statement.counts).toEqual({ targets: 12, touched: 12, changed: 12, reverted: 0, unknown: 0, held: 0 });
  const leaves = report.fields.map((field) =>
    typeof field === 'string' ? { hash: field } : { salt: field[0], pointer: field[1], value: field[2] as string },
  );
  expect(
    verifyDisclosure({ digest: `sha256:${statement.root}` as never, leafCount: statement.fields }, leaves).ok,
  ).toBe(true);
  expect(types(at).slice(0, 3)).toEqual(['started', 'leased', 'verdict']);
  expect(readdirSync(at.house.config.inbox)).toEqual([]);
});

test('X5, X6: the first broken target trips, at most w-1 acts land after it, and everything touched goes back and is healthy', async () => {
  const at = await stage(30, {}, { behaviour: { 'host-006': 'breaks-on-2' } });
  begin(at);
  await until('evidence', () => hasReport(at, 'evidence'));
  const { statement } = evidenceOf(at);
  expect(statement.outcome).toBe('rolled-back');
  expect(statement.counts.reverted).toBe(statement.counts.touched);
  expect(statement.counts.held).toBe(30 - statement.counts.touched);
  const all = events(at);
  const failed = all.findIndex((event) => event.type === 'verdict' && event.verdict === 'failure');
  expect(all.slice(failed).filter(({ type }) => type === 'leased')).toEqual([]);
  expect(statement.counts.touched).toBeLessThanOrEqual(7 + 3);
  expect([...at.estate.hosts.values()].every(({ isRunning, version }) => isRunning && version === '1')).toBe(true);
  expect(ids(30).map((id) => at.estate.content(id))).toEqual(ids(30).map(() => '{"version":"1"}'));
});

test('X5: without automatic rollback a trip holds until a person signs that very trip, and then the rollout goes on', async () => {
  const at = await stage(6, { rollback: { isAutomatic: false } }, { behaviour: { 'host-001': 'breaks-on-2' } });
  begin(at);
  await until('trip', () => types(at).includes('tripped'));
  const { world, house, now } = at;
  house.deliver({ kind: 'resume', resume: signResume(world, { trip: 2, now: now(), nonce: 'a'.repeat(32) }) });
  await until('refusal', () => hasReport(at, 'refusal'));
  expect(types(at)).not.toContain('resumed');
  at.estate.behaviour.set('host-001', 'normal');
  at.estate.hosts.get('host-001')!.isRunning = true;
  house.deliver({ kind: 'resume', resume: signResume(world, { trip: 1, now: now() }) });
  await until('evidence', () => hasReport(at, 'evidence'));
  expect(types(at)).toContain('resumed');
  expect([...at.estate.hosts.values()].map(({ restarts }) => restarts)).toEqual([1, 1, 1, 1, 1, 1]);
});

test('I9: a resume that somebody else signed, or that was used, lets nothing go on', async () => {
  const at = await stage(4, { rollback: { isAutomatic: false } }, { behaviour: { 'host-000': 'breaks-on-2' } });
  begin(at);
  await until('trip', () => types(at).includes('tripped'));
  const { world, house, now } = at;
  house.deliver({ kind: 'resume', resume: signResume(world, { trip: 1, now: now(), key: KEYS.capsules }) });
  await until('refusal', () => hasReport(at, 'refusal'));
  expect(types(at)).not.toContain('resumed');
  expect(at.estate.hosts.get('host-001')?.restarts).toBe(0);
});

test('X7: a lost answer that health cannot settle is UNKNOWN, counted as touched, and stops the rollout', async () => {
  const at = await stage(5, { rollback: { isAutomatic: false } });
  at.estate.behaviour.set('host-001', 'loses-answer');
  const instance = at.estate.hosts.get('host-001')!;
  at.estate.onRestart = (id) => {
    if (id === 'host-001') instance.restarts = 0;
  };
  at.estate.behaviour.set('host-001', 'loses-answer');
  begin(at);
  await until(
    'the lost answer is settled by health',
    () => types(at).includes('completed') || types(at).includes('unknown'),
  );
  // Here health shows the new instance and version: the lost answer is a success and nothing is done twice.
  expect(types(at)).not.toContain('unknown');
});

test('X7: no health and no answer after the act is UNKNOWN', async () => {
  const at = await stage(3, { rollback: { isAutomatic: false } });
  const host = at.estate.hosts.get('host-001')!;
  at.estate.behaviour.set('host-001', 'loses-answer');
  at.estate.onRestart = (id) => {
    if (id === 'host-001') setImmediate(() => void at.estate.behaviour.set('host-001', 'no-health'));
  };
  begin(at);
  await until('unknown', () => types(at).includes('unknown'));
  expect(types(at).slice(-2)).toEqual(['unknown', 'tripped']);
  expect(host.restarts).toBe(1);
  expect(at.estate.hosts.get('host-002')?.restarts).toBe(0);
});

test('X4, trap 7: an old instance that still answers healthily is a failure, not a success', async () => {
  const at = await stage(2, { rollback: { isAutomatic: false } }, { behaviour: { 'host-000': 'never-restarts' } });
  begin(at);
  await until('trip', () => types(at).includes('tripped'));
  const verdict = events(at).find((event) => event.type === 'verdict');
  expect(verdict).toMatchObject({ verdict: 'failure', detail: 'the old instance still answers' });
});

test('X4: no data from a dependant is never health: nothing starts', async () => {
  const at = await stage(2);
  at.estate.isServiceSilent = true;
  begin(at);
  await until('halt', () => types(at).includes('halted'));
  expect([...at.estate.hosts.values()].map(({ restarts }) => restarts)).toEqual([0, 0]);
});

test('X5: a halt needs no signature and stops the leases; the file HALT in the inbox does the same', async () => {
  for (const stop of ['delivery', 'file'] as const) {
    const at = await stage(40);
    at.estate.onRestart = (id) => {
      if (id !== 'host-003') return;
      if (stop === 'file') writeFileSync(at.house.inbox.at('HALT'), '');
      else at.house.deliver({ kind: 'halt', capsule: 'all', by: 'oz' });
    };
    begin(at);
    await until('halt', () => types(at).includes('halted'));
    await until(
      'verdicts',
      () =>
        types(at).filter((type) => type === 'leased').length === types(at).filter((type) => type === 'verdict').length,
    );
    const touched = [...at.estate.hosts.values()].filter(({ restarts }) => restarts > 0).length;
    expect(touched).toBeLessThan(40);
    expect(types(at)).not.toContain('rollback-started');
  }
});

test('X6: a completed rollout is taken back on demand inside its window, without a signature, once', async () => {
  const at = await stage(3);
  begin(at);
  await until('evidence', () => hasReport(at, 'evidence'));
  at.house.deliver({ kind: 'rollback', capsule: at.world.digest, by: 'oz' });
  await until('restored', () => types(at).includes('restored'));
  expect(ids(3).map((id) => at.estate.content(id))).toEqual(ids(3).map(() => '{"version":"1"}'));
  await until(
    'second evidence',
    () => at.house.reports().filter(({ report }) => report.kind === 'evidence').length === 2,
  );
  at.house.deliver({ kind: 'rollback', capsule: at.world.digest, by: 'oz' });
  await until('refusal', () => hasReport(at, 'refusal'));
});

test('L4: a validation run sees the reproduction fail and then pass, and leaves staging as it was', async () => {
  const validation = {
    reproduction: { id: 'repro', path: '/probe', expectStatus: 200 },
    checks: [{ id: 'check', path: '/health', expectStatus: 200 }],
  };
  const at = await stage(2, { authority: 'staging', validation });
  begin(at);
  await until('validation', () => hasReport(at, 'validation'));
  const report = at.house
    .reports()
    .map((one) => one.report)
    .find(({ kind }) => kind === 'validation')!;
  const read = good(readShape(validationReportShape, payload(report)));
  expect(read).toMatchObject({
    isPassed: true,
    isReproduced: true,
    drill: { action: 'package.patch', tiers: ['non-critical'], isRestored: true },
  });
  expect(read.runs.map(({ check, phase, result }) => `${check} ${phase} ${result}`)).toEqual([
    'repro before failed',
    'check before passed',
    'repro before failed',
    'check before passed',
    'repro after passed',
    'check after passed',
    'repro after passed',
    'check after passed',
  ]);
  expect(ids(2).map((id) => at.estate.content(id))).toEqual(['{"version":"1"}', '{"version":"1"}']);
});

test('L4: a change that breaks staging does not pass, and staging is taken back by itself', async () => {
  const at = await stage(
    2,
    { authority: 'staging', rollback: { isAutomatic: false } },
    { behaviour: { 'host-001': 'breaks-on-2' } },
  );
  begin(at);
  await until('validation', () => hasReport(at, 'validation'));
  const report = at.house
    .reports()
    .map((one) => one.report)
    .find(({ kind }) => kind === 'validation')!;
  expect(good(readShape(validationReportShape, payload(report)))).toMatchObject({ isPassed: false });
  expect(ids(2).map((id) => at.estate.content(id))).toEqual(['{"version":"1"}', '{"version":"1"}']);
});

test('X1: what is refused is journaled and reported, and leaves the inbox', async () => {
  const at = await stage(2);
  const { world, house, now } = at;
  house.deliver(
    { kind: 'trust', trust: world.trust },
    { kind: 'status', status: signStatus(world, now()) },
    { ...world.delivery, approvals: [] },
  );
  house.inbox.put('000009-capsule.json', '{"kind":"capsule","kind":"capsule"}');
  house.start();
  await until('two refusals', () => house.reports().filter(({ report }) => report.kind === 'refusal').length === 2);
  const codes = house.reports().map(({ report }) => (payload(report) as { code: string }).code);
  expect(codes.toSorted()).toEqual(['malformed', 'quorum-missing']);
  expect(readdirSync(house.config.inbox)).toEqual([]);
  await house.stop();
  const journal = new Journal(join(house.config.state, 'journal.db'));
  expect(
    journal
      .refusals()
      .map(({ code }) => code)
      .toSorted(),
  ).toEqual(['malformed', 'quorum-missing']);
  journal.close();
});

test('I4: a redelivered file is nothing new, the same capsule under another name is a replay', async () => {
  const at = await stage(2);
  begin(at);
  await until('evidence', () => hasReport(at, 'evidence'));
  at.house.inbox.put('000003-capsule.json', JSON.stringify(at.world.delivery));
  await until('taken', () => readdirSync(at.house.config.inbox).length === 0);
  expect(hasReport(at, 'refusal')).toBe(false);
  at.house.deliver(at.world.delivery);
  await until('refusal', () => hasReport(at, 'refusal'));
  const refusal = at.house
    .reports()
    .map(({ report }) => report)
    .find(({ kind }) => kind === 'refusal')!;
  expect(payload(refusal)).toMatchObject({ code: 'replay', subject: at.world.digest });
  expect([...at.estate.hosts.values()].map(({ restarts }) => restarts)).toEqual([1, 1]);
});

test('V2: in metadata-only mode no text of a target leaves, and the enclave keeps everything', async () => {
  const at = await stage(2, {}, { behaviour: { 'host-000': 'breaks-on-2' }, config: { egress: 'metadata-only' } });
  begin(at);
  await until('evidence', () => hasReport(at, 'evidence'));
  const leaving = at.house
    .reports()
    .map(({ report }) => JSON.stringify(payload(report)) + JSON.stringify('fields' in report ? report.fields : ''));
  expect(leaving.join('')).not.toContain('does not start');
  const [kept] = readdirSync(join(at.house.config.state, 'evidence'));
  expect(readFileSync(join(at.house.config.state, 'evidence', kept!), 'utf8')).toContain('does not start');
});

test('X5, I9: a halt that the witness still repeats does not undo the signed resume, and a new one stops again', async () => {
  const at = await stage(40);
  const { world, house, now } = at;
  let isHalted = false;
  at.estate.onRestart = (id) => {
    if (id !== 'host-002' || isHalted) return;
    isHalted = true;
    house.deliver({ kind: 'status', status: signStatus(world, now(), { halts: [world.digest] }) });
  };
  begin(at);
  await until('halt', () => types(at).includes('halted'));
  await until(
    'verdicts',
    () =>
      types(at).filter((type) => type === 'leased').length === types(at).filter((type) => type === 'verdict').length,
  );
  house.deliver({ kind: 'status', status: signStatus(world, now(), { halts: [world.digest] }) });
  house.deliver({ kind: 'resume', resume: signResume(world, { trip: 1, now: now() }) });
  await until('evidence', () => hasReport(at, 'evidence'));
  expect(types(at).filter((type) => type === 'halted')).toHaveLength(1);
  expect(types(at)).toContain('completed');
});

test('X7, X5: a halted rollout is still halted after a restart, and goes on when a person signs', async () => {
  const at = await stage(8);
  const { world, house, now } = at;
  at.estate.onRestart = (id) => {
    if (id === 'host-001') house.deliver({ kind: 'halt', capsule: world.digest, by: 'oz' });
  };
  begin(at);
  await until('halt', () => types(at).includes('halted'));
  await until(
    'verdicts',
    () =>
      types(at).filter((type) => type === 'leased').length === types(at).filter((type) => type === 'verdict').length,
  );
  await house.stop();
  house.deliver({ kind: 'status', status: signStatus(world, now(), { halts: [world.digest] }) });
  const { program } = house.start();
  await until('the status is read', () => readdirSync(house.config.inbox).length === 0);
  expect([...program.rollouts.values()].map(({ view }) => view.breaker.state)).toEqual(['open']);
  house.deliver({ kind: 'resume', resume: signResume(world, { trip: 1, now: now() }) });
  await until('evidence', () => hasReport(at, 'evidence'));
  expect(evidenceOf(at).statement.outcome).toBe('completed');
  expect([...at.estate.hosts.values()].map(({ restarts }) => restarts)).toEqual(ids(8).map(() => 1));
});
