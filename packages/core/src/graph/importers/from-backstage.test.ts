import { describe, expect, test } from 'vitest';
import { fromBackstage } from './from-backstage.ts';
import { complaintsOf, documents, edgesOf, findingsOf, partOf } from './part.builder.ts';
import type { ImportedPart, ImportOptions, PartNode } from './part.ts';

type Fields = Readonly<Record<string, unknown>>;

const entity = (kind: string, name: string, spec: Fields = {}, metadata: Fields = {}): unknown => ({
  apiVersion: 'backstage.io/v1alpha1',
  kind,
  metadata: { name, ...metadata },
  spec: { owner: 'team-a', ...spec },
});
const component = (name: string, spec: Fields = {}, metadata: Fields = {}): unknown =>
  entity('Component', name, { type: 'service', lifecycle: 'production', ...spec }, metadata);

const read = (values: readonly unknown[], options: ImportOptions = {}): ImportedPart =>
  partOf(fromBackstage(documents(...values), options));
const nodeIn = ({ nodes }: ImportedPart, id: string): PartNode | undefined => nodes.find((node) => node.id === id);

describe('entities', () => {
  test('G3: a component is a service with owner and environment; tier, paths and data classes come from annotations', () => {
    const part = read([
      component(
        'checkout',
        { owner: 'group:default/team-checkout' },
        {
          labels: { language: 'go' },
          annotations: {
            'countersign.io/tier': 'production-critical',
            'countersign.io/paths': 'payment',
            'countersign.io/data-classes': 'payment;personal',
            'other.example/x': 'y',
          },
        },
      ),
    ]);
    expect(part.nodes).toEqual([
      {
        id: 'checkout',
        at: 'file:1',
        kind: 'service',
        owner: 'team-checkout',
        environment: 'production',
        tier: 'production-critical',
        paths: ['payment'],
        dataClasses: ['payment', 'personal'],
        labels: { language: 'go' },
      },
    ]);
    expect(part.findings).toEqual([]);
  });

  test.each([
    ['database', 'datastore'],
    ['Cache', 'datastore'],
    ['s3-bucket', 'datastore'],
    ['server', 'host'],
    ['network', 'segment'],
    ['secret', 'credential'],
    ['service', 'service'],
  ])('G3: a resource of type %s is a %s', (type, kind) => {
    const part = read([entity('Resource', 'thing', { type })]);
    expect(nodeIn(part, 'thing')?.kind).toBe(kind);
    expect(part.findings).toEqual([]);
  });

  test('G3: a resource of a type we do not know is read as a service, and that is said', () => {
    const part = read([entity('Resource', 'thing', { type: 'topic' }), entity('Resource', 'other')]);
    expect(part.nodes.map(({ kind }) => kind)).toEqual(['service', 'service']);
    expect(findingsOf(part)).toEqual([
      'unknown-kind file:1 thing: resource type `topic` is read as a service',
      'unknown-kind file:2 other: resource type `` is read as a service',
    ]);
  });

  test('G3: the owner can say what kind a thing is', () => {
    const annotations = { 'countersign.io/kind': 'device' };
    expect(nodeIn(read([component('plc', {}, { annotations })]), 'plc')?.kind).toBe('device');
    const api = fromBackstage(documents(entity('API', 'rest', {}, { annotations })));
    expect(complaintsOf(api)).toEqual(['file:1 `rest.api` is an API and cannot be another kind']);
  });

  test('G3: systems and domains are groups, teams and people are owners, everything else is named', () => {
    const part = read([
      entity('System', 'shop', { domain: 'sales' }),
      entity('Domain', 'sales'),
      entity('Group', 'team-a'),
      entity('User', 'ana'),
      entity('Template', 'new-service'),
      { kind: 'Deployment', metadata: { name: 'x' } },
      'text',
      null,
    ]);
    expect(part.nodes.map(({ id, kind }) => `${id} ${kind}`)).toEqual(['shop.system group', 'sales.domain group']);
    expect(edgesOf(part)).toEqual(['shop.system ~ sales.domain member-of-segment']);
    expect(findingsOf(part)).toEqual([
      'unknown-kind file:5 new-service: `Template` is not read',
      'ignored file:6 x: is no Backstage entity',
      'ignored file:7 : is no Backstage entity',
    ]);
  });

  test('G1: a lifecycle that is no environment is reported; the owner can say what it means', () => {
    const part = read([component('a', { lifecycle: 'experimental' })]);
    expect(nodeIn(part, 'a')).not.toHaveProperty('environment');
    expect(findingsOf(part)).toEqual([
      'ignored file:1 a: lifecycle `experimental` is not known to mean an environment',
    ]);
    const told = read([component('a', { lifecycle: 'experimental' })], {
      environmentNames: new Map([['experimental', 'staging']]),
    });
    expect(nodeIn(told, 'a')?.environment).toBe('staging');
    const annotated = read([component('a', {}, { annotations: { 'countersign.io/environment': 'staging' } })]);
    expect(nodeIn(annotated, 'a')?.environment).toBe('staging');
  });

  test('G3: a team the catalog does not describe is reported, when it describes any', () => {
    expect(read([component('a')]).findings).toEqual([]);
    const part = read([
      component('a'),
      component('b', { owner: 'team-gone' }),
      component('c', { owner: 'user:ana' }),
      entity('Group', 'team-a'),
    ]);
    expect(findingsOf(part)).toEqual([
      'dangling file:2 b: is owned by `team-gone`, which the catalog does not describe',
    ]);
    expect(part.nodes.map(({ owner }) => owner)).toEqual(['team-a', 'team-gone', 'ana']);
  });

  test('G3: an owner that is none stays out, so that it is reported as unowned', () => {
    const part = read([
      component('a', { owner: '' }),
      component('b', { owner: 'a:b:c' }),
      component('c', { owner: 'x'.repeat(121) }),
    ]);
    expect(part.nodes.map(({ owner }) => owner)).toEqual([undefined, undefined, undefined]);
  });

  test('G3: an entity described twice, and two kinds of one name, are refused', () => {
    expect(complaintsOf(fromBackstage(documents(component('a'), component('A'))))).toEqual([
      'file:2 `component:default/a` is described a second time',
    ]);
    expect(
      complaintsOf(fromBackstage(documents(component('a'), entity('Resource', 'a', { type: 'database' })))),
    ).toEqual(['file:2 `a` is described a second time, first at file:1; give one of them another id']);
  });

  test('G3: an id of the owner settles it, and references follow', () => {
    const part = read([
      component('a', { dependsOn: ['resource:a'] }),
      entity('Resource', 'a', { type: 'database' }, { annotations: { 'countersign.io/id': 'a-db' } }),
    ]);
    expect(edgesOf(part)).toEqual(['a > a-db depends-on']);
  });

  test('the answer of the API is read like files: a list, or an object with items', () => {
    expect(read([[component('a')], { items: [component('b')] }]).nodes.map(({ id, at }) => `${id} ${at}`)).toEqual([
      'a file:1/0',
      'b file:2/0',
    ]);
  });
});

