import { describe, expect, test } from 'vitest';
import { FindingDetails, type FindingDetail } from './finding-detail.ts';
import { readSarif, readSarifLog } from './parse-sarif.ts';
import { aContext } from './signal.builder.ts';

const detail = (change: Partial<FindingDetail> = {}): FindingDetail => ({
  rule: 'CVE-1',
  target: 'web-1' as FindingDetail['target'],
  title: 'old library',
  severity: 'warning',
  status: 'firing',
  probability: 100,
  components: ['pkg:a'],
  ...change,
});
function collected(...details: readonly FindingDetail[]): readonly FindingDetail[] {
  const all = new FindingDetails();
  for (const one of details) all.add(one);
  return all.all();
}
const without = (name: keyof FindingDetail, change: Partial<FindingDetail> = {}): FindingDetail => {
  const { [name]: _, ...rest } = detail(change);
  return rest as FindingDetail;
};

describe('G5: reports of one rule on one target are one finding, as bad as the worst of them', () => {
  test('firing before resolved, whatever the order', () => {
    const resolved = detail({ status: 'resolved', severity: 'error' });
    expect(collected(detail(), resolved)).toEqual([detail()]);
    expect(collected(resolved, detail())).toEqual([detail()]);
  });

  test('the higher level, the larger chance, all components', () => {
    const other = detail({ severity: 'error', title: 'worse', probability: 40, components: ['pkg:b', 'pkg:a'] });
    const both = { ...detail({ severity: 'error', title: 'worse' }), components: ['pkg:a', 'pkg:b'] };
    expect(collected(detail(), other)).toEqual([both]);
    expect(collected(other, detail())).toEqual([both]);
  });

  test('a chance or component that one report leaves open stays open', () => {
    expect(collected(detail(), without('probability'))[0]).not.toHaveProperty('probability');
    expect(collected(without('components'), detail())[0]).not.toHaveProperty('components');
  });

  test('more components than anybody checks are not known', () => {
    const many = Array.from({ length: 65 }, (_, n) => detail({ components: [`pkg:${n}`] }));
    expect(collected(...many)[0]).not.toHaveProperty('components');
  });

  test('another rule or another target is another finding', () => {
    expect(collected(detail(), detail({ rule: 'CVE-2' }), detail({ target: 'web-2' as never }))).toHaveLength(3);
  });
});

const log = (results: readonly object[], rules: readonly object[] = []) => ({
  version: '2.1.0',
  runs: [{ tool: { driver: { name: 'scan', rules } }, results }],
});
const result = (change: object = {}, properties: object = {}) => ({
  ruleId: 'CVE-1',
  level: 'error',
  message: { text: 'old library' },
  properties: { target: 'web-1', ...properties },
  ...change,
});
function read(document: unknown): readonly FindingDetail[] {
  const found = readSarifLog(document, aContext());
  if (!found.ok) throw new Error(JSON.stringify(found.refusal));
  return found.value.findings;
}

describe('G5: findings of a SARIF log', () => {
  test('say rule, target, chance and component', () => {
    expect(read(log([result({}, { epss: 0.97312, component: 'pkg:deb/openssl@3.0.1' })]))).toEqual([
      {
        rule: 'CVE-1',
        target: 'web-1',
        title: 'old library',
        severity: 'error',
        status: 'firing',
        probability: 9732,
        components: ['pkg:deb/openssl@3.0.1'],
      },
    ]);
  });

  test('a chance may stand at the rule, and as text', () => {
    const rules = [{ id: 'CVE-1', properties: { epss: '0.5' } }];
    expect(read(log([result()], rules))[0]).toMatchObject({ probability: 5000 });
    expect(read(log([result({}, { epss: 0.1 })], rules))[0]).toMatchObject({ probability: 1000 });
    expect(read(log([result({}, { epss: 0.1, probability: 0.7 })]))[0]).toMatchObject({ probability: 7000 });
  });

  test.each([-0.1, 1.1, '2', 'low', '1e-3', null, {}, [0.1]])('%o is no chance, and the log is still read', (epss) => {
    expect(read(log([result({}, { epss })]))[0]).not.toHaveProperty('probability');
  });

  test('what is not vulnerable is no finding; what is gone is resolved', () => {
    expect(read(log([result({ kind: 'pass' })]))).toEqual([]);
    expect(read(log([result({ baselineState: 'absent' })]))[0]).toMatchObject({ status: 'resolved' });
  });

  test('the signals beside them are the same as ever', () => {
    const document = log([result({}, { epss: 0.5 }), result({}, { target: 'web-2' })]);
    const [signals, both] = [readSarif(document, aContext()), readSarifLog(document, aContext())];
    expect(both.ok && both.value.signals).toEqual(signals.ok && signals.value);
    expect(read(document).map(({ target }) => target)).toEqual(['web-1', 'web-2']);
  });
});
