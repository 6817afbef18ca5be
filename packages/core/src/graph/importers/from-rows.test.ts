import { describe, expect, test } from 'vitest';
import { fromCsv, fromJson } from './from-rows.ts';
import { complaintsOf, documents, edgesOf, findingsOf, mergedGraph, partOf } from './part.builder.ts';
import type { ImportedPart } from './part.ts';

const table = (...lines: readonly string[]): unknown => lines.map((line) => line.split(','));
const read = (...lines: readonly string[]): ImportedPart => partOf(fromCsv(documents(table(...lines))));

describe('tables', () => {
  test('G3: every column of a node', () => {
    const part = read(
      'id,kind,tier,environment,site,zone,cidr,owner,data_classes,labels,addresses,paths,capacity,min_healthy,entry_point,citizens,statutory_hours',
      'hist-db,datastore,production-critical,production,north,level-3,10.8.0.0/16,team-plant,process;personal,os=linux;version=12,10.8.0.5,grid,400/120,2,true,12000,72',
    );
    expect(part.nodes).toEqual([
      {
        id: 'hist-db',
        at: 'file:1 row 2',
        kind: 'datastore',
        tier: 'production-critical',
        environment: 'production',
        site: 'north',
        zone: 'level-3',
        cidr: '10.8.0.0/16',
        owner: 'team-plant',
        dataClasses: ['personal', 'process'],
        labels: { os: 'linux', version: '12' },
        addresses: ['10.8.0.5'],
        paths: ['grid'],
        capacity: { units: 400, used: 120 },
        minHealthy: 2,
        isEntryPoint: true,
        citizens: 12_000,
        statutoryHours: 72,
      },
    ]);
    expect(part.findings).toEqual([]);
  });

  test('G3: every column of an edge, in any order and any case', () => {
    const part = read(
      'To,FROM,kind,hard,observed,traffic,per-minute',
      'db,web,depends-on,true,,,',
      'plc,db,flows-to,false,true,tcp/502,120',
      'x,web,Consumes-Credential,,false,,',
    );
    expect(edgesOf(part)).toEqual([
      'db ~ plc flows-to seen tcp/502 120',
      'web > db depends-on',
      'web ? x consumes-credential',
    ]);
  });

  test('G3: rows that are too short say nothing in the columns they lack', () => {
    expect(read('id,kind,tier,owner', 'a,host').nodes).toEqual([{ id: 'a', at: 'file:1 row 2', kind: 'host' }]);
  });

  test('G3: unknown columns are named, a column twice or no id is refused', () => {
    expect(findingsOf(read('id,kind,cost centre', 'a,host,7'))).toEqual([
      'ignored file:1 cost centre: we have no such column',
    ]);
    expect(complaintsOf(fromCsv(documents(table('id,tier,tier', 'a,non-critical,safety-critical'))))).toEqual([
      'file:1 column `tier` is there twice',
    ]);
    expect(complaintsOf(fromCsv(documents(table('name,tier'), [], 'text', table('from,kind'))))).toEqual([
      'file:1 the header must name `id`, or `from` and `to`',
      'file:2 the header must name `id`, or `from` and `to`',
      'file:3 the header must name `id`, or `from` and `to`',
      'file:4 the header must name `id`, or `from` and `to`',
    ]);
  });

  test('G3: hostile headers are names like others', () => {
    const part = read('id,kind,__proto__,constructor', 'a,host,x,y');
    expect(part.nodes).toEqual([{ id: 'a', at: 'file:1 row 2', kind: 'host' }]);
    expect(part.findings.map(({ subject }) => subject)).toEqual(['--proto--', 'constructor']);
  });

  test('G3: rows that cannot be read are refused, each with its number', () => {
    expect(
      complaintsOf(fromCsv(documents(table('id,kind,entry_point', ',host,', 'a,robot,', 'b,host,perhaps')))),
    ).toEqual([
      'file:1 row 2 the node has no id',
      'file:1 row 3 kind of `a` must be one of host, service, segment, credential, group, flow, account, datastore, device',
      'file:1 row 4 entry-point of `b` must be true or false',
    ]);
    expect(
      complaintsOf(
        fromCsv(
          documents(
            table(
              'from,to,kind,hard,observed,traffic,per_minute',
              ',b,depends-on,,,,',
              'a,,depends-on,,,,',
              'a,b,depends-on,maybe,,,',
              'a,c,depends-on,,yes,,',
              `a,d,flows-to,,,${'x'.repeat(121)},`,
              'a,e,flows-to,,,,1.5',
              'a,f,flows-to,,,,1000000000001',
            ),
          ),
        ),
      ),
    ).toEqual([
      'file:1 row 2 the edge has no from or no to',
      'file:1 row 3 the edge has no from or no to',
      'file:1 row 4 hard must be true or false',
      'file:1 row 5 observed must be true or false',
      'file:1 row 6 traffic must have at most 120 characters',
      'file:1 row 7 per-minute must be a whole number',
      'file:1 row 8 per-minute must be a whole number',
    ]);
  });

  test('G1: a kind of edge we do not know is read as the one that restricts most, and said', () => {
    const part = read('from,to,kind', 'a,b,reads', 'a,c,');
    expect(edgesOf(part)).toEqual(['a ? b depends-on', 'a ? c depends-on']);
    expect(findingsOf(part)).toEqual([
      'unknown-kind file:1 row 2 a: `reads` is not a kind of edge; read as depends-on',
      'unknown-kind file:1 row 3 a: `` is not a kind of edge; read as depends-on',
    ]);
    expect(edgesOf(mergedGraph([part]).snapshot)).toEqual(['a > b depends-on', 'a > c depends-on']);
  });

  test('G3: nodes without a kind are services, duplicates and self-dependencies are said', () => {
    expect(findingsOf(read('id,owner', 'a,team'))).toEqual([
      'unknown-kind file:1 row 2 a: no kind is given; read as a service',
    ]);
    expect(findingsOf(read('from,to,kind', 'a,b,depends-on', 'a,b,depends-on', 'a,a,depends-on'))).toEqual([
      'duplicate file:1 row 3 a: `depends-on` to `b` is already at file:1 row 2',
      'self-dependency file:1 row 4 a: `depends-on` to itself is left out',
    ]);
    expect(complaintsOf(fromCsv(documents(table('id', 'a', 'a'))))).toEqual([
      'file:1 row 3 `a` is described a second time, first at file:1 row 2; give one of them another id',
    ]);
  });

  test('labels are pairs; what is no pair is no label', () => {
    expect(read('id,kind,labels', 'a,host,os=linux;=x;plain; b = c=d ').nodes[0]?.labels).toEqual({
      os: 'linux',
      b: 'c=d',
    });
  });
});

