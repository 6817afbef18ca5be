import { describe, expect, test } from 'vitest';
import { address, named, nodeIn, read, service, workload } from './kubernetes.builder.ts';
import { edgesOf, findingsOf } from './part.builder.ts';

describe('addresses', () => {
  const estate = [workload('cart'), service('cart'), workload('db'), service('db')];

  test('G2: an address in the environment is a dependency of unsaid strength', () => {
    const part = read([...estate, workload('web', { env: [address('CART_SERVICE_ADDR', 'cart:7070')] })]);
    expect(edgesOf(part)).toEqual(['web ? cart depends-on']);
    expect(findingsOf(part)).toEqual([]);
  });

  test.each([
    ['CART_URL', 'http://cart:7070/v1?x=1'],
    ['CART_URL', 'grpc://cart.default:7070'],
    ['CART_HOST', 'cart'],
    ['CART_HOST', 'CART.default.svc'],
    ['CART_ENDPOINT', 'cart.default.svc.cluster.local:7070'],
    ['CART_ENDPOINT', 'cart-0.cart.default.svc.cluster.local:7070'],
    ['SOMETHING', 'cart:7070'],
    ['SOMETHING', 'https://user:secret@cart/'],
    ['BROKERS', 'cart:9092,cart:9093'],
  ])('G2: %s=%s names the service cart', (name, value) => {
    expect(edgesOf(read([...estate, workload('web', { env: [address(name, value)] })]))).toEqual([
      'web ? cart depends-on',
    ]);
  });

  test.each([
    ['PORT', '8080'],
    ['LISTEN_ADDR', '0.0.0.0'],
    ['LISTEN_ADDR', '127.0.0.1:8080'],
    ['HEALTH_URL', 'http://localhost:8080/health'],
    ['SAMPLER', 'ratio:100'],
    ['IMAGE', 'redis:7'],
    ['GREETING', 'hello cart'],
    ['WINDOW', '12:30'],
    ['CART_PATH', '/cart'],
  ])('G2: %s=%s names nothing', (name, value) => {
    const part = read([...estate, workload('web', { env: [address(name, value)] })]);
    expect(edgesOf(part)).toEqual([]);
    expect(findingsOf(part)).toEqual([]);
  });

  test('G3: an address that no file describes stays as an edge, so that it can be reported as dangling', () => {
    const env = [address('TAX_URL', 'https://tax.example/v2'), address('GEO_HOST', 'geo')];
    expect(edgesOf(read([...estate, workload('web', { env })]))).toEqual([
      'web ? geo depends-on',
      'web ? tax.example depends-on',
    ]);
  });

  test('G3: a host that no service answers to is not taken for a workload of that name', () => {
    const part = read([
      workload('cart'),
      workload('ledger', { namespace: 'payments' }),
      workload('web', { env: [address('CART_ADDR', 'cart:7070'), address('L_ADDR', 'payments.ledger:1')] }),
    ]);
    expect(edgesOf(part).filter((edge) => edge.startsWith('web'))).toEqual([
      'web ? cart.svc depends-on',
      'web ? payments.ledger.svc depends-on',
    ]);
  });

  test('G3: an address made at run time cannot be read, and that is said', () => {
    const part = read([workload('web', { env: [address('CART_ADDR', '$(CART_HOST):7070')] })]);
    expect(findingsOf(part)).toEqual(['ignored file:1 web: the address in `CART_ADDR` is made at run time']);
  });

  test('G2: the same address twice, also in an init container, is one dependency; its own address is none', () => {
    const env = [
      address('CART_ADDR', 'cart:7070'),
      address('CART_URL', 'http://cart:7070'),
      address('SELF_URL', 'http://web'),
    ];
    const part = read([
      ...estate,
      workload('web', { env, pod: { initContainers: [{ env }], containers: [{ env }] } }),
      service('web'),
    ]);
    expect(edgesOf(part)).toEqual(['web ? cart depends-on']);
    expect(findingsOf(part)).toEqual([]);
  });

  test('G2: what the owner calls soft is soft', () => {
    const part = read([
      ...estate,
      workload('web', {
        annotations: { 'countersign.io/soft': 'cart, other' },
        env: [address('CART_ADDR', 'cart:7070'), address('DB_ADDR', 'db:5432')],
      }),
    ]);
    expect(edgesOf(part)).toEqual(['web ? db depends-on', 'web ~ cart depends-on']);
  });

  test('G2: addresses in config maps are seen when the config map is there, and missed aloud when it is not', () => {
    const map = { kind: 'ConfigMap', metadata: { name: 'web' }, data: { ADDR: 'cart:7070', DB_HOST: 'db' } };
    const web = workload('web', {
      env: [{ name: 'FIRST_ADDR', valueFrom: { configMapKeyRef: { name: 'web', key: 'ADDR' } } }],
      container: { envFrom: [{ prefix: 'X_', configMapRef: { name: 'web' } }, { configMapRef: { name: 'gone' } }] },
    });
    const part = read([...estate, map, web]);
    expect(edgesOf(part)).toEqual(['web ? cart depends-on', 'web ? db depends-on']);
    expect(findingsOf(part)).toEqual([
      'ignored file:6 web: config map `gone` is in no file; addresses in it are not seen',
    ]);
  });
});

