/** T20: a token in every field of the evidence, and what of them leaves in each mode, in whatever form it could hide. */
import { gzipSync } from 'node:zlib';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  egressList,
  EGRESS_MODES,
  id,
  instant,
  mayLeave,
  type EgressMode,
  type Evidence,
  type Id,
} from '@countersign/core';
import { digestOf, generateSigner, type JsonValue } from '@countersign/seal';
import { expect, test } from 'vitest';
import { DropFolder } from '../inbox/drop-folder.ts';
import { Journal } from '../journal/journal.ts';
import { made } from '../testkit/made.ts';
import { checkReport } from './check-report.ts';
import { sealEvidence } from './evidence.ts';
import { Outbox } from './outbox.ts';

const BUNDLES = 20;
const AT = made(instant, '2026-11-21T18:00:00.000Z');

/** Each text of the evidence is a token of its own, as far as its form allows. */
function marked(n: number): { readonly evidence: Evidence; readonly tokens: ReadonlyMap<string, string> } {
  let count = 0;
  const word = (): string => `canary${n}x${(count += 1)}x${digestOf(Buffer.from(`${n} ${count}`)).slice(7, 19)}`;
  const digest = (): ReturnType<typeof digestOf> => digestOf(Buffer.from(word()));
  const named = (): Id<never> => made(id<never>(), word());
  const health = (): { readonly subject: string; readonly state: string } => ({ subject: word(), state: word() });
  const file = (): { readonly path: string; readonly digest: ReturnType<typeof digestOf> } => ({
    path: word(),
    digest: digest(),
  });
  const evidence: Evidence = {
    type: 'evidence',
    organisation: named(),
    runner: named(),
    capsule: digest(),
    proposal: named(),
    trigger: [word()],
    decision: digest(),
    dependencyAnalysis: { graph: digest(), dependants: [word()] },
    approvals: [{ person: named(), role: word(), envelope: digest() }],
    validation: [named()],
    automatic: { correlation: digest(), drill: digest(), prediction: digest(), review: digest() },
    rollbackAvailability: word(),
    healthBefore: [health()],
    healthAfter: [health()],
    targets: [1, 2].map(() => ({
      target: named(),
      outcome: 'changed',
      before: [file()],
      after: [file()],
      healthBefore: word(),
      healthAfter: word(),
      output: word(),
    })),
    outcome: 'completed',
    startedAt: AT,
    finishedAt: AT,
  };
  const tokens = new Map(
    [...fieldsOf(evidence as unknown as JsonValue)].filter(([, value]) => value.length > 12 && value !== AT),
  );
  return { evidence, tokens };
}

function* fieldsOf(value: JsonValue, at = ''): Generator<readonly [string, string]> {
  if (typeof value === 'string') yield [at, value];
  else if (typeof value === 'object' && value !== null)
    for (const [key, item] of Object.entries(value)) yield* fieldsOf(item, `${at}/${key}`);
}

/** Raw, in hex, in base64 at each of its three alignments, and whatever compresses to the same stream. */
function isIn(haystack: Buffer, token: string): boolean {
  const bytes = Buffer.from(token);
  const text = haystack.toString('latin1');
  const aligned = [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .slice(4, -4),
  );
  const shapes = [
    token,
    bytes.toString('hex'),
    encodeURIComponent(token),
    [...token].toReversed().join(''),
    ...aligned,
  ];
  return (
    shapes.some((shape) => text.includes(shape)) || text.includes(gzipSync(bytes).toString('base64').slice(16, -16))
  );
}

/** Everything the outbox holds, and every payload in it as well. */
function written(evidence: Evidence, mode: EgressMode): { readonly bytes: Buffer; readonly leaves: boolean } {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-canary-'));
  const journal = new Journal(join(folder, 'journal.db'));
  const outbox = new Outbox(new DropFolder(join(folder, 'out')), generateSigner('ed25519'), journal);
  const { report } = sealEvidence(evidence, mode, outbox);
  journal.write([{ kind: 'report', name: 'evidence.json', body: JSON.stringify(report) }]);
  outbox.flush();
  outbox.close();
  journal.close();
  const files = readdirSync(join(folder, 'out'), { recursive: true, withFileTypes: true }).filter((one) =>
    one.isFile(),
  );
  const raw = files.map((one) => readFileSync(join(one.parentPath, one.name)));
  const signed =
    report.kind === 'evidence' ? [report.evidence, ...(report.view === undefined ? [] : [report.view])] : [];
  const payloads = signed.map(({ payload }) => Buffer.from(payload, 'base64'));
  return { bytes: Buffer.concat([...raw, ...payloads]), leaves: checkReport(mode, report).ok };
}

test.each(EGRESS_MODES)('T20, V2: in the mode %s nothing leaves that is not on its list', (mode) => {
  const leaked: string[] = [];
  for (let n = 0; n < BUNDLES; n += 1) {
    const { evidence, tokens } = marked(n);
    const { bytes, leaves } = written(evidence, mode);
    expect(leaves).toBe(mode !== 'local-only');
    expect(tokens.size).toBeGreaterThan(30);
    for (const [pointer, token] of tokens) {
      // The statement names whose it is and what it is about in every mode; in local-only the gateway sends not even that.
      const isNamed = ['/organisation', '/runner', '/capsule', '/proposal'].includes(pointer);
      if (!mayLeave(mode, pointer) && !isNamed && isIn(bytes, token)) leaked.push(`${pointer} ${token}`);
    }
  }
  expect(leaked).toEqual([]);
});

test('T20: the search finds what is there: in sanitized mode every listed token is found', () => {
  const { evidence, tokens } = marked(99);
  const { bytes } = written(evidence, 'sanitized');
  const listed = [...tokens].filter(([pointer]) => mayLeave('sanitized', pointer));
  expect(listed.length).toBeGreaterThan(10);
  expect(listed.filter(([, token]) => !isIn(bytes, token))).toEqual([]);
});

test.each(['base64', 'hex'] as const)('T20: the search finds a token that hides in %s', (encoding) => {
  const hidden = Buffer.from(Buffer.from('before canary1x1x0123456789ab behind').toString(encoding));
  expect(isIn(hidden, 'canary1x1x0123456789ab')).toBe(true);
});

test('V2: each mode is written down as a list, and the stricter one is part of the wider', () => {
  expect(egressList('local-only')).toEqual([]);
  const wide = new Set(egressList('sanitized'));
  expect(egressList('metadata-only').filter((pattern) => !wide.has(pattern))).toEqual([]);
});

test('T20, V2: the sanitised view says what its rules give and nothing of the text they read', () => {
  const secret = 'postgres://admin:hunter2hunter2@10.4.77.91:5432/customers';
  const { evidence } = marked(7);
  const [first, ...rest] = evidence.targets;
  const told = { ...evidence, targets: first === undefined ? [] : [{ ...first, output: secret }, ...rest] };
  const text = written(told, 'sanitized').bytes.toString('latin1');
  expect(text).toContain('10.4.x.x');
  // Short parts are looked for as they are; encoded, four letters of them are met by chance.
  for (const part of ['77.91', '10.4.77', 'hunter2', 'customers', 'postgres', 'admin'])
    expect(text).not.toContain(part);
  expect(isIn(Buffer.from(text, 'latin1'), secret)).toBe(false);
});

test.each(['local-only', 'metadata-only'] as const)('V2: in the mode %s there is no view', (mode) => {
  const text = written(marked(8).evidence, mode).bytes.toString('latin1');
  expect([text.includes('sanitized-view'), text.includes('address-prefix')]).toEqual([false, false]);
});
