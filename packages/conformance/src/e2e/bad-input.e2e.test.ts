import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@countersign/client';
import { instantOf, plusMs } from '@countersign/core';
import { PAYLOAD, type DsseEnvelope, withPolicies } from '@countersign/seal';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configDraft, restartDraft, RESTART_RULE } from '../bench/agent/drafts.ts';
import { relayedAlert, type Alert } from '../bench/agent/relay.ts';
import { OutsideAgent } from '../bench/agent/outside-agent.ts';
import { demoEnvelope } from '../demo/envelope.ts';
import { demoFiles } from '../demo/files.ts';
import { Keyring } from '../demo/keyring.ts';
import { approvalBy, openCapsule } from '../demo/sign.ts';
import { signByPeople } from '../demo/trust.ts';
import { productionHosts, proposeAll } from '../faults/long-rollout.ts';
import { until } from '../scenarios/wait.ts';
import { clientOf } from '../system/callers.ts';
import { startSystem, type System } from '../system/start-system.ts';
import { entriesSince, recordSize } from './leaves.ts';
import { post, postAnnounced, problemIn, type RawRequest } from './raw-request.ts';

let state: string;
let system: System;
let client: Client;
let keys: Keyring;

beforeAll(async () => {
  state = mkdtempSync(join(tmpdir(), 'countersign-input-'));
  system = await startSystem({ state });
  client = clientOf(system, 'person:nils');
  keys = new Keyring(demoFiles(state).keys);
});
afterAll(async () => {
  await system?.stop();
  rmSync(state, { recursive: true, force: true });
});

const DOORS = [
  { as: 'source:alertmanager', path: '/signals/alertmanager', limit: 33_554_432 },
  { as: 'source:hostscan', path: '/signals/sarif', limit: 33_554_432 },
  { as: 'agent:playbook', path: '/proposals', limit: 4_194_304 },
  { as: 'person:ana', path: '/approvals', limit: 65_536 },
] as const;
const DEEP = 90;
const MAX_DEPTH = 64;
/** Control, format and unassigned characters; a line ends and may be indented. */
const HOSTILE = /[^\P{C}\n\t]/u;
/** Kinds that no reader of JSON may take; and forms that are JSON but none of ours. */
const BODIES: readonly (readonly [name: string, body: RawRequest['body'], pointer: string])[] = [
  ['nothing', '', ''],
  ['no JSON', 'hello', ''],
  ['half a document', '{"a":', '/a'],
  ['two documents', '{}{}', ''],
  ['duplicate keys', '{"a":{"b":1,"b":2}}', '/a'],
  ['__proto__', '{"a":{"__proto__":{"a":1}}}', '/a'],
  ['deep nesting', `${'{"a":'.repeat(DEEP)}1${'}'.repeat(DEEP)}`, '/a'.repeat(MAX_DEPTH)],
  ['no UTF-8', Uint8Array.from([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x3a, 0x31, 0x7d]), ''],
  ['a lone surrogate', '{"a":"\\udfff"}', '/a'],
  ['an integer beyond 2^53', '{"a":9007199254740993}', '/a'],
  ['a byte order mark', '\ufeff{}', ''],
];

