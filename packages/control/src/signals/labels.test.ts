import { confidenceOf, type Signal } from '@countersign/core';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bodiesOf } from '../testkit/leaves.ts';
import { control, openForEach, other, world } from '../testkit/opened.builder.ts';
import { loadLabels } from './labels.ts';
import { loadSources } from './registry.ts';
import { signals } from './sent.builder.ts';

openForEach({ afterAll, afterEach, beforeAll, beforeEach });

const label = (signal: string, said: string, by = 'person:omar') =>
  control.ask(by, 'POST', `/api/v1/signals/${signal}/label`, { body: { label: said, rationale: 'seen on the host' } });
const describeSource = (by = 'person:kim', change: object = {}) =>
  control.ask(by, 'POST', '/api/v1/sources/alertmanager-dc1', {
    body: {
      owner: 'omar',
      formats: ['alertmanager'],
      categories: [{ name: 'network', rules: ['Net*'] }],
      scale: ['warning', 'critical'],
      ...change,
    },
  });
const rates = async () =>
  (await control.ask('person:kim', 'GET', '/api/v1/signals/rates')).json<{ items: Record<string, unknown>[] }>().items;
async function confidence(rule: string): Promise<number> {
  const { store, trust } = control.deps;
  const sources = await loadSources(store, world.organisation, await trust.lineages(world.organisation));
  const labels = await loadLabels(store, world.organisation, sources);
  const source = 'alertmanager-dc1' as Signal['source'];
  return confidenceOf([{ source, rule, status: 'firing' }], sources, labels);
}

