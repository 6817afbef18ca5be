import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readShape, signalStatementShape } from '@countersign/core';
import { digestOf, PAYLOAD, publicKeyOf, readStrictJson, verifyEnvelope } from '@countersign/seal';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DEMO_SOURCES } from '../../demo/people.ts';
import { Keyring } from '../../demo/keyring.ts';
import { configDraft, CONFIG_RULE, restartDraft, RESTART_RULE, STAGING_HOST } from './drafts.ts';
import { relayedAlert, type RelayedAlert } from './relay.ts';

const NOW_MS = Date.parse('2026-03-01T12:00:00.000Z');
let folder = '';
let keys = new Keyring('');
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-relay-test-'));
  keys = new Keyring(folder);
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const alertOf = (targets: readonly string[], nowMs = NOW_MS): RelayedAlert =>
  relayedAlert(keys, { source: 'hostscan', rule: RESTART_RULE, targets, nowMs });

test('D8: the relay signs what the document says, and names the document by its bytes', () => {
  const { relayed, signals } = alertOf(['host-0001']);
  const [statement] = relayed.statements;
  const trusted = [publicKeyOf(keys.signer('relay-hostscan'))];
  const verified = verifyEnvelope(statement!, { payloadType: PAYLOAD.signal, trusted, threshold: 1 });
  const document = verified.ok ? readStrictJson(verified.value.payload) : verified;
  const read = document.ok ? readShape(signalStatementShape, document.value) : document;
  expect(read.ok && read.value.signal).toEqual(signals[0]);
  expect(signals[0]).toMatchObject({
    source: 'hostscan',
    rule: RESTART_RULE,
    severity: 'critical',
    status: 'firing',
    targets: ['host-0001'],
  });
  expect(signals[0]?.document).toBe(digestOf(Buffer.from(relayed.document, 'base64')));
});

test('1,240 hosts that fire alike are one signal', () => {
  const targets = Array.from({ length: 1240 }, (_, index) => `host-${index}`);
  expect(alertOf(targets).signals).toHaveLength(1);
  expect(alertOf(targets).signals[0]?.targets).toHaveLength(1240);
});

const idAt = (nowMs: number): string | undefined => alertOf(['host-0001'], nowMs).signals[0]?.id;

test('a later alert is another signal, the same alert is the same', () => {
  expect(idAt(NOW_MS)).toBe(idAt(NOW_MS));
  expect(idAt(NOW_MS)).not.toBe(idAt(NOW_MS + 1));
});

test('a target that is no id is refused before anything is sent', () => {
  expect(() => alertOf(['no id at all'])).toThrow('malformed');
});

test('L2: both drafts carry evidence, run ids, a reproduction in staging and an automatic way back', () => {
  const signals = DEMO_SOURCES.flatMap(
    ({ id }) => relayedAlert(keys, { source: id, rule: CONFIG_RULE, targets: ['host-0001'], nowMs: NOW_MS }).signals,
  );
  for (const draft of [restartDraft(['host-0001'], signals), configDraft(['host-0001'], signals)]) {
    expect(draft.signals).toHaveLength(2);
    expect(draft.runIds).toEqual(draft.signals);
    expect(draft.validation.reproduction?.path).toBe('/probe/checkout');
    expect(draft.validation.stagingTargets).toEqual([STAGING_HOST]);
    expect(draft.rollback).toMatchObject({ kind: 'restore', isAutomatic: true });
  }
  expect(restartDraft(['host-0001'], signals).change.steps).toHaveLength(1);
  expect(configDraft(['host-0001'], signals).change.steps).toHaveLength(2);
});

test('an empty selector is no draft', () => {
  expect(() => restartDraft([], [])).toThrow('/targets');
});