describe('A2: what is no document', () => {
  test.each(BODIES)('%s is a problem at every door; nothing is stored', async (_name, body, pointer) => {
    const before = await recordSize(client);
    for (const { as, path } of DOORS) {
      const problem = problemIn(await post(system, { as, path, body }));
      expect([path, problem.status, problem.code]).toEqual([path, 400, 'malformed']);
      expect(problem.complaints.length).toBeGreaterThan(0);
      expect(problem.complaints.map(({ at }) => at)).toContain(pointer);
    }
    expect(await recordSize(client)).toBe(before);
  });

  test('a body that is larger than allowed is refused before it is read', async () => {
    const before = await recordSize(client);
    for (const { as, path, limit } of DOORS) {
      const problem = problemIn(await postAnnounced(system, { as, path }, limit + 1));
      expect([path, problem.status, problem.code]).toEqual([path, 413, 'too-large']);
    }
    expect(await recordSize(client)).toBe(before);
  });

  test('a body that claims to be something else than JSON is refused', async () => {
    for (const { as, path } of DOORS) {
      const headers = { 'content-type': 'text/plain' };
      expect(problemIn(await post(system, { as, path, body: '{}', headers })).status).toBe(415);
    }
  });

  test('every complaint comes at once, each with its pointer', async () => {
    const body = JSON.stringify({
      approval: { payloadType: 5, payload: '!', extra: 1, signatures: 'none' },
      'a/b~c': 1,
    });
    const problem = problemIn(await post(system, { as: 'person:ana', path: '/approvals', body }));
    const pointers = problem.complaints.map(({ at }) => at);
    expect(pointers).toEqual(
      expect.arrayContaining(['/approval/payloadType', '/approval/extra', '/approval/signatures']),
    );
    expect(pointers).toContain('/a~1b~0c');
  });

  test('hostile names come back escaped', async () => {
    for (const { as, path } of DOORS) {
      const answer = await post(system, { as, path, body: '{"\\u001b[31m\\u202e":{"\\u001b]0;x":1}}' });
      expect(problemIn(answer).status).toBeGreaterThanOrEqual(400);
      expect(answer.text).not.toMatch(HOSTILE);
      expect(answer.text).not.toMatch(/\\u(?:001b|202e)/i);
    }
  });

  test('signals of an unknown form name what is missing', async () => {
    const before = await recordSize(client);
    const alert = problemIn(
      await post(system, {
        as: 'source:alertmanager',
        path: '/signals/alertmanager',
        body: '{"version":"3","alerts":5}',
      }),
    );
    expect(alert.complaints.map(({ at }) => at)).toEqual(expect.arrayContaining(['/version', '/alerts']));
    const sarif = problemIn(
      await post(system, { as: 'source:hostscan', path: '/signals/sarif', body: '{"version":"1"}' }),
    );
    expect(sarif.complaints.length).toBeGreaterThan(0);
    expect(await recordSize(client)).toBe(before);
  });
});

/** A draft that would be taken, if its signals were known. */
const draft = (): Record<string, unknown> => {
  const targets = productionHosts(0, 2);
  const alert: Alert = { source: 'alertmanager', rule: RESTART_RULE, targets, nowMs: Date.now() };
  return { ...configDraft(targets, relayedAlert(keys, alert).signals) };
};

describe('L2: a proposal that lacks what a person would need', () => {
  test('is refused with all that is missing; only the refusal is on record', async () => {
    const before = await recordSize(client);
    const { signals: _s, runIds: _r, context: _c, trace: _t, failingCheck: _f, reproduction: _p, ...rest } = draft();
    const body = JSON.stringify({ ...rest, 'un/known': 1 });
    const problem = problemIn(await post(system, { as: 'agent:playbook', path: '/proposals', body }));
    expect([problem.status, problem.code, problem.clause]).toEqual([422, 'incomplete', 'L2']);
    expect([...problem.missing].toSorted()).toEqual(
      ['/context', '/failingCheck', '/reproduction', '/runIds', '/signals', '/trace'].toSorted(),
    );
    expect(problem.complaints.map(({ at }) => at)).toContain('/un~1known');
    const entries = await until({ what: 'the refusal on record', timeoutMs: 5000 }, async () => {
      const found = await entriesSince(client, before);
      return found.length > 0 ? found : undefined;
    });
    expect(entries.map(({ leaf }) => [leaf.event, leaf.actor])).toEqual([['proposal.refused', 'agent:playbook']]);
    expect((await client.proposals()).items).toEqual([]);
  });

  test('is refused when lists are empty, and when words say nothing', async () => {
    const as = 'agent:playbook';
    const empty = { ...draft(), signals: [], runIds: [], targets: [] };
    const ofLists = problemIn(await post(system, { as, path: '/proposals', body: JSON.stringify(empty) }));
    expect(ofLists.code).toBe('incomplete');
    expect(ofLists.complaints.map(({ at }) => at).toSorted()).toEqual(['/runIds', '/signals', '/targets']);
    const words = { context: { model: '-', prompt: 'n/a', toolCalls: [] }, trace: 'none', hypothesis: '?' };
    const ofWords = problemIn(
      await post(system, { as, path: '/proposals', body: JSON.stringify({ ...draft(), ...words }) }),
    );
    expect(ofWords.code).toBe('incomplete');
    expect([...ofWords.missing].toSorted()).toEqual(['/context/model', '/context/prompt', '/hypothesis', '/trace']);
    // Signals and runs that nobody has on record are no evidence either.
    const unknown = ofWords.complaints.filter(({ problem }) => problem === 'is not known here').map(({ at }) => at);
    expect(unknown).toEqual(expect.arrayContaining(['/signals/0', '/runIds/0']));
    expect((await client.proposals()).items).toEqual([]);
  });

  test('needs an idempotency key and an agent', async () => {
    const body = JSON.stringify(draft());
    const noKey = await post(system, {
      as: 'agent:playbook',
      path: '/proposals',
      body,
      headers: { 'idempotency-key': '' },
    });
    expect(problemIn(noKey).code).toBe('idempotency-key-missing');
    const person = problemIn(await post(system, { as: 'person:ana', path: '/proposals', body }));
    expect([person.status, person.code]).toEqual([403, 'forbidden']);
    const nobody = problemIn(await post(system, { path: '/proposals', body }));
    expect([nobody.status, nobody.code]).toEqual([401, 'unauthenticated']);
  });
});

