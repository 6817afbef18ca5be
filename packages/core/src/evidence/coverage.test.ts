import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readShape } from '../shared/shape.ts';
import { coverageOf, type Gap, type ModuleCoverage } from './coverage.ts';
import { flakyChecks, type SpecRun } from './flaky.ts';
import { validationSpecShape, type ValidationSpec } from './validation-spec.ts';

const spec = (change: Partial<Record<keyof ValidationSpec, unknown>> = {}): ValidationSpec =>
  ({
    type: 'validation-spec',
    id: 'pool',
    version: 1,
    module: 'checkout',
    owner: 'omar',
    checks: [
      { id: 'answers', what: 'the service answers' },
      { id: 'pool-size', what: 'the pool is as large as configured' },
    ],
    reproduction: 'pool-size',
    fixtures: ['orders-small'],
    dataBoundary: 'synthetic',
    actionClasses: ['config.change'],
    ...change,
  }) as ValidationSpec;
let made = 0;
const run = (check: string, change: Partial<Record<keyof SpecRun, unknown>> = {}): SpecRun => {
  made += 1;
  return {
    spec: { id: 'pool', version: 1 },
    check,
    run: `R-${made}`,
    phase: 'after',
    result: 'passed',
    target: 'stage-1',
    changeDigest: `sha256:${'a'.repeat(64)}`,
    action: 'config.change',
    at: '2026-11-18T10:00:00.000Z',
    ...change,
  } as SpecRun;
};
const asked: Parameters<typeof coverageOf>[2] = { actionClasses: ['config.change'], modules: ['checkout'] };
const both = (): readonly SpecRun[] => [run('answers'), run('pool-size')];
function only(specs: readonly ValidationSpec[], runs: readonly SpecRun[], ask = asked): ModuleCoverage {
  const [module] = coverageOf(specs, runs, ask).modules;
  if (module === undefined) throw new Error('no module was covered');
  return module;
}
const kinds = (gaps: readonly Gap[]): readonly string[] => gaps.map(({ kind }) => kind);

describe('W4: coverage', () => {
  test('traces spec, check, run and action class, and finds nothing missing', () => {
    const runs = both();
    expect(only([spec()], runs)).toEqual({
      module: 'checkout',
      coveredPercent: 100,
      missing: [],
      specs: [
        {
          spec: 'pool',
          version: 1,
          owner: 'omar',
          checks: runs.map(({ check, run: id }) => ({
            check,
            what: spec().checks.find(({ id: known }) => known === check)?.what,
            last: { run: id, result: 'passed', at: '2026-11-18T10:00:00.000Z' },
            isFlaky: false,
            actionClasses: ['config.change'],
          })),
        },
      ],
    });
  });

  test('a module that nobody wrote a spec for says so', () => {
    const { modules } = coverageOf([spec()], both(), { ...asked, modules: ['search'] });
    expect(modules.map(({ module, missing }) => [module, kinds(missing)])).toEqual([
      ['checkout', []],
      ['search', ['module-without-spec']],
    ]);
  });

  test('a check that never ran is missing; so is the kind of change nothing vouches for', () => {
    expect(kinds(only([spec()], []).missing)).toEqual(['check-never-ran', 'check-never-ran', 'action-without-run']);
    expect(only([spec()], [run('answers')])).toMatchObject({
      coveredPercent: 50,
      missing: [{ kind: 'check-never-ran', spec: 'pool', check: 'pool-size' }],
    });
  });

  test('a check whose last run did not pass is missing, whatever came before', () => {
    const failed = run('answers', {
      result: 'failed',
      at: '2026-11-18T11:00:00.000Z',
      changeDigest: `sha256:${'b'.repeat(64)}`,
    });
    expect(only([spec()], [...both(), failed]).missing).toEqual([
      { kind: 'check-not-passed', spec: 'pool', check: 'answers', run: failed.run },
    ]);
    expect(kinds(only([spec()], [run('pool-size'), run('answers', { result: 'error' })]).missing)).toEqual([
      'check-not-passed',
    ]);
  });

  test('of two runs at one moment the one that did not pass counts', () => {
    const [failed, passed] = [run('answers', { result: 'failed' }), run('answers')];
    for (const runs of [
      [failed, passed],
      [passed, failed],
    ])
      expect(kinds(only([spec()], [...runs, run('pool-size')]).missing)).toEqual(['check-not-passed', 'check-flaky']);
  });

  test('a reproduction before the change is no run that vouches for anything', () => {
    const before = both().map((one) => ({ ...one, phase: 'before' as const, result: 'failed' as const }));
    expect(kinds(only([spec()], before).missing)).toEqual(['check-never-ran', 'check-never-ran', 'action-without-run']);
  });

  test('a kind of change that no spec is about, or that was never tried, is missing', () => {
    const ask = { ...asked, actionClasses: ['service.restart' as const, 'config.change' as const] };
    expect(only([spec()], both(), ask).missing).toEqual([{ kind: 'action-without-spec', action: 'service.restart' }]);
    const about = spec({ actionClasses: ['config.change', 'service.restart'] });
    expect(only([about], both(), ask).missing).toEqual([
      { kind: 'action-without-run', action: 'service.restart', spec: 'pool' },
    ]);
  });

  test('what an older version proved has to be proved again', () => {
    const { modules } = coverageOf([spec({ version: 2 }), spec()], both(), asked);
    expect(modules[0]?.specs.map(({ version }) => version)).toEqual([2]);
    expect(kinds(modules[0]?.missing ?? [])).toContain('check-never-ran');
  });

  test('a spec without a reproduction says so', () => {
    const { reproduction: _, ...without } = spec();
    expect(kinds(only([without], both()).missing)).toEqual(['no-reproduction']);
  });

  test('runs of what nobody registered cover nothing and are shown, newest first', () => {
    const strange = [
      run('unheard-of'),
      run('answers', { spec: { id: 'other', version: 1 }, at: '2026-11-18T12:00:00.000Z' }),
      run('answers', { spec: { id: 'pool', version: 9 }, at: '2026-11-18T11:00:00.000Z' }),
    ];
    const { unknownRuns } = coverageOf([spec()], [...both(), ...strange], asked);
    expect(unknownRuns.map(({ run: id }) => id)).toEqual([strange[1]?.run, strange[2]?.run, strange[0]?.run]);
  });

  test('neither the order of specs nor that of runs changes anything', () => {
    const random = fc.array(
      fc.record({
        check: fc.constantFrom('answers', 'pool-size', 'other'),
        result: fc.constantFrom('passed', 'failed', 'error'),
        version: fc.integer({ min: 1, max: 2 }),
        hour: fc.integer({ min: 10, max: 12 }),
      }),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(random, (found) => {
        const specs = [spec(), spec({ version: 2 }), spec({ id: 'other', module: 'search' })];
        const runs = found.map(({ check, result, version, hour }) =>
          run(check, { result, spec: { id: 'pool', version }, at: `2026-11-18T${hour}:00:00.000Z` }),
        );
        const results = coverageOf(specs, runs, asked).modules.map(({ missing }) => kinds(missing));
        const turned = coverageOf(specs.toReversed(), runs.toReversed(), asked).modules;
        expect(turned.map(({ missing }) => kinds(missing))).toEqual(results);
      }),
    );
  });
});

