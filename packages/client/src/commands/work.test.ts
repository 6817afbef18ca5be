import { afterEach, beforeEach, expect, test } from 'vitest';
import { EXIT } from '../cli/exit-codes.ts';
import { cs } from '../testkit/cli.builder.ts';
import { FakeControl } from '../testkit/fake-control.builder.ts';

const item = {
  proposal: 'P-abcd',
  revision: 1,
  title: 'destroy \u001b[31mit',
  why: 'AG-706 4.1: rule `P01` of the envelope prohibits data.destroy',
  missing: ['a system graph'],
  state: 'open',
  proposalState: 'PROHIBITED',
  openedAt: '2026-11-21T10:00:00.000Z',
};
const restraint = {
  id: 'H-1',
  subjectKind: 'agent',
  subject: 'playbook',
  kind: 'baseline',
  reasons: ['5 refused proposals today'],
  by: 'control',
  since: '2026-11-21T10:00:00.000Z',
};

let server: FakeControl;
beforeEach(async () => {
  server = await FakeControl.start({
    'GET /manual-work': { json: { items: [item] } },
    'POST /manual-work/P-abcd/done': { json: { state: 'done' } },
    'POST /manual-work/P-abcd/close': { json: { state: 'closed' } },
    'POST /agents/playbook/suspend': { json: { id: 'H-1' } },
    'POST /sources/scanner/suspend': { json: { id: 'H-2' } },
    'GET /restraints': { json: { items: [restraint] } },
    'GET /proposals/P-abcd/explanation': { text: 'PROHIBITED: data.destroy on 1 target\n\u001b[2J' },
  });
});
afterEach(() => server.stop());

test('D1: work list shows what is to be done by hand and why, and hostile titles draw nothing', async () => {
  const { exit, out } = await cs(['work', 'list', '--state', 'open'], server);
  expect(exit).toBe(EXIT.ok);
  expect(out).toContain('P-abcd  open');
  expect(out).toContain('    missing: a system graph');
  expect(out).not.toContain('\u001b');
  expect(server.to('GET /manual-work').map(({ path }) => path)).toEqual(['/manual-work?state=open']);
});

test('D1: done needs a word, close needs how the check went; nothing is sent without', async () => {
  expect((await cs(['work', 'done', 'P-abcd'], server)).exit).toBe(EXIT.usage);
  expect((await cs(['work', 'close', 'P-abcd', '-m', 'seen'], server)).exit).toBe(EXIT.usage);
  expect(server.asked).toEqual([]);
  expect((await cs(['work', 'done', 'P-abcd', '-m', 'dropped it'], server)).exit).toBe(EXIT.ok);
  expect((await cs(['work', 'close', 'P-abcd', '--check', 'failed', '-m', 'still there'], server)).out).toContain(
    'stays open',
  );
  expect(server.asked.map(({ body }) => body)).toEqual([
    { note: 'dropped it' },
    { result: 'failed', note: 'still there' },
  ]);
});

test('D7: an agent or a source is suspended in one call with a reason, and who is held back is shown', async () => {
  expect((await cs(['agent', 'suspend', 'playbook'], server)).exit).toBe(EXIT.usage);
  await cs(['agent', 'suspend', 'playbook', '-m', 'odd'], server);
  await cs(['agent', 'suspend', 'scanner', '--source', '-m', 'spoofed'], server);
  expect(server.asked.map(({ body }) => body)).toEqual([{ reason: 'odd' }, { reason: 'spoofed' }]);
  const { out } = await cs(['agent', 'restraints'], server);
  expect(out).toContain('H-1  agent playbook  baseline since 2026-11-21T10:00:00.000Z by control: 5 refused');
});

test('D7: lifting is never done without a key and a reason', async () => {
  for (const given of [[], ['-m', 'why'], ['--key', 'k']])
    expect((await cs(['agent', 'lift', 'H-1', ...given], server)).exit).toBe(EXIT.usage);
  expect(server.asked).toEqual([]);
});

test('D1: explain of a proposal is the page of its newest decision', async () => {
  const { exit, out } = await cs(['explain', 'P-abcd'], server);
  expect(exit).toBe(EXIT.ok);
  expect(out).toContain('PROHIBITED: data.destroy on 1 target');
  expect(out).not.toContain('\u001b');
});