test('D8: a signal without a token opens at most a triage, whatever a playbook would make of it', async () => {
  const before = await recordSize(client);
  const alert = {
    version: '4',
    groupKey: 'x',
    status: 'firing',
    alerts: productionHosts(20, 21).map((target) => ({
      status: 'firing',
      labels: { alertname: 'ServiceHung', severity: 'critical', target },
      annotations: { summary: 'a stranger says so' },
      startsAt: instantOf(Date.now()),
    })),
  };
  for (let sent = 0; sent < 3; sent += 1)
    expect((await post(system, { path: '/signals/alertmanager', body: JSON.stringify(alert) })).status).toBe(202);
  // The agent hears of the triage like of any other; when it has had its say, nothing may have come of it.
  const triage = await until({ what: 'the triage', timeoutMs: 5000 }, async () => (await client.triages()).items[0]);
  await until({ what: "the agent's answer", timeoutMs: 15_000 }, async () =>
    readFileSync(join(state, 'logs', 'playbook-agent.log'), 'utf8').includes(triage.id) ? true : undefined,
  );
  const events = (await entriesSince(client, before)).map(({ leaf }) => leaf.event);
  expect(events.filter((event) => event !== 'proposal.refused').toSorted()).toEqual([
    'signal.unauthenticated',
    'triage.opened',
  ]);
  expect((await client.proposals()).items).toEqual([]);
  expect((await client.rollouts()).items).toEqual([]);
});

describe('A2: forged approvals', () => {
  let proposal: string;
  beforeAll(async () => {
    const agent = await OutsideAgent.join(system);
    const targets = productionHosts(30, 35);
    [proposal = ''] = await proposeAll(system, agent, [{ rule: RESTART_RULE, draft: restartDraft, targets }]);
    agent.leave();
  });

  test('are refused, are on record, and move nothing', async () => {
    const { capsule } = await client.signing(proposal);
    const opened = openCapsule(capsule);
    const signer = { person: 'ana', role: 'release-approver' };
    const honest = approvalBy(keys, opened, signer);
    const value: unknown = JSON.parse(Buffer.from(honest.payload, 'base64').toString());
    const byOther = signByPeople(keys, { payloadType: PAYLOAD.approval, value }, ['mallory']);
    const bySam = signByPeople(keys, { payloadType: PAYLOAD.approval, value }, ['sam']);
    const [first] = honest.signatures;
    const bent = Buffer.from(first?.sig ?? '', 'base64');
    bent.writeUInt8(bent.readUInt8(bent.length - 3) ^ 1, bent.length - 3);
    const forgeries = {
      'a key nobody knows': byOther,
      'the key of somebody else': bySam,
      'a bent signature': { ...honest, signatures: [{ ...first, sig: bent.toString('base64') }] },
      'no signature': { ...honest, signatures: [] },
      'a role the person does not have': approvalBy(keys, opened, { person: 'nils', role: 'release-approver' }),
      'another capsule': approvalBy(keys, { ...opened, digest: `sha256:${'0'.repeat(64)}` as never }, signer),
    };
    const before = await recordSize(client);
    let recorded = 0;
    for (const [name, approval] of Object.entries(forgeries)) {
      const answer = await post(system, { as: 'person:ana', path: '/approvals', body: JSON.stringify({ approval }) });
      const problem = problemIn(answer);
      expect([name, problem.status >= 400 && problem.status < 500]).toEqual([name, true]);
      if (problem.code !== 'malformed') recorded += 1;
    }
    expect(recorded).toBeGreaterThanOrEqual(5);
    const refused = await until({ what: 'the refusals on record', timeoutMs: 5000 }, async () => {
      const found = (await entriesSince(client, before)).filter(({ leaf }) => leaf.event === 'approval.refused');
      return found.length >= recorded ? found : undefined;
    });
    expect(refused).toHaveLength(recorded);
    const { state: standing, approvals } = await client.proposal(proposal);
    expect([standing, approvals]).toEqual(['PENDING', []]);
  });
});

