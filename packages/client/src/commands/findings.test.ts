import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EXIT } from '../cli/exit-codes.ts';
import { cs } from '../testkit/cli.builder.ts';
import { FakeControl, problem } from '../testkit/fake-control.builder.ts';

const finding = (change: object = {}) => ({
  id: 'F-1',
  state: 'routed',
  rule: 'CVE-1',
  target: 'db',
  title: 'old library',
  isOverdue: false,
  answerable: { kind: 'owner', name: 'data-team' },
  reasons: ['it is reached from `web` in 2 hops', 'its tier is production-critical', 'and more'],
  ...change,
});
const summary = { total: 3, routed: 1, queued: 1, held: 1, heldPercent: 33, overdue: 1, withoutOwner: 1 };
const rates = {
  source: 'prometheus',
  category: 'network',
  labelled: 12,
  true: 10,
  false: 0,
  benign: 2,
  unclear: 0,
  unlabelled: 7,
  falsePositivePercent: 17,
  confidencePercent: 55,
};
const check = (change: object = {}) => ({
  check: 'answers',
  what: 'it answers',
  isFlaky: false,
  actionClasses: ['config.change'],
  last: { run: 'R-1', result: 'passed', at: '2026-11-21T10:00:00.000Z' },
  ...change,
});
const module = (change: object = {}) => ({
  module: 'shop',
  coveredPercent: 100,
  specs: [{ spec: 'web', version: 2, owner: 'omar', checks: [check()] }],
  missing: [],
  ...change,
});

let server: FakeControl;
let modules: readonly object[] = [];
beforeEach(async () => {
  modules = [module()];
  server = await FakeControl.start({
    'GET /findings': ({ path }) => ({
      json: path.includes('cursor=two')
        ? {
            items: [
              finding({
                id: 'F-2',
                state: 'queued',
                target: 'shop',
                isOverdue: true,
                answerable: { kind: 'role', name: 'service-owner' },
              }),
              finding({ id: 'F-3', state: 'held', held: 'unreachable', target: 'island\u001b[31m' }),
            ],
          }
        : { items: [finding()], next: 'two' },
    }),
    'GET /findings/summary': { json: summary },
    'GET /signals/rates': { json: { items: [rates] } },
    'POST /signals/S-1/label': { json: { signal: 'S-1', label: 'benign-known' } },
    'GET /coverage': () => ({ json: { modules, unknownRuns: modules.length > 1 ? [{}, {}] : [] } }),
  });
});
afterEach(() => server.stop());

describe('cs finding list', () => {
  test('G5: shows the queue, who answers and why, and how much is held back', async () => {
    const { exit, out } = await cs(['finding', 'list'], server);
    expect(exit).toBe(EXIT.ok);
    const lines = out.trimEnd().split('\n');
    expect(lines.map((line) => line.split(/ {2,}/))).toEqual([
      ['STATE', 'RULE', 'TARGET', 'FOR', 'WHY'],
      ['routed', 'CVE-1', 'db', 'data-team', expect.stringContaining('2 hops; its tier is production-critical')],
      ['queued (overdue)', 'CVE-1', 'shop', 'any service-owner', expect.any(String)],
      ['held: unreachable', 'CVE-1', expect.stringMatching(/^island/), 'data-team', expect.any(String)],
      ['3 open, 1 held back (33 %), 1 overdue, 1 without a named owner'],
    ]);
    expect(out).not.toContain('\u001b');
  });

  test('asks for no more pages than it shows, and passes filters on', async () => {
    const { out } = await cs(
      ['finding', 'list', '--state', 'routed', '--answerable', 'data-team', '--limit', '1'],
      server,
    );
    expect(out).not.toContain('island');
    expect(server.to('GET /findings').map(({ path }) => path)).toEqual(['/findings?state=routed&answerable=data-team']);
  });

  test('as one document', async () => {
    const { out } = await cs(['finding', 'list', '--json'], server);
    expect(JSON.parse(out)).toMatchObject({ items: [{ id: 'F-1' }, { id: 'F-2' }, { id: 'F-3' }], summary });
  });
});

