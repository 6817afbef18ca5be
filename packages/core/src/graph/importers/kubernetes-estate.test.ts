/** A cluster as people run it: several namespaces, shared things, names that meet. The part as a whole. */
import { expect, test } from 'vitest';
import { fromKubernetes } from './from-kubernetes.ts';
import { address, named, nodeIn, read, service, workload } from './kubernetes.builder.ts';
import { complaintsOf, documents, edgesOf, findingsOf } from './part.builder.ts';

test('G3: an id of the owner that meets another name is refused', () => {
  const result = fromKubernetes(
    documents(workload('cart'), workload('basket', { annotations: { 'countersign.io/id': 'cart' } })),
  );
  expect(complaintsOf(result)).toEqual([
    'file:2 `cart` is described a second time, first at file:1; give one of them another id',
  ]);
});

test('G3: `a` in namespace `b.c` and `c.a` in namespace `b` are refused, not taken for one', () => {
  const result = fromKubernetes(documents(workload('a', { namespace: 'b.c' }), workload('c.a', { namespace: 'b' })));
  expect(complaintsOf(result)).toEqual([
    'file:2 `b.c.a` is described a second time, first at file:1; give one of them another id',
  ]);
});

test('G3: services, ingresses, budgets and policies see their own namespace only', () => {
  const part = read([
    workload('web', { namespace: 'one' }),
    workload('web', { namespace: 'two' }),
    service('web', { type: 'LoadBalancer' }, 'one'),
    named('PodDisruptionBudget', 'web', { minAvailable: 1, selector: { matchLabels: { app: 'web' } } }, 'two'),
    named('Ingress', 'web', { defaultBackend: { service: { name: 'web' } } }, 'two'),
  ]);
  expect(nodeIn(part, 'one.web')).toMatchObject({ isEntryPoint: true });
  expect(nodeIn(part, 'one.web')).not.toHaveProperty('minHealthy');
  expect(nodeIn(part, 'two.web')).toMatchObject({ minHealthy: 1 });
  expect(nodeIn(part, 'two.web')).not.toHaveProperty('isEntryPoint');
  expect(findingsOf(part)).toEqual(['dangling file:5 web: the ingress `web` leads to a service in no file']);
});

test('G1: secrets and accounts have the environment of their namespace, unless they say another', () => {
  const part = read([
    { kind: 'Namespace', metadata: { name: 'lab', labels: { environment: 'staging' } } },
    { kind: 'Secret', metadata: { name: 'db', namespace: 'lab' } },
    { kind: 'ServiceAccount', metadata: { name: 'runner', namespace: 'lab', labels: { env: 'production' } } },
    workload('cart', {
      namespace: 'lab',
      env: [{ name: 'P', valueFrom: { secretKeyRef: { name: 'db', key: 'p' } } }, address('A_HOST', 'b')],
      pod: { serviceAccountName: 'runner' },
    }),
    service('b', {}, 'lab'),
  ]);
  expect(part.nodes.map(({ id, environment }) => `${id} ${environment}`)).toEqual([
    'lab.namespace staging',
    'lab.db.secret staging',
    'lab.runner.account production',
    'lab.cart staging',
    'lab.b.svc staging',
  ]);
  expect(edgesOf(part)).toEqual([
    'lab.cart > lab.db.secret consumes-credential',
    'lab.cart > lab.runner.account consumes-credential',
    'lab.cart ? lab.b.svc depends-on',
    'lab.cart ~ lab.namespace member-of-segment',
  ]);
});
