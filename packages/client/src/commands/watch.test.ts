import { afterEach, describe, expect, test } from 'vitest';
import { EXIT } from '../cli/exit-codes.ts';
import { cs } from '../testkit/cli.builder.ts';
import { event, FakeControl, problem } from '../testkit/fake-control.builder.ts';

let server: FakeControl | undefined;
afterEach(async () => {
  await server?.stop();
  server = undefined;
});
async function control(answers: Parameters<typeof FakeControl.start>[0]): Promise<{ readonly url: string }> {
  server = await FakeControl.start(answers);
  return server;
}
const pending = { id: 'P-1', state: 'PENDING', title: 'Raise the pool size', environment: 'production' };

describe('watching', () => {
  const hex = 'ab'.repeat(32);
  const counts = {
    targets: 40,
    touched: 3,
    healthy: 2,
    broken: 1,
    reverted: 0,
    unknown: 0,
    stillDegraded: 0,
    untouched: 37,
    actsAfterTrip: 0,
  };
  const leaf = (name: string): object => ({
    event: name,
    at: '2026-11-21T03:00:00.000Z',
    actor: 'runner:r-1',
    subject: `capsule:${hex}`,
    correlation: 'P-1',
  });
  const after = { ...counts, reverted: 3 };
  const story = [
    event(1, leaf('rollout.started'), { capsule: `sha256:${hex}`, event: { type: 'started' } }),
    event(2, leaf('rollout.progressed'), { phase: 'tripped', counts }),
    event(3, leaf('rollout.tripped'), { event: { type: 'tripped', trip: 1, cause: 'target web-3: failure' } }),
    event(4, leaf('rollout.progressed'), { phase: 'rolled-back', counts: after }),
    event(5, leaf('rollout.rolled-back'), { event: { type: 'restored' } }),
    event(6, leaf('remediation.closed'), { state: 'ROLLED_BACK', outcome: 'rolled-back' }),
  ];
  const answers = {
    'GET /record/entries': { json: { entries: [] } },
    'GET /record/checkpoint': { json: { size: 7 } },
    'GET /events': { stream: story, end: false },
    'GET /proposals/P-1': { json: { ...pending, state: 'ROLLED_BACK', decisions: [], approvals: [], capsules: [] } },
  };

  test('X5: --all tells the trip, the rollback and the counts, and ends with 7 under --once', async () => {
    const around = await control(answers);
    const { exit, out } = await cs(['watch', '--all', '--once'], around);
    expect(exit).toBe(EXIT.halted);
    expect(out).toContain(
      'CIRCUIT BREAKER TRIPPED  trip 1; target web-3: failure  touched 3 of 40, healthy 2, broken 1',
    );
    expect(out).toContain('rolled back');
    expect(out).toContain('P-1  sha256:abababab  rolled-back, after a trip');
    expect(out).toContain('rolled back 3, unknown 0, still degraded 0, untouched 37, acts after trip 0');
  });

  test('--json is one document a line, the last one the summary', async () => {
    const around = await control(answers);
    const { out } = await cs(['watch', '--all', '--once', '--json'], around);
    const lines = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.map((line) => line['event'])).toEqual([
      'rollout.started',
      'rollout.progressed',
      'rollout.tripped',
      'rollout.progressed',
      'rollout.rolled-back',
      'remediation.closed',
      'summary',
    ]);
    expect(lines.at(-1)).toMatchObject({ rollouts: [{ outcome: 'rolled-back', isTripped: true, counts: after }] });
  });

  test('one proposal is followed until it has ended, and the exit says how', async () => {
    let asked = 0;
    const around = await control({
      ...answers,
      'GET /events': {
        stream: [event(1, { ...leaf('proposal.created'), correlation: 'P-9' }), ...story],
        end: false,
      },
      'GET /proposals/P-1': () => {
        asked += 1;
        const state = asked === 1 ? 'RUNNING' : 'ROLLED_BACK';
        return { json: { ...pending, state, decisions: [], approvals: [], capsules: [] } };
      },
    });
    const { exit, out } = await cs(['watch', 'P-1'], around);
    expect(exit).toBe(EXIT.halted);
    expect(out).not.toContain('P-9');
    expect(out).toContain('CIRCUIT BREAKER TRIPPED');
  });

  test('a proposal that has ended is told from the record and not waited for', async () => {
    const around = await control(answers);
    const { exit, out } = await cs(['watch', 'P-1'], around);
    expect(exit).toBe(EXIT.halted);
    expect(out).toContain('closed');
  });

  test('V6: what it is watched for is said to the server', async () => {
    const around = await control(answers);
    await cs(['watch', 'P-1'], around);
    await cs(['watch', 'P-1', '--purpose', 'on call'], around);
    const said = (server?.to('GET /events') ?? []).map(({ path }) =>
      new URLSearchParams(path.split('?')[1]).get('purpose'),
    );
    expect(said).toEqual(['watch', 'on call']);
  });

  test('V6: whoever may not read evidence watches without causes and counts', async () => {
    const bare = story.map((text) => text.replace(/,"body":.*\}/, '}'));
    const around = await control({
      ...answers,
      'GET /events': ({ path }) =>
        path.includes('purpose=') ? problem(403, 'forbidden') : { stream: bare, end: false },
    });
    const { exit, out, err } = await cs(['watch', '--all', '--once', '--new'], around);
    expect([exit, out.includes('CIRCUIT BREAKER TRIPPED'), out.includes('web-3')]).toEqual([EXIT.halted, true, false]);
    expect(err).toContain('told without causes and counts');
  });

  test('a proposal nobody knows is told at once', async () => {
    const around = await control({});
    expect((await cs(['watch', 'P-7'], around)).exit).toBe(EXIT.failed);
  });

  test('one rollout is followed by the digest of its capsule', async () => {
    const around = await control(answers);
    const { exit, out } = await cs(['rollout', 'watch', `sha256:${hex}`], around);
    expect(exit).toBe(EXIT.halted);
    expect(out).toContain('rolled-back, after a trip');
  });

  test('a bar is drawn on a terminal and cleared before each line', async () => {
    const around = await control(answers);
    const { err } = await cs(['watch', '--all', '--once'], { url: around.url, isTerminal: true });
    expect(err).toContain('3/40');
    expect(err).toContain('\r\u001b[2K');
  });
});