describe('relations', () => {
  test('G2: what depends, consumes, provides and belongs is drawn, each in its direction', () => {
    const part = read([
      component('web', {
        dependsOn: ['component:cart', 'resource:default/db'],
        consumesApis: ['orders'],
        system: 'shop',
      }),
      component('cart', { providesApis: ['orders'], dependencyOf: ['component:report'], subcomponentOf: 'web' }),
    ]);
    expect(edgesOf(part)).toEqual([
      'cart ~ web member-of-segment',
      'orders.api > cart depends-on',
      'report > cart depends-on',
      'web > cart depends-on',
      'web > db depends-on',
      'web > orders.api depends-on',
      'web ~ shop.system member-of-segment',
    ]);
  });

  test('G2: relations as the API lists them say the same, and once is enough', () => {
    const value = component('web', { dependsOn: ['component:cart'] }) as object;
    const relations = [
      { type: 'dependsOn', targetRef: 'component:default/cart' },
      { type: 'consumesApi', targetRef: 'api:default/orders' },
      { type: 'partOf', targetRef: 'system:default/shop' },
      { type: 'ownedBy', targetRef: 'group:default/team-a' },
      { type: 'dependsOn', targetRef: 'group:default/team-a' },
      { type: 'hasPart' },
    ];
    const part = read([{ ...value, relations }]);
    expect(edgesOf(part)).toEqual([
      'web > cart depends-on',
      'web > orders.api depends-on',
      'web ~ shop.system member-of-segment',
    ]);
    expect(part.findings).toEqual([]);
  });

  test('G2: what the owner calls soft is soft, by reference or by name', () => {
    const annotations = { 'countersign.io/soft': 'component:ads, mail' };
    const part = read([
      component('web', { dependsOn: ['component:ads', 'component:mail', 'component:cart'] }, { annotations }),
    ]);
    expect(edgesOf(part)).toEqual(['web > cart depends-on', 'web ~ ads depends-on', 'web ~ mail depends-on']);
  });

  test('G3: entities of other namespaces carry it, and references find them', () => {
    const part = read([
      component('web', { dependsOn: ['component:payments/ledger', 'component:Default/cart'] }),
      component('ledger', { dependsOn: ['component:default/web'] }, { namespace: 'payments' }),
      component('cart'),
    ]);
    expect(part.nodes.map(({ id }) => id)).toEqual(['web', 'payments.ledger', 'cart']);
    expect(edgesOf(part)).toEqual([
      'payments.ledger > web depends-on',
      'web > cart depends-on',
      'web > payments.ledger depends-on',
    ]);
  });

  test('G3: what is no reference is reported, and an entity that depends on itself too', () => {
    const part = read([
      component('web', { dependsOn: ['a:b:c', 7, {}, 'planet:mars', 'component:web'], system: ['shop'] }),
    ]);
    expect(findingsOf(part)).toEqual([
      'ignored file:1 web: `a:b:c` is no reference to an entity',
      'ignored file:1 web: `?` is no reference to an entity',
      'ignored file:1 web: `planet:mars` is no reference to an entity',
      'self-dependency file:1 web: `depends-on` to itself is left out',
    ]);
    expect(edgesOf(part)).toEqual(['web > 7 depends-on', 'web ~ shop.system member-of-segment']);
  });

  test('G3: cycles are fine', () => {
    const part = read([component('a', { dependsOn: ['component:b'] }), component('b', { dependsOn: ['component:a'] })]);
    expect(edgesOf(part)).toEqual(['a > b depends-on', 'b > a depends-on']);
  });
});
