import { describe, expect, test } from 'vitest';
import { fromCycloneDx } from './from-cyclonedx.ts';
import { complaintsOf, documents, edgesOf, findingsOf, partOf } from './part.builder.ts';
import type { ImportedPart, PartNode } from './part.ts';

type Fields = Readonly<Record<string, unknown>>;

const bom = (fields: Fields): unknown => ({ bomFormat: 'CycloneDX', specVersion: '1.6', version: 1, ...fields });
const read = (fields: Fields): ImportedPart => partOf(fromCycloneDx(documents(bom(fields))));
const nodeIn = ({ nodes }: ImportedPart, id: string): PartNode | undefined => nodes.find((node) => node.id === id);
const property = (name: string, value: string): unknown => ({ name: `countersign.io/${name}`, value });

describe('services', () => {
  test('G3: provider, version, zone, trust boundary and data classes of a service', () => {
    const part = read({
      services: [
        {
          'bom-ref': 'pay',
          name: 'payments',
          group: 'external',
          version: '2024-11',
          provider: { name: 'Acme Payments' },
          endpoints: ['https://payments.example/v2'],
          authenticated: true,
          'x-trust-boundary': true,
          trustZone: 'internet',
          data: [
            { flow: 'inbound', classification: 'personal' },
            { flow: 'outbound', classification: 'payment' },
            { flow: 'outbound', classification: 'payment' },
            { flow: 'unknown' },
          ],
          properties: [
            property('tier', 'production-critical'),
            property('environment', 'production'),
            { name: 'x', value: 'y' },
          ],
        },
      ],
    });
    expect(part.nodes).toEqual([
      {
        id: 'payments',
        at: 'file:1/services/0',
        kind: 'service',
        owner: 'Acme Payments',
        zone: 'internet',
        isEntryPoint: true,
        dataClasses: ['payment', 'personal'],
        labels: { group: 'external', version: '2024-11' },
        tier: 'production-critical',
        environment: 'production',
      },
    ]);
    expect(part.findings).toEqual([]);
  });

  test('G5: a service inside the boundary is no entry point; one that asks nobody who they are is reported', () => {
    const part = read({ services: [{ name: 'a', 'x-trust-boundary': false, authenticated: false }, { name: 'b' }] });
    expect(part.nodes.map(({ isEntryPoint }) => isEntryPoint)).toEqual([undefined, undefined]);
    expect(findingsOf(part)).toEqual([
      'ignored file:1/services/0 a: asks nobody to authenticate; the graph has no word for that',
    ]);
  });

  test('G2: services inside a service are parts of it, but not for ever', () => {
    const part = read({ services: [{ name: 'a', services: [{ name: 'b', services: [{ name: 'c' }] }, {}] }] });
    expect(edgesOf(part)).toEqual(['b ~ a member-of-segment', 'c ~ b member-of-segment']);
    expect(findingsOf(part)).toEqual(['ignored file:1/services/0/services/1 : the service has no name']);
    const names = Array.from({ length: 40 }, (_one, index) => `s${index}`);
    const deep = names.reduceRight<readonly unknown[]>((services, name) => [{ name, services }], []);
    const bounded = read({ services: deep });
    expect(bounded.nodes).toHaveLength(17);
    expect(findingsOf(bounded)[0]).toContain('services are read 16 deep');
  });

  test('G1: classes or zones that do not fit are refused: left out they could open what people keep closed', () => {
    const long = 'x'.repeat(121);
    const classes = Array.from({ length: 33 }, (_one, index) => ({ classification: `c${index}` }));
    for (const service of [
      { name: 'a', data: classes },
      { name: 'a', data: [{ classification: long }] },
      { name: 'a', trustZone: long },
    ])
      expect(complaintsOf(fromCycloneDx(documents(bom({ services: [service] }))))[0]).toBe(
        'file:1/services/0 `a` has too many data classes, or a class or zone of more than 120 characters',
      );
  });

  test('G3: a provider whose name does not fit is no owner', () => {
    expect(nodeIn(read({ services: [{ name: 'a', provider: { name: 'x'.repeat(121) } }] }), 'a')).not.toHaveProperty(
      'owner',
    );
  });
});

