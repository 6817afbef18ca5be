import {
  parseInstant,
  plusMs,
  type Instant,
  type RecordEvent,
  type Revocation,
  type TrustBundle,
} from '@countersign/core';
import { describe, expect, test } from 'vitest';
import type { VerifiedLeaf } from './bundle-envelope.ts';
import { canonicalBytes } from './canonical.ts';
import { digestOf } from './digest.ts';
import { signEnvelope, type DsseEnvelope } from './dsse.ts';
import type { EvidenceBundle } from './evidence-bundle.ts';
import { Estate } from './export/estate.builder.ts';
import { BEGIN, type KeyName } from './export/names.builder.ts';
import { verifyExport } from './export/verify-export.ts';
import { generateSigner } from './keys.ts';
import type { PlacedLeaf } from './leaf-places.ts';
import { PAYLOAD } from './payload.ts';
import { actsOf, detailOf, revoked, without } from './verify-acts.builder.ts';
import { checkRevocations } from './verify-bundle-revocations.ts';

const NOON = parseInstant('2026-11-21T12:00:00.000Z')!;
const at = (minutes: number): Instant => plusMs(NOON, minutes * 60_000);
const [sealer, planner, approver] = [0, 1, 2].map(() => generateSigner('ed25519')) as [
  ReturnType<typeof generateSigner>,
  ReturnType<typeof generateSigner>,
  ReturnType<typeof generateSigner>,
];
const payload = canonicalBytes({ what: 'a capsule' });
const bundle = {
  madeAt: at(60),
  envelopes: [],
  predecessors: [],
  graphs: [],
  signals: [],
  capsules: [signEnvelope(PAYLOAD.capsule, payload, [planner])],
  approvals: [signEnvelope(PAYLOAD.approval, canonicalBytes({ what: 'yes' }), [approver])],
  validations: [],
  drills: [],
  progress: [],
  evidence: [],
  documents: [],
} as unknown as EvidenceBundle;
const seal = signEnvelope('seal', canonicalBytes({}), [sealer]);
/** Dispatched at noon as leaf 10. */
const dispatch = {
  index: 10,
  body: undefined,
  leaf: { event: 'capsule.dispatched', at: NOON, body: digestOf(payload) },
};

function codeOf(revocation: Omit<Revocation, 'reason'> | undefined, leaves: readonly object[] = [dispatch]): string {
  const newest = { revocations: revocation === undefined ? [] : [{ ...revocation, reason: 'stolen' }] };
  const checked = checkRevocations(bundle, {
    seal,
    sealedAt: { at: at(60) },
    versions: [],
    newest: newest as unknown as TrustBundle,
    leaves: leaves as readonly VerifiedLeaf[],
  });
  return checked.ok
    ? 'ok'
    : checked.refusal.detail.replace(' is signed with a key that was revoked before it counted', '');
}

test.each<[string, Omit<Revocation, 'reason'> | undefined, string]>([
  ['nothing is revoked', undefined, 'ok'],
  ['a key of nobody is', { keyid: 'f'.repeat(64), notAfter: at(-60) }, 'ok'],
  ['the planner was revoked after the dispatch', { keyid: planner.keyid, notAfter: at(1) }, 'ok'],
  ['the planner was revoked before the dispatch', { keyid: planner.keyid, notAfter: at(-1) }, 'a capsule'],
  [
    'the record was at the dispatch when the planner was revoked',
    { keyid: planner.keyid, notAfter: at(1), notAfterSize: 10 },
    'a capsule',
  ],
  ['the record was behind the dispatch by then', { keyid: planner.keyid, notAfter: at(1), notAfterSize: 11 }, 'ok'],
  ['the approver was revoked after the dispatch', { keyid: approver.keyid, notAfter: at(1) }, 'ok'],
  ['the approver was revoked before the dispatch', { keyid: approver.keyid, notAfter: at(-1) }, 'an approval'],
  ['the sealer was revoked before the file was made', { keyid: sealer.keyid, notAfter: at(59) }, 'the seal'],
  ['the sealer was revoked after the file was made', { keyid: sealer.keyid, notAfter: at(61) }, 'ok'],
])('V4, X1: evidence is judged when %s', (_, revocation, expected) => {
  expect(codeOf(revocation)).toBe(expected);
});

