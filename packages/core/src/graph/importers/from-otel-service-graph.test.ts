import { describe, expect, test } from 'vitest';
import { fromOtelServiceGraph, type ServiceGraphOptions } from './from-otel-service-graph.ts';
import { complaintsOf, documents, edgesOf, findingsOf, partOf } from './part.builder.ts';
import type { ImportedPart } from './part.ts';

type Fields = Readonly<Record<string, unknown>>;
const METRIC = 'traces_service_graph_request_total';

const vector = (...series: readonly unknown[]): unknown => ({
  status: 'success',
  data: { resultType: 'vector', result: series },
});
const sample = (client: string, server: string, value: unknown, more: Fields = {}): unknown => ({
  metric: { client, server, ...more },
  value: [1_732_154_400.1, value],
});
const read = (value: unknown, options: ServiceGraphOptions = {}): ImportedPart =>
  partOf(fromOtelServiceGraph(documents(value), options));

describe('Prometheus', () => {
  test('G2: what was seen is a dependency of unsaid strength, marked as seen, with its rate rounded up', () => {
    const part = read(vector(sample('web', 'cart', '0.41'), sample('cart', 'db', '12')));
    expect(edgesOf(part)).toEqual(['cart ? db depends-on seen 720', 'web ? cart depends-on seen 25']);
    expect(part.nodes).toEqual([
      { id: 'cart', at: 'file:1/data/result/0' },
      { id: 'web', at: 'file:1/data/result/0' },
      { id: 'db', at: 'file:1/data/result/1' },
    ]);
    expect(part.findings).toEqual([]);
  });

  test('G2: series that differ by other labels are one pair, added up', () => {
    const part = read(vector(sample('a', 'b', '1', { code: '200' }), sample('a', 'b', '0.5', { code: '500' })));
    expect(edgesOf(part)).toEqual(['a ? b depends-on seen 90']);
  });

  test('G2: a counter as it stands tells no rate; a range of it does', () => {
    expect(edgesOf(read(vector(sample('a', 'b', '31415', { __name__: METRIC }))))).toEqual(['a ? b depends-on seen']);
    const matrix = {
      data: {
        resultType: 'matrix',
        result: [
          {
            metric: { __name__: METRIC, client: 'a', server: 'b' },
            values: [
              [0, '100'],
              [60, '150'],
              [120, '340'],
            ],
          },
        ],
      },
    };
    expect(edgesOf(read(matrix))).toEqual(['a ? b depends-on seen 120']);
  });

  test.each([
    [[[0, '100']]],
    [
      [
        [0, '100'],
        [60, '50'],
      ],
    ],
    [
      [
        [60, '1'],
        [0, '2'],
      ],
    ],
    [
      [
        [0, 'NaN'],
        [60, '2'],
      ],
    ],
    [[]],
    ['text'],
  ])('G2: from the range %j no rate can be told', (values) => {
    const value = { data: { result: [{ metric: { client: 'a', server: 'b' }, values }] } };
    expect(edgesOf(read(value))).toEqual(['a ? b depends-on seen']);
  });

  test('G5: a call by the virtual user makes an entry point; the user is no node', () => {
    const part = read(
      vector(sample('user', 'web', '3', { connection_type: 'virtual_node' }), sample('user', 'admin', '1')),
    );
    expect(part.nodes.map(({ id, isEntryPoint }) => `${id} ${isEntryPoint}`)).toEqual([
      'web true',
      'admin undefined',
      'user undefined',
    ]);
    expect(edgesOf(part)).toEqual(['user ? admin depends-on seen 60']);
  });

  test('G2: a database is a store of data, a message is a flow that nobody waits for', () => {
    const part = read(
      vector(
        sample('cart', 'redis', '1', { connection_type: 'database' }),
        sample('cart', 'mailer', '1', { connection_type: 'messaging_system' }),
      ),
    );
    expect(part.nodes.map(({ id, kind }) => `${id} ${kind}`)).toEqual([
      'redis datastore',
      'cart undefined',
      'mailer undefined',
    ]);
    expect(edgesOf(part)).toEqual(['cart ? redis depends-on seen 60', 'cart ~ mailer flows-to seen 60']);
  });

  test('G3: other metrics and series without both ends are named', () => {
    const part = read(
      vector(sample('a', 'b', '1', { __name__: 'up' }), { metric: { client: 'a' } }, { metric: {} }, 7),
    );
    expect(part.edges).toEqual([]);
    expect(findingsOf(part)).toEqual([
      'ignored file:1/data/result/0 up: is another metric',
      'ignored file:1/data/result/1 a: names no client or no server',
      'ignored file:1/data/result/2 : names no client or no server',
      'ignored file:1/data/result/3 : names no client or no server',
    ]);
  });

  test('a rate beyond what the graph holds is the most it holds; a call to itself is reported', () => {
    const part = read(vector(sample('a', 'b', '1e300'), sample('a', 'a', '1')));
    expect(edgesOf(part)).toEqual(['a ? b depends-on seen 1000000000000']);
    expect(part.findings.map(({ kind }) => kind)).toEqual(['self-dependency']);
  });
});