describe('components', () => {
  test('G3: what runs is a node, what it is made of is counted', () => {
    const part = read({
      metadata: { component: { type: 'application', name: 'shop', 'bom-ref': 'root', version: '4.1' } },
      components: [
        { type: 'container', name: 'web' },
        { type: 'platform', name: 'cluster' },
        { type: 'operating-system', name: 'debian' },
        { type: 'device', name: 'hsm-01', supplier: { name: 'team-crypto' } },
        { type: 'library', name: 'left-pad' },
        { type: 'library', name: 'right-pad' },
        { type: 'firmware', name: 'boot' },
        { type: 'application' },
      ],
    });
    expect(part.nodes.map(({ id, kind, owner }) => `${id} ${kind} ${owner}`)).toEqual([
      'shop service undefined',
      'web service undefined',
      'cluster service undefined',
      'debian host undefined',
      'hsm-01 device team-crypto',
    ]);
    expect(findingsOf(part)).toEqual([
      'ignored file:1 library: 2 of this type are parts of what runs, not nodes',
      'ignored file:1 firmware: 1 of this type are parts of what runs, not nodes',
      'ignored file:1 application: 1 of this type are parts of what runs, not nodes',
    ]);
  });

  test('G3: a component and a service of one name are refused; an id of the owner settles it', () => {
    const value = bom({ components: [{ type: 'application', name: 'a' }], services: [{ name: 'a' }] });
    expect(complaintsOf(fromCycloneDx(documents(value)))).toEqual([
      'file:1/services/0 `a` is described a second time, first at file:1/components/0; give one of them another id',
    ]);
    const part = read({
      components: [{ type: 'application', name: 'a' }],
      services: [{ name: 'a', properties: [property('id', 'a-api')] }],
    });
    expect(part.nodes.map(({ id }) => id)).toEqual(['a', 'a-api']);
  });
});

describe('dependencies', () => {
  const parts = {
    components: [
      { type: 'application', name: 'shop', 'bom-ref': 'r1' },
      { type: 'library', name: 'left-pad', 'bom-ref': 'r2' },
    ],
    services: [{ name: 'payments', 'bom-ref': 'r3' }],
  };

  test('G2: dependencies between nodes are drawn by their names; those of libraries are not', () => {
    const part = read({
      ...parts,
      dependencies: [{ ref: 'r1', dependsOn: ['r2', 'r3', 'r3'] }, { ref: 'r2', dependsOn: ['r3'] }, { ref: 'r3' }],
    });
    expect(edgesOf(part)).toEqual(['shop ? payments depends-on']);
  });

  test('G3: a reference to nothing stays as an edge, so that it is reported as dangling', () => {
    const part = read({ ...parts, dependencies: [{ ref: 'r1', dependsOn: ['r9', {}] }, { dependsOn: ['r1'] }] });
    expect(edgesOf(part)).toEqual(['shop ? r9 depends-on']);
  });

  test('G3: what depends on itself is reported', () => {
    const part = read({ ...parts, dependencies: [{ ref: 'r1', dependsOn: ['r1'] }] });
    expect(findingsOf(part)).toContain(
      'self-dependency file:1/dependencies/0 shop: `depends-on` to itself is left out',
    );
  });

  test('references of one document mean nothing in another', () => {
    const one = bom({ services: [{ name: 'a', 'bom-ref': 'r' }] });
    const other = bom({
      services: [
        { name: 'b', 'bom-ref': 'r' },
        { name: 'c', 'bom-ref': 'q' },
      ],
      dependencies: [{ ref: 'q', dependsOn: ['r'] }],
    });
    expect(edgesOf(partOf(fromCycloneDx(documents(one, other))))).toEqual(['c ? b depends-on']);
  });
});

test('G3: what is no CycloneDX document is refused', () => {
  expect(complaintsOf(fromCycloneDx(documents({ bomFormat: 'SPDX' }, null, [])))).toEqual([
    'file:1 must be a CycloneDX document in JSON',
    'file:2 must be a CycloneDX document in JSON',
    'file:3 must be a CycloneDX document in JSON',
  ]);
});
