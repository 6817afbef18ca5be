import { digestOf, type DsseEnvelope } from '@countersign/seal';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  closeDesk,
  control,
  draft,
  drilled,
  must,
  openDesk,
  policy,
  propose,
  stateOf,
  world,
} from '../flow/desk.builder.ts';
import { shownId } from '../flow/desk.parse.ts';

beforeEach(openDesk);
afterEach(closeDesk);

const contentOf = (dsse: DsseEnvelope): Record<string, unknown> =>
  JSON.parse(Buffer.from(dsse.payload, 'base64').toString()) as Record<string, unknown>;
const reviewOf = async (change: object): Promise<Record<string, Record<string, unknown>>> => {
  const body = { document: { ...contentOf(policy(1)), ...change }, reason: 'for a test', ticket: 'CHG-3' };
  const { version } = await must(control.ask('person:omar', 'POST', '/api/v1/envelopes/drafts', { body }), 201);
  const url = `/api/v1/envelopes/drafts/${String(version)}/review`;
  return (await must(control.ask('person:kim', 'GET', url), 200)) as Record<string, Record<string, unknown>>;
};
/** A drilled restart that waits for people, because the version in force grants nothing. */
const waiting = async (): Promise<string> => {
  const supersedes = digestOf(Buffer.from(policy(1).payload, 'base64'));
  const envelope = world.envelope({ ...contentOf(policy(2)), grants: [], supersedes });
  await must(control.ask('person:kim', 'POST', '/api/v1/envelope', { body: { envelope } }), 200);
  await drilled();
  return shownId(await must(propose(await draft('service.restart')), 201));
};

test('E4: a decision that would newly run alone is counted, and that people had rejected it is said first', async () => {
  const id = await waiting();
  expect((await stateOf(id)).state).toBe('PENDING');
  const open = await reviewOf({});
  expect(open['replay']).toMatchObject({ looked: 1, newlyAlone: 1, newlyAloneRejected: 0 });
  const rejection = { code: 'scope', rationale: 'not at this hour' };
  await must(control.ask('person:ana', 'POST', `/api/v1/proposals/${id}/reject`, { body: rejection }), 200);
  const { replay } = await reviewOf({});
  expect(replay).toMatchObject({
    looked: 1,
    newlyAlone: 1,
    newlyAloneRejected: 1,
    unreadable: 0,
    examples: [{ proposal: id, was: 'needs-approval', now: 'autonomous', rejected: 'scope: not at this hour' }],
  });
});

test('E4: what a draft changes about the making of facts is named, because the past cannot show it', async () => {
  await waiting();
  const { replay } = await reviewOf({ grants: [], maxGraphAgeMinutes: 99, severities: { critical: 1 } });
  expect(replay).toMatchObject({ newlyAlone: 0, notReplayed: ['severities', 'maxGraphAgeMinutes'] });
});

test('E4: an agent that a draft no longer lists would be prohibited', async () => {
  await waiting();
  const { replay } = await reviewOf({ agents: ['another'] });
  expect(replay).toMatchObject({ newlyAlone: 0, newlyProhibited: 1 });
});
