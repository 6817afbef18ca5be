import { describe, expect, test } from 'vitest';
import { fromKubernetes } from './from-kubernetes.ts';
import { address, idsOf, named, nodeIn, read, service, workload } from './kubernetes.builder.ts';
import { complaintsOf, documents, edgesOf, findingsOf } from './part.builder.ts';

describe('workloads', () => {
  test('G3: a workload is a node with its kind, its replicas and the labels of its pods', () => {
    expect(read([workload('cart', { replicas: 3 })]).nodes).toEqual([
      { id: 'cart', at: 'file:1', kind: 'service', labels: { app: 'cart', replicas: '3', workload: 'deployment' } },
    ]);
  });

  test.each([
    ['Deployment', '1'],
    ['StatefulSet', '1'],
    ['ReplicaSet', '1'],
    ['Job', '1'],
    ['DaemonSet', undefined],
  ])('G3: a %s without a count has %s replicas, as the cluster makes it', (kind, replicas) => {
    expect(nodeIn(read([workload('agent', { kind })]), 'agent')?.labels?.['replicas']).toBe(replicas);
  });

  test('G3: a pod and a cron job are workloads too, though their containers stand elsewhere', () => {
    const pod = {
      kind: 'Pod',
      metadata: { name: 'debug', labels: { app: 'debug' } },
      spec: { containers: [{ env: [address('DB_ADDR', 'db:5432')] }] },
    };
    const cron = {
      kind: 'CronJob',
      metadata: { name: 'nightly' },
      spec: {
        jobTemplate: {
          spec: { template: { spec: { containers: [{ env: [address('DB_ADDR', 'db:5432')] }] } } },
        },
      },
    };
    expect(edgesOf(read([pod, cron, workload('db'), service('db')]))).toEqual([
      'debug ? db depends-on',
      'nightly ? db depends-on',
    ]);
  });

  test('G3: what a controller made is described by the controller', () => {
    const made = {
      kind: 'ReplicaSet',
      metadata: { name: 'cart-5d4', ownerReferences: [{ kind: 'Deployment', name: 'cart' }] },
      spec: {},
    };
    const part = read([workload('cart'), made]);
    expect(idsOf(part)).toEqual(['cart']);
    expect(findingsOf(part)).toEqual(['ignored file:2 cart-5d4: this ReplicaSet is made by another object']);
  });

  test('G1: tier, paths, zone and the rest are read from annotations, and from labels where there is no annotation', () => {
    const part = read([
      workload('cart', {
        labels: { 'countersign.io/tier': 'non-critical', team: 'team-labels', env: 'staging' },
        annotations: {
          'countersign.io/tier': 'production-critical',
          'countersign.io/paths': 'shopping; payment',
          'countersign.io/zone': 'dmz',
          'countersign.io/citizens': '12000',
          'countersign.io/capacity': '400/120',
        },
      }),
    ]);
    expect(nodeIn(part, 'cart')).toMatchObject({
      tier: 'production-critical',
      owner: 'team-labels',
      environment: 'staging',
      paths: ['payment', 'shopping'],
      zone: 'dmz',
      citizens: 12_000,
      capacity: { units: 400, used: 120 },
    });
  });

  test('G1: nothing is guessed: without annotations there is no tier, no owner and no environment', () => {
    const node = nodeIn(read([workload('cart')]), 'cart');
    expect(Object.keys(node ?? {}).toSorted()).toEqual(['at', 'id', 'kind', 'labels']);
  });

  test('G1: a label for an environment that we do not know is reported, not guessed', () => {
    const part = read([workload('cart', { labels: { env: 'qa' } })]);
    expect(nodeIn(part, 'cart')?.environment).toBeUndefined();
    expect(findingsOf(part)).toEqual(['ignored file:1 cart: label `qa` is not known to mean an environment']);
    const told = read([workload('cart', { labels: { env: 'QA' } })], {
      environmentNames: new Map([['qa', 'staging']]),
    });
    expect(nodeIn(told, 'cart')?.environment).toBe('staging');
  });

  test('G3: two workloads of one name are refused with both places, never merged', () => {
    const result = fromKubernetes(documents(workload('redis'), workload('redis', { kind: 'StatefulSet' })));
    expect(complaintsOf(result)).toEqual([
      'file:2 `redis` is described a second time, first at file:1; give one of them another id',
    ]);
    const apart = read([
      workload('redis'),
      workload('redis', { kind: 'StatefulSet', annotations: { 'countersign.io/id': 'redis-old' } }),
    ]);
    expect(idsOf(apart)).toEqual(['redis', 'redis-old']);
  });
});

const backend = (name: string): unknown => ({ backend: { service: { name, port: { number: 80 } } } });

