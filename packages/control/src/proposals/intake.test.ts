import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { closeDesk, control, draft, eventsOf, must, openDesk, propose } from '../flow/desk.builder.ts';
import { idOf } from '../testkit/world.ts';

beforeEach(openDesk);
afterEach(closeDesk);

describe('intake', () => {
  test('L2: an incomplete draft is refused with everything that is missing, nothing is stored, the try is on record', async () => {
    const { runIds: _runs, context: _context, ...rest } = await draft('config.change');
    const answer = await propose(rest);
    expect(answer.statusCode).toBe(422);
    expect(answer.json<{ missing: string[] }>().missing).toEqual(expect.arrayContaining(['/runIds', '/context']));
    expect(await control.deps.store.selectFrom('proposal').select('id').execute()).toEqual([]);
    expect(await eventsOf('intake')).toEqual(['proposal.refused']);
  });

  test('L2: unknown signals and targets are refused by place', async () => {
    const answer = await propose(
      await draft('config.change', { signals: [idOf<'Signal'>('S-nope')], targets: [idOf<'Target'>('moon')] }),
    );
    const places = answer.json<{ complaints: { at: string }[] }>().complaints.map(({ at }) => at);
    expect(places).toEqual(expect.arrayContaining(['/signals/0', '/targets/0']));
  });

  test('D5: the same intent is not opened twice', async () => {
    const body = await draft('config.change');
    await must(propose(body), 201);
    expect((await propose({ ...body, title: 'other words' })).json<{ code: string }>().code).toBe('already-proposed');
  });
});