describe('W3: flaky', () => {
  test('is a check that passed and failed on the same change', () => {
    const failed = run('answers', { result: 'failed', at: '2026-11-18T09:00:00.000Z' });
    const passed = run('answers');
    expect(flakyChecks([passed, failed])).toEqual([
      {
        spec: { id: 'pool', version: 1 },
        check: 'answers',
        changeDigest: passed.changeDigest,
        target: 'stage-1',
        runs: [failed.run, passed.run],
        passed: 1,
        failed: 1,
      },
    ]);
  });

  test.each<[string, Partial<Record<keyof SpecRun, unknown>>]>([
    ['another change', { changeDigest: `sha256:${'b'.repeat(64)}` }],
    ['another target', { target: 'stage-2' }],
    ['another version of the spec', { spec: { id: 'pool', version: 2 } }],
    ['another check', { check: 'pool-size' }],
    ['before the change', { phase: 'before' }],
  ])('is not one that failed on %s', (_what, change) => {
    expect(flakyChecks([run('answers'), run('answers', { result: 'failed', ...change })])).toEqual([]);
  });

  test('is none that always ends the same, and none of one run reported twice', () => {
    const one = run('answers', { result: 'failed' });
    expect(flakyChecks([one, one, run('answers', { result: 'error' })])).toEqual([]);
    expect(flakyChecks([run('answers'), run('answers')])).toEqual([]);
  });
});

describe('W1: a spec', () => {
  test('is read whole', () => {
    expect(readShape(validationSpecShape, spec())).toEqual({ ok: true, value: spec() });
  });

  test.each<[string, Partial<Record<keyof ValidationSpec, unknown>>, string]>([
    ['without checks', { checks: [] }, '/checks'],
    ['with a check twice', { checks: [spec().checks[0], spec().checks[0]] }, ''],
    ['that reproduces with a check it has not', { reproduction: 'other' }, ''],
    ['about an unknown kind of change', { actionClasses: ['magic'] }, '/actionClasses/0'],
    ['about one kind twice', { actionClasses: ['config.change', 'config.change'] }, ''],
    ['about nothing', { actionClasses: [] }, '/actionClasses'],
    ['that may use production data', { dataBoundary: 'production' }, '/dataBoundary'],
    ['of nobody', { owner: '' }, '/owner'],
    ['of version 0', { version: 0 }, '/version'],
    ['of no module', { module: ' ' }, '/module'],
  ])('%s is refused', (_what, change, at) => {
    const read = readShape(validationSpecShape, spec(change));
    expect(read).toMatchObject({ ok: false, refusal: { complaints: [{ at }] } });
  });
});
