import { expect, test } from 'vitest';
import { digestOf, exampleCapsule, idOf, instantAt } from '../capsule/example-capsule.test.ts';
import type { Person } from '../people/person.ts';
import { acceptedUnknown, acceptedWrong, leftOut } from '../shared/shape.builder.ts';
import { readShape } from '../shared/shape.ts';
import {
  checkClosure,
  CLOSURE_VERDICTS,
  evidenceClosureShape,
  type ClosureFacts,
  type EvidenceClosure,
} from './closure.ts';

const person = (id: string, ...roles: readonly string[]): Person => ({
  id: idOf(id),
  name: id,
  roles: roles.map((role) => idOf(role)),
  credentials: [],
});
const capsule = exampleCapsule({ egress: 'local-only' });
const FACTS: ClosureFacts = {
  capsule,
  digest: digestOf('1'),
  roster: [
    person('ira', 'auditor'),
    person('kim', 'release-approver'),
    person('olga', 'auditor'),
    person('sam', 'operator'),
  ],
  exclusions: [{ person: idOf('olga'), reason: 'owner' }] as unknown as ClosureFacts['exclusions'],
};
const CLOSURE: EvidenceClosure = {
  type: 'evidence-closure',
  organisation: idOf('acme'),
  proposal: idOf('P-1'),
  capsule: digestOf('1'),
  evidence: digestOf('2'),
  verdict: 'succeeded',
  person: idOf('ira'),
  role: idOf('auditor'),
  signedAt: instantAt('2026-11-21T18:00:00.000Z'),
};
const code = (change: Partial<EvidenceClosure>, facts: Partial<ClosureFacts> = {}): string => {
  const checked = checkClosure({ ...CLOSURE, ...change }, { ...FACTS, ...facts });
  return checked.ok ? `closed by ${checked.value.id}` : checked.refusal.code;
};

test('V2: a closure is one digest and one verdict, every field owed and none added', () => {
  expect(readShape(evidenceClosureShape, CLOSURE)).toEqual({ ok: true, value: CLOSURE });
  expect(leftOut(evidenceClosureShape, CLOSURE)).toEqual([]);
  expect(acceptedWrong(evidenceClosureShape, CLOSURE)).toEqual([]);
  expect(acceptedUnknown(evidenceClosureShape, CLOSURE)).toEqual([]);
});

test.each(CLOSURE_VERDICTS)('V2: an auditor closes with the verdict %s', (verdict) => {
  expect(code({ verdict })).toBe('closed by ira');
});

test('V2: whoever the capsule asks for may close it as that', () => {
  expect(code({ person: idOf('kim'), role: idOf('release-approver') })).toBe('closed by kim');
});

test.each<[string, Partial<EvidenceClosure>, string]>([
  ['of another organisation', { organisation: idOf('globex') }, 'conflict'],
  ['of another capsule', { capsule: digestOf('9') }, 'conflict'],
  ['of another proposal', { proposal: idOf('P-2') }, 'conflict'],
  ['by somebody nobody knows', { person: idOf('eve') }, 'not-eligible'],
  ['by somebody with no such duty', { person: idOf('sam'), role: idOf('operator') }, 'not-eligible'],
  ['by somebody who has no say on it', { person: idOf('olga') }, 'not-eligible'],
  ['in a role the person does not hold', { role: idOf('release-approver') }, 'not-eligible'],
  ['in a role nobody asked for', { person: idOf('kim'), role: idOf('operator') }, 'not-eligible'],
])('V2, A4: a closure %s is refused', (_, change, expected) => {
  expect(code(change)).toBe(expected);
});

test('V2: what is not held inside closes by itself, not by a word', () => {
  for (const egress of ['metadata-only', 'sanitized'] as const)
    expect(code({}, { capsule: exampleCapsule({ egress }) })).toBe('conflict');
});

test('A4: a refusal names who could', () => {
  expect(checkClosure({ ...CLOSURE, person: idOf('eve') }, FACTS)).toMatchObject({
    ok: false,
    refusal: { eligible: ['ira', 'kim'] },
  });
});