const admin = (): Client => clientOf(system, 'person:kim');
const sign = (value: object, people: readonly string[]): DsseEnvelope =>
  signByPeople(keys, { payloadType: PAYLOAD.envelope, value }, people);
const refusalOf = async (envelope: object): Promise<string> =>
  problemIn(await post(system, { as: 'person:kim', path: '/envelope', body: JSON.stringify({ envelope }) })).code;

describe('E2: an envelope that nobody may rely on', () => {
  test('is not activated: unsigned, signed by one, by others, or over', async () => {
    const { digest: supersedes } = await admin().envelope();
    const next = withPolicies({ ...demoEnvelope(instantOf(Date.now()), 2), supersedes });
    expect(await refusalOf({ ...sign(next, []), signatures: [] })).toMatch(/^(?:malformed|envelope-unsigned)$/);
    expect(await refusalOf(sign(next, ['kim']))).toBe('envelope-widens');
    expect(await refusalOf(sign(next, ['kim', 'kim']))).toMatch(/^(?:malformed|envelope-widens|bad-signature)$/);
    expect(await refusalOf(sign(next, ['ana', 'sam']))).toBe('envelope-unsigned');
    const past = instantOf(Date.now() - 7_200_000);
    const over = withPolicies({ ...next, validFrom: past, validUntil: plusMs(past, 3_600_000) });
    expect(await refusalOf(sign(over, ['kim', 'lea']))).toBe('envelope-expired');
    expect((await admin().envelope()).digest).toBe(supersedes);
  });

  test('authorises nothing once its time is over, and the decision says so', async () => {
    const { digest: supersedes } = await admin().envelope();
    const now = Date.now();
    const validUntil = instantOf(now + 4000);
    const value = withPolicies({ ...demoEnvelope(instantOf(now - 1000), 2), supersedes, validUntil });
    await admin().activateEnvelope(sign(value, ['kim', 'lea']));
    const agent = await OutsideAgent.join(system);
    const targets = productionHosts(50, 51);
    const signals = await agent.raise(RESTART_RULE, targets);
    await until({ what: 'the end of the envelope', timeoutMs: 10_000 }, async () =>
      Date.now() > now + 4500 ? true : undefined,
    );
    const answer = await agent.propose(restartDraft(targets, signals)).then(
      (id) => agent.explain(id),
      (error: unknown) => String(error),
    );
    agent.leave();
    expect(answer).toMatch(/envelope/i);
    expect(answer).toMatch(/is PROHIBITED .*no envelope authorises anything: version 2 is valid from .* until /);
    expect(answer).not.toMatch(/is (?:APPROVED|DISPATCHED|RUNNING|SUCCEEDED)/);
    expect((await client.rollouts()).items).toEqual([]);
  });
});

test('A2: no log of any program holds a raw control or reversing character, whatever was sent', () => {
  const logs = join(state, 'logs');
  for (const file of readdirSync(logs)) {
    expect([file, HOSTILE.test(readFileSync(join(logs, file), 'utf8'))]).toEqual([file, false]);
  }
});
