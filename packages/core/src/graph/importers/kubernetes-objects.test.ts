import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nameIn, nodeOfHost, WorkloadIndex, type Estate, type Workload } from './kubernetes-estate.ts';
import { isWorkload, objectsIn, ownWord, selects, templateOf, type KubeObject } from './kubernetes-objects.ts';
import { PartBuilder, idNear } from './part-builder.ts';
import { documents } from './part.builder.ts';

const labels = new Map([
  ['app', 'cart'],
  ['tier', 'gold'],
]);

function objectOf(value: unknown): KubeObject {
  const [object] = objectsIn(documents(value), new PartBuilder(), 'default');
  if (object === undefined) throw new Error('the test made no object');
  return object;
}
function workloadOf(name: string, namespace: string, own: Readonly<Record<string, string>>): Workload {
  const object = objectOf({ kind: 'Deployment', metadata: { name, namespace } });
  const id = idNear(name);
  if (id === undefined) throw new Error('the test made no id');
  return { id, name, object, labels: new Map(Object.entries(own)), pod: undefined, replicas: 1 };
}

describe('selectors', () => {
  test.each([
    [{}, true],
    [{ matchLabels: {} }, true],
    [{ matchLabels: { app: 'cart' } }, true],
    [{ matchLabels: { app: 'cart', tier: 'gold' } }, true],
    [{ matchLabels: { app: 'cart', tier: 'iron' } }, false],
    [{ matchLabels: { gone: 'x' } }, false],
    [{ matchLabels: { app: {} } }, false],
    [{ matchExpressions: [{ key: 'app', operator: 'In', values: ['cart', 'web'] }] }, true],
    [{ matchExpressions: [{ key: 'app', operator: 'In', values: [] }] }, false],
    [{ matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['web'] }] }, true],
    [{ matchExpressions: [{ key: 'gone', operator: 'NotIn', values: ['web'] }] }, true],
    [{ matchExpressions: [{ key: 'app', operator: 'Exists' }] }, true],
    [{ matchExpressions: [{ key: 'gone', operator: 'Exists' }] }, false],
    [{ matchExpressions: [{ key: 'gone', operator: 'DoesNotExist' }] }, true],
    [{ matchExpressions: [{ key: 'app', operator: 'DoesNotExist' }] }, false],
    [{ matchExpressions: [{ key: 'app', operator: 'Near' }] }, false],
    [{ matchLabels: { app: 'cart' }, matchExpressions: [{ key: 'tier', operator: 'DoesNotExist' }] }, false],
    [undefined, false],
    [null, false],
    ['app=cart', false],
    [[], false],
  ])('G2: %j selects: %s', (selector, isSelected) => {
    expect(selects(selector, labels)).toBe(isSelected);
  });

  test('G2: what the index finds is what a look at every workload finds', () => {
    const words = fc.constantFrom('a', 'b', 'c');
    const own = fc.dictionary(fc.constantFrom('x', 'y'), words);
    fc.assert(
      fc.property(fc.array(fc.tuple(own, fc.boolean()), { maxLength: 12 }), own, (made, matchLabels) => {
        const index = new WorkloadIndex();
        const workloads = made.map(([given, isHere], at) => workloadOf(`w${at}`, isHere ? 'shop' : 'lab', given));
        for (const workload of workloads) index.add(workload);
        const expected = workloads.filter(
          (workload) => workload.object.namespace === 'shop' && selects({ matchLabels }, workload.labels),
        );
        expect(index.selected('shop', { matchLabels })).toEqual(expected);
        expect(index.in('shop')).toEqual(workloads.filter(({ object }) => object.namespace === 'shop'));
        expect(index.selected('nowhere', { matchLabels })).toEqual([]);
      }),
    );
  });
});

describe('objects', () => {
  test('an object has its names, its labels, and a namespace even when none is written', () => {
    const value = {
      kind: 'Deployment',
      metadata: { name: 'cart', labels: { app: 'cart' }, annotations: { 'countersign.io/tier': 'non-critical' } },
    };
    expect(objectOf(value)).toEqual({
      kind: 'Deployment',
      name: 'cart',
      namespace: 'default',
      isPlaced: false,
      labels: new Map([['app', 'cart']]),
      annotations: new Map([['countersign.io/tier', 'non-critical']]),
      at: 'file:1',
      value,
    });
    expect(objectOf({ kind: 'Pod', metadata: { name: 'x', namespace: 'default' } }).isPlaced).toBe(true);
  });

  test('an annotation comes before a label', () => {
    const both = { labels: new Map([['x', 'label']]), annotations: new Map([['x', 'annotation']]) };
    expect(ownWord(both, 'x')).toBe('annotation');
    expect(ownWord({ ...both, annotations: new Map() }, 'x')).toBe('label');
    expect(ownWord(both, 'y')).toBeUndefined();
  });

  test.each([
    ['Deployment', { spec: { template: 'here' } }],
    ['StatefulSet', { spec: { template: 'here' } }],
    ['DaemonSet', { spec: { template: 'here' } }],
    ['Job', { spec: { template: 'here' } }],
    ['CronJob', { spec: { jobTemplate: { spec: { template: 'here' } } } }],
  ])('the pods of a %s are described in its template', (kind, value) => {
    expect(isWorkload(kind)).toBe(true);
    expect(templateOf({ ...objectOf({ kind, metadata: { name: 'x' } }), value })).toBe('here');
  });

  test.each(['Service', 'ConfigMap', 'toString', ''])('a `%s` is no workload', (kind) => {
    expect(isWorkload(kind)).toBe(false);
  });
});

describe('host names', () => {
  const services = new Map([
    ['shop/cart', 'cart'],
    ['lab/cart', 'lab.cart'],
  ]);
  const estate: Estate = {
    builder: new PartBuilder(),
    options: {},
    homeNamespace: 'shop',
    configMaps: new Map(),
    workloads: new WorkloadIndex(),
    services,
  };

  test.each([
    ['cart', 'shop', 'cart'],
    ['cart', 'lab', 'lab.cart'],
    ['cart.lab', 'shop', 'lab.cart'],
    ['cart.shop.svc', 'lab', 'cart'],
    ['cart.shop.svc.cluster.local', 'lab', 'cart'],
    ['cart-0.cart', 'shop', 'cart'],
    ['cart-0.cart.lab.svc.cluster.local', 'shop', 'lab.cart'],
    ['cart.shop.example', 'shop', undefined],
    ['gone', 'shop', undefined],
    ['cart', 'gone', undefined],
    ['', 'shop', undefined],
    ['...', 'shop', undefined],
  ])('G2: %s, asked from %s, is %s', (host, namespace, name) => {
    expect(nodeOfHost(estate, host, namespace)).toBe(name);
  });

  test('names of the home namespace stand alone', () => {
    expect(nameIn('shop', 'shop', 'cart')).toBe('cart');
    expect(nameIn('shop', 'lab', 'cart')).toBe('lab.cart');
  });
});