describe('credentials', () => {
  test('G2: secrets are consumed by variable, by environment, as volume and to pull images; optional ones are soft', () => {
    const part = read([
      { kind: 'Secret', metadata: { name: 'db' }, data: { password: 'c2VjcmV0' } },
      workload('cart', {
        env: [
          { name: 'DB_PASSWORD', valueFrom: { secretKeyRef: { name: 'db', key: 'password' } } },
          { name: 'HINT', valueFrom: { secretKeyRef: { name: 'hint', key: 'x', optional: true } } },
        ],
        container: { envFrom: [{ secretRef: { name: 'all' } }] },
        pod: {
          volumes: [
            { name: 'tls', secret: { secretName: 'tls' } },
            { name: 'mix', projected: { sources: [{ secret: { name: 'mixed' } }, { configMap: { name: 'x' } }] } },
          ],
          imagePullSecrets: [{ name: 'pull' }],
          serviceAccountName: 'cart-runner',
        },
      }),
    ]);
    expect(edgesOf(part)).toEqual([
      'cart > all.secret consumes-credential',
      'cart > cart-runner.account consumes-credential',
      'cart > db.secret consumes-credential',
      'cart > mixed.secret consumes-credential',
      'cart > pull.secret consumes-credential',
      'cart > tls.secret consumes-credential',
      'cart ~ hint.secret consumes-credential',
    ]);
    expect(nodeIn(part, 'db.secret')).toEqual({ id: 'db.secret', at: 'file:1', kind: 'credential' });
    expect(JSON.stringify(part)).not.toContain('c2VjcmV0');
  });

  test('G2: used once as optional and once not, a secret is needed', () => {
    const part = read([
      workload('cart', {
        env: [{ valueFrom: { secretKeyRef: { name: 'db', optional: true } } }],
        container: { envFrom: [{ secretRef: { name: 'db' } }] },
      }),
    ]);
    expect(edgesOf(part)).toEqual(['cart > db.secret consumes-credential']);
  });

  test('G2: what secrets are made from, and accounts, are nodes; the default account is none', () => {
    const part = read([
      named('ExternalSecret', 'db-source', { target: { name: 'db' } }),
      { kind: 'SealedSecret', metadata: { name: 'tls' } },
      { kind: 'Secret', metadata: { name: 'db' } },
      named('ServiceAccount', 'runner'),
      named('ServiceAccount', 'default'),
      workload('cart', { pod: { serviceAccountName: 'default' } }),
    ]);
    expect(part.nodes.map(({ id, kind }) => `${id} ${kind}`)).toEqual([
      'db.secret credential',
      'tls.secret credential',
      'runner.account account',
      'cart service',
    ]);
    expect(findingsOf(part)).toEqual(['duplicate file:3 db.secret: is described before; this one is left out']);
    expect(part.edges).toEqual([]);
  });
});

const budget = (spec: Readonly<Record<string, unknown>>): unknown =>
  named('PodDisruptionBudget', 'cart', { selector: { matchLabels: { app: 'cart' } }, ...spec });

describe('disruption budgets', () => {
  test.each([
    [{ minAvailable: 2 }, 5, 2],
    [{ minAvailable: '50%' }, 5, 3],
    [{ maxUnavailable: 1 }, 5, 4],
    [{ maxUnavailable: '30%' }, 5, 3],
    [{ maxUnavailable: 9 }, 5, 0],
  ])('D4: %j of %i replicas keeps %i healthy', (spec, replicas, minHealthy) => {
    expect(nodeIn(read([workload('cart', { replicas }), budget(spec)]), 'cart')?.minHealthy).toBe(minHealthy);
  });

  test.each([{}, { minAvailable: 'most' }, { minAvailable: -1 }, { minAvailable: 2_000_000 }])(
    'D4: of %j nothing can be told, and that is said',
    (spec) => {
      const part = read([workload('cart', { replicas: 3 }), budget(spec)]);
      expect(nodeIn(part, 'cart')).not.toHaveProperty('minHealthy');
      expect(findingsOf(part)).toEqual([
        'ignored file:2 cart: how many the disruption budget `cart` keeps cannot be told',
      ]);
    },
  );

  test('D4: a share of what the cluster counts cannot be told; the larger of two numbers counts', () => {
    const daemon = read([workload('cart', { kind: 'DaemonSet' }), budget({ minAvailable: '50%' })]);
    expect(findingsOf(daemon)).toHaveLength(1);
    const two = read([workload('cart', { replicas: 4 }), budget({ minAvailable: 3 }), budget({ minAvailable: 2 })]);
    expect(nodeIn(two, 'cart')?.minHealthy).toBe(3);
  });

  test('G3: a budget that selects nothing is dangling', () => {
    expect(findingsOf(read([budget({ minAvailable: 1 })]))).toEqual([
      'dangling file:1 cart: the disruption budget selects no workload',
    ]);
  });
});