describe('JSON', () => {
  test('G3: the fields are those of a snapshot', () => {
    const nodes = [
      {
        id: 'a',
        kind: 'service',
        tier: 'non-critical',
        environment: 'staging',
        owner: 'team-a',
        dataClasses: ['x'],
        labels: { os: 'linux' },
        addresses: ['10.0.0.1'],
        paths: ['p'],
        capacity: { units: 4, used: 2 },
        minHealthy: 1,
        isEntryPoint: false,
        citizens: 5,
        statutoryHours: 6,
      },
    ];
    const edges = [
      { from: 'a', to: 'b', kind: 'flows-to', isHard: false, isObserved: true, traffic: 'tcp/1', perMinute: 7 },
    ];
    const part = partOf(fromJson(documents({ nodes, edges })));
    expect(part.nodes).toEqual([{ ...nodes[0], at: 'file:1/nodes/0' }]);
    expect(part.edges).toEqual([{ ...edges[0], at: 'file:1/edges/0' }]);
    expect(part.findings).toEqual([]);
  });

  test('G3: a snapshot goes in and comes out the same, under its new version', () => {
    const first = mergedGraph([
      partOf(
        fromJson(
          documents({
            nodes: [{ id: 'a', kind: 'host', tier: 'unknown', environment: 'staging', owner: 'o' }],
            edges: [],
          }),
        ),
      ),
    ]);
    const again = mergedGraph([partOf(fromJson(documents(JSON.parse(JSON.stringify(first.snapshot)))))]);
    expect(again.snapshot).toEqual(first.snapshot);
  });

  test('G3: unknown fields are named, wrong ones are refused', () => {
    expect(findingsOf(partOf(fromJson(documents({ nodes: [{ id: 'a', kind: 'host', colour: 'red' }] }))))).toEqual([
      'ignored file:1/nodes/0 colour: we have no such field',
    ]);
    const value = {
      nodes: [{}, 7, { id: 'a', kind: 'host', capacity: { units: 1 } }, { id: {} }],
      edges: [{ from: 'a' }, null, { from: 'a', to: 'b', kind: 'depends-on', isHard: 'often' }],
    };
    expect(complaintsOf(fromJson(documents(value)))).toEqual([
      'file:1/nodes/0 the node has no id',
      'file:1/nodes/1 the node has no id',
      'file:1/nodes/2 capacity of `a` must be like 400/120: units it can carry, units in use',
      'file:1/nodes/3 the node has no id',
      'file:1/edges/0 the edge has no from or no to',
      'file:1/edges/1 the edge has no from or no to',
      'file:1/edges/2 hard must be true or false',
    ]);
  });

  test('G3: one of the two lists is enough; neither is refused', () => {
    expect(partOf(fromJson(documents({ nodes: [] }, { edges: [] })))).toMatchObject({ nodes: [], edges: [] });
    for (const value of [{}, [], null, 'text', { nodes: {} }])
      expect(complaintsOf(fromJson(documents(value)))).toEqual([
        'file:1 must be an object with the lists `nodes` and `edges`',
      ]);
  });
});
