import { expect, test } from 'vitest';
import { parseId, rulesOf, toCedar } from '@countersign/core';
import { compiled, withLines, WRITTEN } from './authoring.builder.ts';
import { createLocalOracle } from './cedar-oracle.ts';
import { compileEnvelopeFile } from './compile.ts';
import { Origins } from './origins.ts';
import { complaintOf, pathOf, pointerOf } from './source-map.ts';

test('pointers and paths are each other, with what RFC 6901 escapes', () => {
  for (const path of [[], ['a', '0', 'b'], ['a/b', 'c~d', '~1'], ['']]) expect(pathOf(pointerOf(path))).toEqual(path);
  expect(pointerOf(['a/b', 3])).toBe('/a~1b/3');
});

test('the nearest part that is known says where something came from; the rest of the way is the same', () => {
  const origins = new Origins();
  origins.file('/maxGraphAgeMinutes', ['maxGraphAge']);
  origins.file('/calendars/0', ['calendars', 'night']);
  origins.pack('/routes/3', 'finance');
  expect(origins.of('/maxGraphAgeMinutes')).toEqual({ kind: 'file', path: ['maxGraphAge'] });
  expect(origins.of('/calendars/0/weekly/1')).toEqual({ kind: 'file', path: ['calendars', 'night', 'weekly', '1'] });
  expect(origins.of('/routes/3/demands/0')).toEqual({ kind: 'pack', name: 'finance' });
  expect(origins.of('/routes/30')).toEqual({ kind: 'file', path: ['routes', '30'] });
  expect(origins.of('')).toEqual({ kind: 'file', path: [] });
});

test('a complaint names line, column, pointer, problem and what to do', () => {
  const located = {
    line: 3,
    column: 5,
    severity: 'error',
    at: '/a',
    problem: 'is wrong',
    advice: 'mend it',
    clause: 'E1',
  } as const;
  expect(complaintOf(located)).toEqual({ at: '3:5 /a', problem: 'is wrong; mend it' });
  expect(complaintOf({ ...located, at: '', advice: '' })).toEqual({ at: '3:5 /', problem: 'is wrong' });
});

test('E1: every finding about a compiled file lies inside the file', async () => {
  const text = withLines('packs: [finance, healthcare, ot, public-sector]', 'guardrails: []');
  const answer = await compileEnvelopeFile(text);
  const findings = answer.ok ? answer.value.findings : answer.findings;
  expect(findings.length).toBeGreaterThan(5);
  const lines = text.split('\n');
  for (const { line, column } of findings) {
    expect(lines[line - 1]).toBeDefined();
    expect(column).toBeLessThanOrEqual((lines[line - 1] ?? '').length + 1);
  }
});

test('E1: people and graph that are given are looked at too, at their lines', async () => {
  const answer = await compileEnvelopeFile(WRITTEN, { roster: [] });
  expect(answer.ok).toBe(false);
  const [first] = answer.ok ? [] : answer.findings;
  expect(first?.problem).toBe('nobody holds `release-approver`');
});

test('D1: the engine that tries drafts answers with rules, and an error is no answer', async () => {
  const cedar = toCedar(rulesOf(await compiled(WRITTEN)));
  const oracle = createLocalOracle();
  const question = {
    cedar,
    agent: parseId<'Agent'>('playbook')!,
    action: 'service.restart',
    mode: 'approved',
  } as const;
  const asked = { ...question, envelope: `sha256:${'0'.repeat(64)}`, attributes: {} } as unknown as Parameters<
    typeof oracle
  >[0];
  expect(oracle(asked).kind).toBe('error');
  const broken = { ...asked, cedar: { ...cedar, policies: { x: 'permit (' } } };
  expect(oracle(broken).kind).toBe('error');
});
