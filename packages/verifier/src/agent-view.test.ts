import { expect, test } from 'vitest';
import { agentFrom, agentIn } from './agent-view.ts';

const bytes = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const encoded = (value: unknown): string => Buffer.from(bytes(value)).toString('base64');
const proposal = {
  agent: 'playbook',
  signals: ['S-1', 7, 'S-2'],
  change: { action: 'config.change', summary: 'longer wait' },
  context: { model: 'm-1', prompt: 'mend it', toolCalls: [{ tool: 'a' }, { tool: 'b' }] },
};
const bundle = (leaves: readonly object[]): Uint8Array => bytes({ bundle: { leaves } });
const created = { leaf: encoded({ event: 'proposal.created' }), body: encoded(proposal) };

test('V1: what the agent said comes from the body of the entry that recorded its proposal', () => {
  const other = { leaf: encoded({ event: 'signal.received' }), body: encoded({ agent: 'somebody else' }) };
  expect(agentIn(bundle([other, created]))).toEqual({
    agent: 'playbook',
    model: 'm-1',
    prompt: 'mend it',
    toolCalls: 2,
    signals: ['S-1', 'S-2'],
    action: 'config.change',
    summary: 'longer wait',
  });
});

test('V2: a proposal whose body was held back or removed is absent, and nothing is made up', () => {
  expect(agentIn(bundle([{ leaf: created.leaf }]))).toBeUndefined();
  expect(agentIn(bundle([]))).toBeUndefined();
  expect(agentFrom(undefined)).toBeUndefined();
  expect(agentFrom(new Uint8Array())).toBeUndefined();
});

test.each([['text'], [7], [null], [[]]])('a body that is %j and no document is absent', (body) => {
  expect(agentFrom(bytes(body))).toBeUndefined();
});

test('fields of another kind than expected are empty, whatever stands there', () => {
  expect(agentFrom(bytes({ agent: 7, signals: 'S-1', change: [], context: { model: {}, toolCalls: 'many' } }))).toEqual(
    {
      agent: '',
      model: '',
      prompt: '',
      toolCalls: 0,
      signals: [],
      action: '',
      summary: '',
    },
  );
});