const point = (client: string, server: string, more: Fields): unknown => ({
  attributes: [
    { key: 'client', value: { stringValue: client } },
    { key: 'server', value: { stringValue: server } },
    { key: 'failed', value: { boolValue: false } },
  ],
  startTimeUnixNano: '1732154400000000000',
  timeUnixNano: '1732154520000000000',
  ...more,
});
const metrics = (...dataPoints: readonly unknown[]): unknown => ({
  resourceMetrics: [
    {
      scopeMetrics: [
        {
          metrics: [
            { name: METRIC, sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints } },
            { name: 'other', sum: { dataPoints } },
          ],
        },
      ],
    },
    {},
  ],
});

describe('OTLP', () => {
  test('G2: the count over its own time is the rate', () => {
    const part = read(metrics(point('web', 'cart', { asInt: '240' }), point('cart', 'db', { asDouble: 3 })));
    expect(edgesOf(part)).toEqual(['cart ? db depends-on seen 2', 'web ? cart depends-on seen 120']);
    expect(part.nodes.map(({ at }) => at)).toEqual(['file:1 point 1', 'file:1 point 1', 'file:1 point 2']);
  });

  test.each([
    { asInt: '240', startTimeUnixNano: undefined },
    { asInt: '240', timeUnixNano: '1732154400000000000' },
    { asInt: 'many' },
    {},
  ])('G2: without a count or a time there is no rate: %j', (more) => {
    expect(edgesOf(read(metrics(point('a', 'b', more))))).toEqual(['a ? b depends-on seen']);
  });

  test('G3: points without both ends are named', () => {
    expect(findingsOf(read(metrics({ attributes: [] }, 7)))).toEqual([
      'ignored file:1 point 1 : names no client or no server',
      'ignored file:1 point 2 : names no client or no server',
    ]);
  });
});

describe('Jaeger', () => {
  const dependencies = [
    { parent: 'web', child: 'cart', callCount: 600 },
    { parent: 'cart', child: 'db', callCount: 'many' },
    { parent: 'cart' },
    null,
  ];

  test('G2: counts are rates only when the time they were counted over is said', () => {
    const part = read({ data: dependencies });
    expect(edgesOf(part)).toEqual(['cart ? db depends-on seen', 'web ? cart depends-on seen']);
    expect(findingsOf(part)).toHaveLength(2);
    expect(edgesOf(read(dependencies, { windowMinutes: 60 }))).toEqual([
      'cart ? db depends-on seen',
      'web ? cart depends-on seen 10',
    ]);
    expect(edgesOf(read(dependencies, { windowMinutes: 0 }))).toContain('web ? cart depends-on seen');
  });
});

test('G3: what is none of these is refused', () => {
  expect(complaintsOf(fromOtelServiceGraph(documents({ data: {} }, 'text', null)))).toEqual([
    'file:1 is neither a Prometheus query result, nor OTLP metrics, nor Jaeger dependencies',
    'file:2 is neither a Prometheus query result, nor OTLP metrics, nor Jaeger dependencies',
    'file:3 is neither a Prometheus query result, nor OTLP metrics, nor Jaeger dependencies',
  ]);
});