test('X1: without a dispatch in the record nobody can say that it was earlier', () => {
  expect(codeOf({ keyid: planner.keyid, notAfter: at(1) }, [])).toBe('a capsule');
  expect(codeOf({ keyid: approver.keyid, notAfter: at(1) }, [])).toBe('an approval');
  expect(codeOf({ keyid: approver.keyid, notAfter: at(61) }, [])).toBe('ok');
});

const unnamed = (envelopes: readonly DsseEnvelope[]): readonly DsseEnvelope[] =>
  envelopes.map((one) => ({ ...one, signatures: one.signatures.map(({ sig }) => ({ sig })) }));

describe('X1: whoever signed something of a whole remediation', () => {
  const estate = new Estate();
  const acts = actsOf(estate, estate.remediate('approved'));
  const when = (event: RecordEvent): PlacedLeaf => acts.leaves.find(({ leaf }) => leaf.event === event)!;
  const lastSent = acts.leaves.findLast(({ leaf }) => leaf.event === 'capsule.dispatched')!;
  const firstSent = when('capsule.dispatched');

  test.each<[KeyName, string, PlacedLeaf]>([
    ['pat', 'an authority envelope', when('decision.made')],
    ['quinn', 'an authority envelope', when('decision.made')],
    ['graph', 'a system graph', when('decision.made')],
    ['relay', 'a signal', when('proposal.created')],
    ['staging', 'a validation report', when('validation.finished')],
    ['prod', 'a progress report', when('rollout.progressed')],
    ['kim', 'an approval', lastSent],
    ['capsules', 'a capsule', firstSent],
  ])('%s: %s counts until its key was revoked, by time and by place', (name, what, { leaf, index }) => {
    const { keyid } = estate.keys[name];
    const over = (ms: number, notAfterSize?: number): string =>
      revoked(acts, {
        keyid,
        notAfter: plusMs(leaf.at, ms),
        reason: 'stolen',
        ...(notAfterSize !== undefined && { notAfterSize }),
      });
    expect(over(-1)).toBe(what);
    // A key that signed more than this speaks longer: only the last of it decides.
    expect(over(3_600_000)).toBe('ok');
    expect(over(3_600_000, index)).toBe(what);
    expect(over(3_600_000, estate.leaves.length)).toBe('ok');
  });

  test('a signature that leaves out the name of its key is no less of that key', () => {
    const { approvals, envelopes } = acts.bundle;
    const nameless = {
      ...acts,
      bundle: { ...acts.bundle, approvals: unnamed(approvals), envelopes: unnamed(envelopes) },
    };
    expect(detailOf(nameless)).toBe('holds');
    const over = (name: KeyName, leaf: PlacedLeaf): string =>
      revoked(nameless, { keyid: estate.keys[name].keyid, notAfter: plusMs(leaf.leaf.at, -1), reason: 'stolen' });
    expect(over('kim', lastSent)).toBe('an approval');
    expect(over('pat', when('decision.made'))).toBe('an authority envelope');
  });

  test('evidence of a runner whose key was gone when it came in does not count, and what came before does', () => {
    const { keyid } = estate.keys.prod;
    const received = when('evidence.received');
    expect(revoked(acts, { keyid, notAfter: plusMs(received.leaf.at, -1), reason: 'stolen' })).toBe('evidence');
    expect(revoked(acts, { keyid, notAfter: received.leaf.at, reason: 'stolen' })).toBe('ok');
  });

  test('keys of nobody here change nothing', () => {
    for (const name of ['root', 'log', 'witness'] as const)
      expect(revoked(acts, { keyid: estate.keys[name].keyid, notAfter: plusMs(estate.now, -9e9), reason: 'old' })).toBe(
        'ok',
      );
  });

  test('without an entry a document is as old as it says, or as the file', () => {
    const bare = without(acts, ({ leaf }) => leaf.event !== 'capsule.dispatched');
    const over = (name: KeyName, ms: number): string =>
      revoked(bare, { keyid: estate.keys[name].keyid, notAfter: plusMs(estate.now, ms), reason: 'stolen' });
    expect([over('pat', -1), over('pat', 1)]).toEqual(['an authority envelope', 'ok']);
    expect([over('graph', -1), over('graph', 1)]).toEqual(['a system graph', 'ok']);
    expect([over('relay', -3_600_000), over('relay', 1)]).toEqual(['a signal', 'ok']);
    expect([over('staging', -3_600_000), over('staging', 1)]).toEqual(['a validation report', 'ok']);
    expect([over('prod', -3_600_000), over('prod', 1)]).toEqual(['a progress report', 'ok']);
  });

  test('a drill certificate and the word of the witness are as old as they say', () => {
    const [drill] = acts.bundle.validations;
    const status = signEnvelope(PAYLOAD.status, canonicalBytes(STATUS), [sealer]);
    const more = { ...acts, bundle: { ...acts.bundle, validations: [], drills: [drill!], status } };
    const { keyid } = estate.keys.staging;
    expect(revoked(more, { keyid, notAfter: plusMs(estate.now, -3_600_000), reason: 'stolen' })).toBe(
      'a drill certificate',
    );
    expect(revoked(more, { keyid, notAfter: estate.now, reason: 'stolen' })).toBe('ok');
    const word = (ms: number): string =>
      revoked(more, { keyid: sealer.keyid, notAfter: plusMs(NOON, ms), reason: 'stolen' });
    expect([word(-1), word(0)]).toEqual(['the status statement', 'ok']);
  });
});

