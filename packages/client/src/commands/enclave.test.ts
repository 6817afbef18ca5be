import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { EXIT } from '../cli/exit-codes.ts';
import { cs } from '../testkit/cli.builder.ts';
import { FakeControl } from '../testkit/fake-control.builder.ts';

const invitation = {
  type: 'gateway-invitation',
  organisation: 'acme',
  enclave: 'plant-7',
  url: 'https://control.example:4443',
  secret: 'ab'.repeat(32),
  authority: `-----BEGIN CERTIFICATE-----\n${'A'.repeat(120)}\n-----END CERTIFICATE-----\n`,
  expiresAt: '2026-11-21T08:10:00.000Z',
};
let server: FakeControl;
let folder = '';
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-cs-'));
  server = await FakeControl.start({
    'POST /enclaves/plant-7/invitations': { json: invitation },
    'POST /enclaves/plant-8/invitations': { json: { ...invitation, url: 'http://plain.example' } },
    'POST /enclaves/plant-7/shut-out': { json: { enclave: 'plant-7', ended: 2 } },
  });
});
afterEach(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

test('O4: an invitation goes to a new file for its owner alone, and its secret is shown nowhere', async () => {
  const file = join(folder, 'invitation.json');
  const { exit, out, err } = await cs(['enclave', 'invite', 'plant-7', '-o', file], server);
  expect(exit).toBe(EXIT.ok);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(invitation);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(out + err).toContain('until 2026-11-21T08:10:00.000Z, once');
  const json = await cs(['--json', 'enclave', 'invite', 'plant-7', '-o', join(folder, 'second.json')], server);
  for (const text of [out, err, json.out, json.err]) expect(text).not.toContain('abab');
});

test('O4: without a file, over a file, or from a server that names no https, nothing is written', async () => {
  const there = join(folder, 'there.json');
  writeFileSync(there, 'mine');
  expect((await cs(['enclave', 'invite', 'plant-7'], server)).exit).toBe(EXIT.usage);
  expect((await cs(['enclave', 'invite', 'plant-7', '-o', there], server)).exit).toBe(EXIT.usage);
  expect(readFileSync(there, 'utf8')).toBe('mine');
  const refused = await cs(['enclave', 'invite', 'plant-8', '-o', join(folder, 'new.json')], server);
  expect(refused.exit).not.toBe(EXIT.ok);
});

test('O4: shutting out an enclave that nobody knows is refused, with what to look at', async () => {
  const { exit, err } = await cs(['enclave', 'shut-out', 'plant-l'], server);
  expect(exit).toBe(EXIT.failed);
  expect(err).toContain('not-found');
});

test('O4: shutting out says how much it ended and what brings the enclave back', async () => {
  const { exit, out } = await cs(['enclave', 'shut-out', 'plant-7'], server);
  expect([exit, out]).toEqual([EXIT.ok, expect.stringContaining('2 certificates ended')]);
});
