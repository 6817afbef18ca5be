/**
 * Who calls whom, as traces saw it: the service graph metric of the OpenTelemetry collector and of Tempo
 * (`traces_service_graph_request_total` by `client` and `server`), as a Prometheus query result or as OTLP JSON; and Jaeger's
 * dependencies. Everything here was seen, not declared: a kind, a tier or an owner must come from another file. How strong the
 * dependency is cannot be seen either, so it is hard unless somebody declares it soft.
 */
import type { Result } from '../../shared/result.ts';
import { PartBuilder } from './part-builder.ts';
import type { ImportedPart, ImportOptions, SourceDocument } from './part.ts';
import { amountOf, inside, isRecord, itemsIn, wordIn, wordOf } from './read-value.ts';

export interface ServiceGraphOptions extends ImportOptions {
  /** How many minutes Jaeger counted over; without it its counts are no rate. */
  readonly windowMinutes?: number;
}

interface Call {
  readonly client: string;
  readonly server: string;
  /** `virtual_node`, `database`, `messaging_system`, or nothing. */
  readonly connection: string | undefined;
  readonly perMinute: number | undefined;
  readonly at: string;
}

const METRIC = 'traces_service_graph_request_total';
const MAX_PER_MINUTE = 1_000_000_000_000;

export function fromOtelServiceGraph(
  documents: readonly SourceDocument[],
  options: ServiceGraphOptions = {},
): Result<ImportedPart> {
  const builder = new PartBuilder();
  const calls = documents.flatMap(({ at, value }) => callsIn(value, { at, builder, options }));
  for (const call of summed(calls)) if (!builder.isFull) addCall(call, builder);
  return builder.done();
}

interface Source {
  readonly at: string;
  readonly builder: PartBuilder;
  readonly options: ServiceGraphOptions;
}

function callsIn(value: unknown, source: Source): readonly Call[] {
  if (Array.isArray(inside(value, 'data', 'result'))) return prometheusCalls(value, source);
  if (Array.isArray(inside(value, 'resourceMetrics'))) return otlpCalls(value, source);
  const dependencies = Array.isArray(value) ? value : inside(value, 'data');
  if (Array.isArray(dependencies)) return jaegerCalls(itemsIn(dependencies), source);
  source.builder.refuse(source.at, 'is neither a Prometheus query result, nor OTLP metrics, nor Jaeger dependencies');
  return [];
}

function callOf(
  get: (name: string) => string | undefined,
  perMinute: number | undefined,
  { at, builder }: Omit<Source, 'options'>,
): readonly Call[] {
  const [client, server] = [get('client'), get('server')];
  if (client !== undefined && server !== undefined)
    return [{ client, server, connection: get('connection_type'), perMinute, at }];
  builder.find('ignored', at, client ?? server ?? '', 'names no client or no server');
  return [];
}

function prometheusCalls(value: unknown, source: Source): readonly Call[] {
  return itemsIn(value, 'data', 'result').flatMap((series, index) => {
    const metric = wordIn(series, 'metric', '__name__');
    const at = `${source.at}/data/result/${index}`;
    if (metric !== undefined && metric !== METRIC) {
      source.builder.find('ignored', at, metric, 'is another metric');
      return [];
    }
    return callOf((name) => wordIn(series, 'metric', name), prometheusRate(series, metric), { ...source, at });
  });
}

/**
 * A range gives the rate by its ends. A single value without a metric name is what `rate()` answers, per second; a counter as it
 * stands tells no rate.
 */
function prometheusRate(series: unknown, metric: string | undefined): number | undefined {
  const range = itemsIn(series, 'values').map((sample) => itemsIn(sample).map(amountOf));
  const [[start, first] = [], [end, last] = []] = [range[0], range.at(-1)];
  if (start !== undefined && end !== undefined && first !== undefined && last !== undefined)
    return end > start && last >= first ? ((last - first) / (end - start)) * 60 : undefined;
  const [, value] = itemsIn(series, 'value').map(amountOf);
  return value === undefined || metric !== undefined ? undefined : value * 60;
}

const NANOSECONDS_A_MINUTE = 60_000_000_000;

function otlpCalls(value: unknown, source: Source): readonly Call[] {
  const metrics = itemsIn(value, 'resourceMetrics')
    .flatMap((resource) => itemsIn(resource, 'scopeMetrics'))
    .flatMap((scope) => itemsIn(scope, 'metrics'));
  return metrics
    .filter((metric) => wordIn(metric, 'name') === METRIC)
    .flatMap((metric) => itemsIn(metric, 'sum', 'dataPoints'))
    .flatMap((point, index) => {
      const attributes = new Map(
        itemsIn(point, 'attributes').map((pair) => [wordIn(pair, 'key') ?? '', wordIn(pair, 'value', 'stringValue')]),
      );
      const count = amountOf(inside(point, 'asInt')) ?? amountOf(inside(point, 'asDouble'));
      const [start, end] = [amountOf(inside(point, 'startTimeUnixNano')), amountOf(inside(point, 'timeUnixNano'))];
      const isTimed = count !== undefined && start !== undefined && end !== undefined && end > start;
      const perMinute = isTimed ? count / ((end - start) / NANOSECONDS_A_MINUTE) : undefined;
      return callOf((name) => attributes.get(name), perMinute, { ...source, at: `${source.at} point ${index + 1}` });
    });
}

function jaegerCalls(dependencies: readonly unknown[], source: Source): readonly Call[] {
  const minutes = source.options.windowMinutes;
  return dependencies.flatMap((dependency, index) => {
    const count = amountOf(inside(dependency, 'callCount'));
    const perMinute = count === undefined || minutes === undefined || minutes <= 0 ? undefined : count / minutes;
    const names = new Map([
      ['client', wordOf(isRecord(dependency) ? inside(dependency, 'parent') : undefined)],
      ['server', wordIn(dependency, 'child')],
    ]);
    return callOf((name) => names.get(name), perMinute, { ...source, at: `${source.at}/${index}` });
  });
}

/** Series differ by more labels than ours: the calls of one pair are added up. */
function summed(calls: readonly Call[]): readonly Call[] {
  const pairs = new Map<string, Call>();
  for (const call of calls) {
    const key = JSON.stringify([call.client, call.server, call.connection]);
    const before = pairs.get(key);
    const rates = [before?.perMinute, call.perMinute].filter((rate) => rate !== undefined);
    const perMinute = rates.length === 0 ? undefined : rates.reduce((sum, rate) => sum + rate, 0);
    pairs.set(key, { ...(before ?? call), perMinute });
  }
  return [...pairs.values()];
}

function addCall({ client, server, connection, perMinute, at }: Call, builder: PartBuilder): void {
  const callee = builder.ensure(server, connection === 'database' ? { kind: 'datastore' } : {}, at);
  // The collector's name for whoever calls from outside of everything that is traced.
  if (connection === 'virtual_node' && client === 'user') {
    if (callee !== undefined) builder.markEntryPoint(callee);
    return;
  }
  builder.ensure(client, {}, at);
  const rate = perMinute === undefined ? undefined : Math.min(Math.ceil(perMinute), MAX_PER_MINUTE);
  const isMessage = connection === 'messaging_system';
  builder.edge(
    {
      from: client,
      to: server,
      kind: isMessage ? 'flows-to' : 'depends-on',
      // Who sends a message does not wait for its reader.
      ...(isMessage && { isHard: false }),
      isObserved: true,
      ...(rate !== undefined && { perMinute: rate }),
    },
    at,
  );
}