describe('D3: outcome labels', () => {
  test('come from a named person, with time and reason, and are in the record', async () => {
    const [signal = ''] = await signals(1);
    expect((await label(signal, 'true')).json()).toEqual({
      signal,
      label: 'true',
      rationale: 'seen on the host',
      by: 'omar',
      at: '2026-11-21T12:00:00.000Z',
      countsForRates: true,
    });
    expect(await bodiesOf(control, world, 'signal.labelled')).toMatchObject([
      { signal, label: 'true', rule: 'NetScan0' },
    ]);
  });

  test('a second word replaces the first one in the rates, and both are kept', async () => {
    const [signal = ''] = await signals(1);
    await label(signal, 'true');
    await label(signal, 'false', 'person:sam');
    expect(await rates()).toMatchObject([{ labelled: 1, true: 0, false: 1 }]);
    const history = (await control.ask('person:kim', 'GET', `/api/v1/signals/${signal}/labels`)).json<{
      items: { label: string; by: string }[];
    }>();
    expect(history.items.map(({ label: said, by }) => [said, by])).toEqual([
      ['false', 'sam'],
      ['true', 'omar'],
    ]);
    await expect(sql`update signal_label set label = 'true'`.execute(control.deps.store)).rejects.toThrow(
      /never changed|permission denied/,
    );
    await expect(sql`delete from signal_label`.execute(control.deps.store)).rejects.toThrow(
      /never changed|permission denied/,
    );
  });

  test('what nobody labelled is shown and counts as nothing', async () => {
    await describeSource();
    const ids = await signals(14);
    for (const id of ids.slice(0, 10)) await label(id, 'true');
    for (const id of ids.slice(10, 12)) await label(id, 'benign-known');
    expect(await rates()).toEqual([
      {
        source: 'alertmanager-dc1',
        category: 'network',
        labelled: 12,
        true: 10,
        false: 0,
        benign: 2,
        unclear: 0,
        unlabelled: 2,
        falsePositivePercent: 17,
        confidencePercent: 55,
      },
    ]);
  });

  test('a decision counts the same, and never what nobody labelled', async () => {
    await describeSource();
    const ids = await signals(12);
    for (const id of ids.slice(0, 9)) await label(id, 'true');
    expect(await confidence('NetScan0')).toBe(0);
    await label(ids[9] ?? '', 'true');
    expect(await confidence('NetScan0')).toBe(72);
    expect(await confidence('DiskFull')).toBe(0);
    await label(ids[10] ?? '', 'false');
    expect(await confidence('NetScan0')).toBe(62);
    await signals(100, 'NetOther');
    expect(await confidence('NetScan0')).toBe(62);
  });

  test('of a signal that nobody vouches for is kept, and counts for no rate', async () => {
    const document = {
      version: '4',
      alerts: [{ status: 'firing', labels: { alertname: 'Rumour' }, startsAt: '2026-11-21T11:00:00Z' }],
    };
    await control.ask(undefined, 'POST', `/api/v1/signals/alertmanager?organisation=${world.organisation}`, {
      body: document,
    });
    const { id } = await control.deps.store
      .selectFrom('signal')
      .select('id')
      .where('organisation', '=', world.organisation)
      .executeTakeFirstOrThrow();
    expect((await label(id, 'true')).json()).toMatchObject({ countsForRates: false });
    expect(await rates()).toEqual([]);
  });

  test.each([
    ['agent:playbook', 403],
    ['source:alertmanager-dc1', 403],
    [undefined, 401],
  ])('of %s are refused', async (by, status) => {
    const [signal = ''] = await signals(1);
    const body = { label: 'true', rationale: 'it says so' };
    expect((await control.ask(by, 'POST', `/api/v1/signals/${signal}/label`, { body })).statusCode).toBe(status);
    expect(await rates()).toMatchObject([{ labelled: 0, unlabelled: 1 }]);
  });

  test('an unknown word, no reason, an unknown signal: refused', async () => {
    const [signal = ''] = await signals(1);
    expect((await label(signal, 'unlabelled')).statusCode).toBe(400);
    const bare = await control.ask('person:omar', 'POST', `/api/v1/signals/${signal}/label`, {
      body: { label: 'true' },
    });
    expect(bare.statusCode).toBe(400);
    expect((await label('S-nobody', 'true')).statusCode).toBe(404);
  });

  test("O3: another organisation's signal is none", async () => {
    const [signal = ''] = await signals(1);
    const body = { label: 'false', rationale: 'not ours' };
    const answer = await control.ask('person:omar', 'POST', `/api/v1/signals/${signal}/label`, { world: other, body });
    expect(answer.statusCode).toBe(404);
    expect((await control.ask('person:omar', 'GET', '/api/v1/signals/rates', { world: other })).json()).toEqual({
      items: [],
    });
  });

  test('two people at once: the rates say what the last word says', async () => {
    const [signal = ''] = await signals(1);
    await Promise.all([label(signal, 'true'), label(signal, 'false', 'person:sam')]);
    const history = (await control.ask('person:kim', 'GET', `/api/v1/signals/${signal}/labels`)).json<{
      items: { label: string }[];
    }>();
    const outcome = await control.deps.store
      .selectFrom('signal_outcome')
      .select('label')
      .where('organisation', '=', world.organisation)
      .executeTakeFirstOrThrow();
    expect([history.items.length, outcome.label]).toEqual([2, history.items[0]?.label]);
  });
});

describe('D8: the registry of sources', () => {
  test('shows lineage, owner, formats, categories and scale', async () => {
    expect((await describeSource()).statusCode).toBe(200);
    const { items } = (await control.ask('agent:playbook', 'GET', '/api/v1/sources')).json<{ items: unknown[] }>();
    expect(items).toMatchObject([
      {
        source: 'alertmanager-dc1',
        lineage: ['prometheus-dc1'],
        owner: 'omar',
        formats: ['alertmanager'],
        categories: [{ name: 'network', rules: ['Net*'] }],
        scale: ['warning', 'critical'],
      },
      { source: 'scanner', lineage: ['scanner-cloud'], owner: 'omar', formats: [], categories: [] },
    ]);
    expect(await bodiesOf(control, world, 'source.described')).toMatchObject([{ source: 'alertmanager-dc1' }]);
  });

  test('is described by a policy admin, who cannot change the lineage of a source', async () => {
    expect((await describeSource('person:sam')).statusCode).toBe(403);
    expect((await describeSource('agent:playbook')).statusCode).toBe(403);
    expect((await describeSource('person:kim', { lineage: ['elsewhere'] })).statusCode).toBe(400);
    expect((await describeSource('person:kim', { owner: 'nobody' })).statusCode).toBe(400);
    const unknown = { owner: 'omar', formats: [], categories: [], scale: [] };
    expect((await control.ask('person:kim', 'POST', '/api/v1/sources/new', { body: unknown })).statusCode).toBe(404);
  });
});
