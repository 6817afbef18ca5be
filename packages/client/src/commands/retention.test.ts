/** Retention, holds and the masking rules the way an operator and an auditor use them (V2). */
import { MASKING_RULES } from '@countersign/core';
import { maskingDigest } from '@countersign/seal';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cs, type Told } from '../testkit/cli.builder.ts';
import { FakeControl } from '../testkit/fake-control.builder.ts';

let control: FakeControl;
beforeAll(async () => {
  control = await FakeControl.start({
    'GET /retention': {
      json: { kinds: [{ kind: 'evidence', days: { staging: 10, production: 400 }, due: ['sha256:aa', 'sha256:bb'] }] },
    },
    'POST /retention/run': { json: { kinds: [{ kind: 'evidence', expired: 2 }] } },
    'GET /holds': {
      json: {
        items: [
          {
            name: 'case-7',
            proposals: ['P-1'],
            period: { from: '2026-11-01T00:00:00.000Z', to: '2026-12-01T00:00:00.000Z' },
            reason: 'a \u001b[31mdispute',
            by: 'omar',
            at: '2026-11-21T00:00:00.000Z',
            state: 'in-force',
          },
        ],
      },
    },
    'POST /holds': { json: { name: 'case-7', bodies: 3 } },
    'POST /holds/case-7/lift': { json: { name: 'case-7', state: 'lift-asked' } },
    'POST /holds/case-8/lift': { json: { name: 'case-8', state: 'lifted' } },
  });
});
afterAll(() => control.stop());
const run = (...line: readonly string[]): Promise<Told> => cs(line, { url: control.url });

test('V2: cs retention list says how long what is kept and how much is due', async () => {
  const told = await run('retention', 'list');
  expect([told.exit, told.out.trim()]).toEqual([0, 'evidence  staging 10 d, production 400 d  2 due']);
});

test('V2: cs retention run --dry-run removes nothing, without it the server removes', async () => {
  expect((await run('retention', 'run', '--dry-run')).out).toContain('2 due');
  expect(control.to('POST /retention/run')).toEqual([]);
  expect((await run('retention', 'run')).out.trim()).toBe('evidence  2 removed');
  expect(control.to('POST /retention/run').length).toBe(1);
});

test('V2: cs hold set sends remediations and a period of whole days', async () => {
  const told = await run(
    'hold',
    'set',
    'case-7',
    '--proposal',
    'P-1',
    '--proposal',
    'P-2',
    '--period',
    '2026-11-01..2026-12-01',
    '-m',
    'a dispute',
  );
  expect([told.exit, told.out]).toEqual([0, expect.stringContaining('two people')]);
  expect(control.to('POST /holds').at(-1)?.body).toEqual({
    name: 'case-7',
    proposals: ['P-1', 'P-2'],
    period: { from: '2026-11-01T00:00:00.000Z', to: '2026-12-01T00:00:00.000Z' },
    reason: 'a dispute',
  });
});

test.each<[string, readonly string[]]>([
  ['no reason', ['hold', 'set', 'case-7', '--proposal', 'P-1']],
  ['nothing to hold', ['hold', 'set', 'case-7', '-m', 'a dispute']],
  ['half a period', ['hold', 'set', 'case-7', '--period', '2026-11-01', '-m', 'a dispute']],
  ['a period of three', ['hold', 'set', 'case-7', '--period', '2026-11-01..2026-11-02..2026-11-03', '-m', 'a dispute']],
  ['a day that is none', ['hold', 'set', 'case-7', '--period', '2026-11-01..soon', '-m', 'a dispute']],
  ['no reason to lift', ['hold', 'lift', 'case-7']],
])('V2: with %s nothing is sent', async (_, line) => {
  const before = control.asked.length;
  expect((await run(...line)).exit).not.toBe(0);
  expect(control.asked.length).toBe(before);
});

test('V2: cs hold lift says whether another person has to confirm', async () => {
  expect((await run('hold', 'lift', 'case-7', '-m', 'it is settled')).out).toContain('another person confirms');
  expect((await run('hold', 'lift', 'case-8', '-m', 'it is settled')).out).toContain('is lifted');
});

test('V2: cs hold list shows what is held and never the escapes of a reason', async () => {
  const told = await run('hold', 'list');
  expect(told.out).toContain('case-7  in-force  P-1, 2026-11-01T00:00:00.000Z..2026-12-01T00:00:00.000Z  by omar');
  expect(told.out).not.toContain('\u001b');
});

test('V2: cs evidence masking prints the rules and the digest of exactly this list', async () => {
  const told = await run('evidence', 'masking');
  expect(told.out.split('\n')[0]).toBe(maskingDigest());
  for (const { id } of MASKING_RULES) expect(told.out).toContain(`${id}  gives`);
  const json = await run('--json', 'evidence', 'masking');
  expect(JSON.parse(json.out)).toEqual({ digest: maskingDigest(), rules: MASKING_RULES });
});