const STATUS = {
  type: 'status',
  organisation: 'acme',
  issuedAt: NOON,
  expiresAt: at(5),
  checkpoint: { size: 1, root: `${'A'.repeat(43)}=` },
  trustVersion: 1,
  halts: [],
  suspendedActions: [],
  quota: { used: 0, limit: 1, from: 0 },
};

const sealedAt = (estate: Estate, change: Partial<Revocation>): string => {
  const notAfter = plusMs(estate.now, 1);
  const revocation = { keyid: estate.keys.capsules.keyid, notAfter, reason: 'stolen', ...change };
  const trust = estate.trustWith({ revocations: [revocation] });
  const [first] = verifyExport(estate.export({ trust }), estate.roots).problems;
  return first === undefined ? 'sound' : `${first.item}: ${first.detail}`;
};

describe('X1: an export', () => {
  test('is as young as its newest entry, whatever time its seal claims', () => {
    const estate = new Estate();
    estate.remediate('prohibited');
    const size = estate.leaves.length;
    const late = 'manifest.json: the seal: its key was revoked before it counted';
    expect(sealedAt(estate, {})).toBe('sound');
    expect(sealedAt(estate, { notAfter: plusMs(estate.now, -1) })).toBe(late);
    expect(sealedAt(estate, { notAfterSize: size })).toBe('sound');
    expect(sealedAt(estate, { notAfterSize: size - 1 })).toBe(late);
  });

  test('names the remediation in which something no longer counted', () => {
    const estate = new Estate();
    estate.remediate('approved');
    const before = estate.now;
    estate.remediate('approved');
    const keyid = estate.keys.kim.keyid;
    expect(sealedAt(estate, { keyid, notAfter: before })).toMatch(/^remediations\/000001\.json: an approval is signed/);
    expect(sealedAt(estate, { keyid, notAfter: plusMs(BEGIN, -1) })).toMatch(/^remediations\/000000\.json: /);
    expect(sealedAt(estate, { keyid })).toBe('sound');
  });
});
