import { expect, test } from 'vitest';
import { parseDigest } from '../shared/brand.ts';
import { emptiedProposal, expiredText } from './emptied.ts';
import type { Proposal } from './proposal.ts';

const body = parseDigest(`sha256:${'a'.repeat(64)}`)!;
const canary = 'canary of a person';
/** Every text an agent writes holds the canary. */
const proposal = {
  id: 'P-1',
  organisation: 'acme',
  revision: 1,
  agent: 'playbook',
  createdAt: '2026-11-21T03:00:00.000Z',
  changeDigest: body,
  title: canary,
  hypothesis: canary,
  environment: 'staging',
  signals: ['S-1'],
  failingCheck: canary,
  trace: canary,
  reproduction: canary,
  runIds: ['R-1'],
  targets: ['host-1'],
  change: {
    action: 'config.change',
    summary: canary,
    steps: [{ adapter: 'config', path: 'etc/app.conf', content: canary, validate: 'json' }],
    intendedVersions: {},
  },
  validation: { spec: { id: 'checkout', version: 1 }, checks: [{ id: 'c', path: '/health', expectStatus: 200 }] },
  rollback: { kind: 'restore', windowMinutes: 60, dataEffects: 'none', isAutomatic: true },
  timing: { mayNotOverlap: [] },
  context: { model: canary, prompt: canary, toolCalls: [{ tool: canary, input: canary }] },
  contingencyPlan: canary,
} as unknown as Proposal;

test('V2: no text of an agent stays, and its title says which entry held it', () => {
  const emptied = emptiedProposal(proposal, body);
  expect(JSON.stringify(emptied)).not.toContain('canary');
  expect([emptied.title, emptied.contingencyPlan]).toEqual([expiredText(body), expiredText(body)]);
});

test('V2, D1: what lists, locks and open work go by stays', () => {
  const { id, agent, targets, signals, environment, validation, rollback, changeDigest } = proposal;
  expect(emptiedProposal(proposal, body)).toMatchObject({
    id,
    agent,
    targets,
    signals,
    environment,
    validation,
    rollback,
    changeDigest,
    change: { action: 'config.change', steps: [] },
  });
});

test('V2: a contingency plan that was not there is not made up, and emptying twice is emptying once', () => {
  const { contingencyPlan: _, ...without } = proposal;
  const once = emptiedProposal(without, body);
  expect('contingencyPlan' in once).toBe(false);
  expect(emptiedProposal(once, body)).toEqual(once);
});