describe('services', () => {
  test('G3: a service that selects one workload is a name of it', () => {
    const part = read([
      workload('cart-v2'),
      service('cart', { selector: { app: 'cart-v2' } }),
      workload('web', { env: [address('CART_ADDR', 'cart:80')] }),
    ]);
    expect(idsOf(part)).toEqual(['cart-v2', 'web']);
    expect(edgesOf(part)).toEqual(['web ? cart-v2 depends-on']);
  });

  test('G3: a service over several workloads is a node that needs each of them', () => {
    const blue = workload('blue', { annotations: {} });
    const green = { ...(workload('green') as object), spec: { template: { metadata: { labels: { app: 'blue' } } } } };
    const part = read([
      blue,
      green,
      service('cart', { selector: { app: 'blue' } }),
      workload('web', { env: [address('CART_ADDR', 'cart:80')] }),
    ]);
    expect(idsOf(part)).toEqual(['blue', 'green', 'web', 'cart.svc']);
    expect(edgesOf(part)).toEqual([
      'cart.svc ? blue depends-on',
      'cart.svc ? green depends-on',
      'web ? cart.svc depends-on',
    ]);
  });

  test('G3: a service that selects nothing is dangling; one without a selector leads elsewhere', () => {
    const part = read([
      service('lost'),
      service('tax', { selector: undefined, type: 'ExternalName', externalName: 'Tax.Example' }),
    ]);
    expect(findingsOf(part)).toEqual(['dangling file:1 lost: the service selects no workload']);
    expect(idsOf(part)).toEqual(['lost.svc', 'tax.svc']);
    expect(edgesOf(part)).toEqual(['tax.svc ? tax.example depends-on']);
  });

  test.each([
    [{ type: 'LoadBalancer' }, true],
    [{ type: 'NodePort' }, true],
    [{ externalIPs: ['203.0.113.7'] }, true],
    [{ type: 'ClusterIP' }, undefined],
    [{}, undefined],
  ])('G5: a service with %j makes its workload an entry point: %s', (change, isEntryPoint) => {
    expect(nodeIn(read([workload('web'), service('web', change)]), 'web')?.isEntryPoint).toBe(isEntryPoint);
  });

  test('G5: an ingress opens every service it leads to, and one in no file is dangling', () => {
    const ingress = named('Ingress', 'shop', {
      defaultBackend: { service: { name: 'web' } },
      rules: [{ host: 'shop.example', http: { paths: [backend('cart'), backend('cart'), backend('gone'), {}] } }],
    });
    const part = read([workload('web'), service('web'), workload('cart'), service('cart'), workload('db'), ingress]);
    expect(part.nodes.filter(({ isEntryPoint }) => isEntryPoint).map(({ id }) => id)).toEqual(['web', 'cart']);
    expect(findingsOf(part)).toEqual(['dangling file:6 gone: the ingress `shop` leads to a service in no file']);
  });
});

describe('namespaces', () => {
  test('G1: a namespace is a group; its environment holds for what is in it, its tier does not', () => {
    const namespace = {
      kind: 'Namespace',
      metadata: {
        name: 'shop',
        labels: { env: 'staging' },
        annotations: { 'countersign.io/tier': 'non-critical', 'countersign.io/owner': 'team-shop' },
      },
    };
    const part = read([namespace, workload('cart', { namespace: 'shop' })]);
    expect(nodeIn(part, 'shop.namespace')).toMatchObject({
      kind: 'group',
      tier: 'non-critical',
      owner: 'team-shop',
      environment: 'staging',
    });
    expect(nodeIn(part, 'shop.cart')).toMatchObject({ environment: 'staging' });
    expect(nodeIn(part, 'shop.cart')).not.toHaveProperty('tier');
    expect(edgesOf(part)).toEqual(['shop.cart ~ shop.namespace member-of-segment']);
  });

  test('G3: names of the home namespace stand alone, others carry theirs, and hosts resolve in their own', () => {
    const values = [
      workload('cart', { namespace: 'shop' }),
      service('cart', {}, 'shop'),
      workload('cart', { namespace: 'lab' }),
      service('cart', {}, 'lab'),
      workload('web', { namespace: 'lab', env: [address('A_ADDR', 'cart:1'), address('B_ADDR', 'cart.shop:1')] }),
    ];
    const part = read(values, { homeNamespace: 'shop' });
    expect(idsOf(part)).toEqual(['cart', 'shop.namespace', 'lab.cart', 'lab.namespace', 'lab.web']);
    expect(edgesOf(part).filter((edge) => edge.endsWith('depends-on'))).toEqual([
      'lab.web ? cart depends-on',
      'lab.web ? lab.cart depends-on',
    ]);
  });
});

const list = (items: unknown): unknown => ({ kind: 'List', metadata: { name: 'l' }, items });

describe('what is not read', () => {
  test('G3: other kinds, and what is no object at all, are named', () => {
    const part = read([
      named('HorizontalPodAutoscaler', 'cart'),
      { metadata: {} },
      null,
      7,
      { kind: 'ConfigMap', metadata: { name: 'x' } },
    ]);
    expect(part.nodes).toEqual([]);
    expect(findingsOf(part)).toEqual(
      [
        'ignored file:2 : has no kind or no name',
        'ignored file:4 : has no kind or no name',
        'unknown-kind file:1 cart: `HorizontalPodAutoscaler` is not read',
      ].toSorted((one, other) => findingOrder(one) - findingOrder(other)),
    );
  });

  test('G3: lists are unrolled, also in lists, but not for ever', () => {
    expect(
      read([list([list([workload('a')]), workload('b')]), [workload('c')]]).nodes.map(({ id, at }) => `${id} ${at}`),
    ).toEqual(['a file:1/items/0/items/0', 'b file:1/items/1', 'c file:2/0']);
    const deep = Array.from({ length: 10 }).reduce<unknown>((inner) => list([inner]), workload('deep'));
    expect(read([deep]).nodes).toEqual([]);
  });
});

const findingOrder = (finding: string): number => (finding.startsWith('ignored') ? 0 : 1);