describe('cs signal', () => {
  test('D3: label says what became of it, in one call', async () => {
    const { exit, out } = await cs(
      ['signal', 'label', 'S-1', '--label', 'benign-known', '-m', 'nightly batch'],
      server,
    );
    expect({ exit, out }).toEqual({ exit: EXIT.ok, out: 'labelled S-1: benign-known\n' });
    expect(server.asked[0]?.body).toEqual({ label: 'benign-known', rationale: 'nightly batch' });
  });

  test('a label that nobody knows names those that exist; without a reason nothing is sent', async () => {
    const { exit, err } = await cs(['signal', 'label', 'S-1', '--label', 'maybe', '-m', 'x'], server);
    expect(exit).toBe(EXIT.usage);
    expect(err).toContain('--label unclear');
    expect((await cs(['signal', 'label', 'S-1', '--label', 'true'], server)).exit).toBe(EXIT.usage);
    expect(server.asked).toEqual([]);
  });

  test('a person is asked for the reason', async () => {
    await cs(['signal', 'label', 'S-1', '--label', 'true'], { url: server.url, typed: 'seen on the host' });
    expect(server.asked[0]?.body).toEqual({ label: 'true', rationale: 'seen on the host' });
  });

  test('D3: rates show what nobody labelled beside what is known', async () => {
    const { exit, out } = await cs(['signal', 'rates'], server);
    expect(exit).toBe(EXIT.ok);
    expect(
      out
        .trimEnd()
        .split('\n')
        .map((line) => line.split(/ {2,}/)),
    ).toEqual([
      ['SOURCE', 'CATEGORY', 'TRUE', 'FALSE', 'BENIGN', 'UNCLEAR', 'UNLABELLED', 'FALSE%', 'CONFIDENCE%'],
      ['prometheus', 'network', '10', '0', '2', '0', '7', '17', '55'],
    ]);
    expect(JSON.parse((await cs(['signal', 'rates', '--json'], server)).out)).toEqual([rates]);
  });

  test('a refusal ends with its own exit code', async () => {
    await server.stop();
    server = await FakeControl.start({ 'POST /signals/S-1/label': problem(403, 'forbidden') });
    const { exit } = await cs(['signal', 'label', 'S-1', '--label', 'true', '-m', 'why not'], server);
    expect(exit).not.toBe(EXIT.ok);
  });
});

describe('cs coverage', () => {
  test('W4: a module that is covered says so, and exits 0', async () => {
    const { exit, out } = await cs(['coverage'], server);
    expect(exit).toBe(EXIT.ok);
    expect(out).toBe('shop  100 % of its checks hold\n  web v2  answers  passed  config.change\n');
  });

  test('W4: what is missing is listed in words, and the exit is not 0', async () => {
    const gaps = [
      { kind: 'module-without-spec' },
      { kind: 'action-without-spec', action: 'service.restart' },
      { kind: 'action-without-run', action: 'config.change', spec: 'web' },
      { kind: 'check-never-ran', spec: 'web', check: 'health' },
      { kind: 'check-not-passed', spec: 'web', check: 'answers', run: 'R-1' },
      { kind: 'check-flaky', spec: 'web', check: 'answers' },
      { kind: 'no-reproduction', spec: 'web' },
      { kind: 'something-new' },
    ];
    const { last: _, ...never } = check({ isFlaky: true, actionClasses: [] });
    const specs = [{ spec: 'web', version: 2, owner: 'omar', checks: [never] }];
    modules = [module({ module: 'search', specs, missing: gaps, coveredPercent: 0 }), module()];
    const { exit, out } = await cs(['coverage'], server);
    expect(exit).toBe(EXIT.failed);
    expect(out.split('\n')).toEqual([
      'search  0 % of its checks hold',
      '  web v2  answers  never ran, flaky  -',
      '  missing: a spec',
      '  missing: a spec about service.restart',
      '  missing: a passed run of web on config.change',
      '  missing: any run of health of web',
      '  missing: a passed last run of answers of web',
      '  missing: the same result twice of answers of web',
      '  missing: a reproduction in web',
      '  missing: something-new',
      '',
      'shop  100 % of its checks hold',
      '  web v2  answers  passed  config.change',
      '2 checks ran that no registered spec names; they cover nothing',
      '',
    ]);
  });

  test('asks for one module, and answers as one document', async () => {
    const { out } = await cs(['coverage', 'shop', '--json'], server);
    expect(server.asked[0]?.path).toBe('/coverage?module=shop');
    expect(JSON.parse(out)).toEqual({ modules, unknownRuns: [] });
  });

  test('knows nothing where nothing is known', async () => {
    modules = [];
    const { exit, err } = await cs(['coverage'], server);
    expect(exit).toBe(EXIT.ok);
    expect(err).toContain('no module is known');
  });
});
