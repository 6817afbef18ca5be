/**
 * SARIF 2.1.0 (OASIS): results of one rule, level and state become one signal naming every place that was found; each place is a
 * finding of its own beside it.
 */
import { parseId, type Instant, type TargetId } from '../shared/brand.ts';
import { refuse, type Complaint, type Result } from '../shared/result.ts';
import { integer, list, literal, oneOf, optional, readShape, text, type Shape } from '../shared/shape.ts';
import { FindingDetails, type FindingDetail } from './finding-detail.ts';
import { looseObject } from './loose-object.ts';
import { words, type SignalContext } from './parse-context.ts';
import { rfc3339 } from './parse-time.ts';
import type { Signal } from './signal.ts';

type Level = 'none' | 'note' | 'warning' | 'error';
interface Rule {
  readonly id: string;
  readonly shortDescription?: { readonly text: string };
  readonly defaultConfiguration?: { readonly level?: Level };
  readonly properties?: Properties;
}
interface Properties {
  readonly target?: string;
  readonly component?: string;
  /** Chance of exploitation, from 0 to 1, under the names scanners use. */
  readonly epss?: number;
  readonly probability?: number;
}
interface Found {
  readonly ruleId?: string;
  readonly ruleIndex?: number;
  readonly rule?: { readonly id?: string; readonly index?: number };
  readonly kind?: 'pass' | 'open' | 'informational' | 'notApplicable' | 'review' | 'fail';
  readonly level?: Level;
  readonly message: { readonly text?: string };
  readonly baselineState?: 'new' | 'unchanged' | 'updated' | 'absent';
  readonly suppressions?: readonly { readonly status?: string }[];
  readonly locations?: readonly {
    readonly logicalLocations?: readonly { readonly fullyQualifiedName?: string; readonly name?: string }[];
  }[];
  readonly properties?: Properties;
}
interface Run {
  readonly tool: { readonly driver: { readonly name: string; readonly rules?: readonly Rule[] } };
  readonly results?: readonly Found[];
  readonly invocations?: readonly { readonly startTimeUtc?: Instant; readonly endTimeUtc?: Instant }[];
}
interface Log {
  readonly version: '2.1.0';
  readonly runs: readonly Run[];
}

const RESULTS = 25_000;
const prose = text({ max: 16_000 });
const level: Shape<Level> = oneOf('none', 'note', 'warning', 'error');
/** `ruleIndex` -1 means "not given" (SARIF 3.27.6). */
const position = integer({ min: -1, max: 1_000_000 });
/** A chance as ten-thousandths, rounded up. What is none is as if it were not there: then nobody says that it is small. */
const chance: Shape<number> = {
  schema: {},
  read(value) {
    const given = typeof value === 'string' && /^[01](?:\.\d{1,12})?$/.test(value) ? Number(value) : value;
    return typeof given === 'number' && given >= 0 && given <= 1 ? Math.ceil(given * 10_000) : undefined;
  },
};
const bag: Shape<Properties> = looseObject<Properties>({
  target: optional(text({ max: 1000 })),
  component: optional(text({ max: 1000 })),
  epss: optional(chance),
  probability: optional(chance),
});
type Location = NonNullable<Found['locations']>[number];

const found: Shape<Found> = looseObject<Found>({
  ruleId: optional(text({ min: 1, max: 200 })),
  ruleIndex: optional(position),
  rule: optional(
    looseObject<NonNullable<Found['rule']>>({ id: optional(text({ min: 1, max: 200 })), index: optional(position) }),
  ),
  kind: optional(oneOf('pass', 'open', 'informational', 'notApplicable', 'review', 'fail')),
  level: optional(level),
  message: looseObject<Found['message']>({ text: optional(prose) }),
  baselineState: optional(oneOf('new', 'unchanged', 'updated', 'absent')),
  suppressions: optional(list(looseObject<{ status?: string }>({ status: optional(text({ max: 40 })) }), { max: 100 })),
  locations: optional(
    list(
      looseObject<Location>({
        logicalLocations: optional(
          list(
            looseObject<NonNullable<Location['logicalLocations']>[number]>({
              fullyQualifiedName: optional(text({ max: 1000 })),
              name: optional(text({ max: 1000 })),
            }),
            { max: 1000 },
          ),
        ),
      }),
      { max: 1000 },
    ),
  ),
  properties: optional(bag),
});

const log: Shape<Log> = looseObject<Log>({
  version: literal('2.1.0'),
  runs: list(
    looseObject<Run>({
      tool: looseObject<Run['tool']>({
        driver: looseObject<Run['tool']['driver']>({
          name: text({ min: 1, max: 200 }),
          rules: optional(
            list(
              looseObject<Rule>({
                id: text({ min: 1, max: 200 }),
                shortDescription: optional(looseObject<{ text: string }>({ text: prose })),
                defaultConfiguration: optional(looseObject<{ level?: Level }>({ level: optional(level) })),
                properties: optional(bag),
              }),
              { max: 20_000 },
            ),
          ),
        }),
      }),
      results: optional(list(found, { max: RESULTS })),
      invocations: optional(
        list(
          looseObject<NonNullable<Run['invocations']>[number]>({
            startTimeUtc: optional(rfc3339),
            endTimeUtc: optional(rfc3339),
          }),
          { max: 100 },
        ),
      ),
    }),
    { min: 1, max: 100 },
  ),
});

interface Finding {
  readonly rule: string;
  readonly title: string;
  readonly severity: Level;
  readonly status: Signal['status'];
  readonly startedAt: Instant;
  readonly targets: Set<TargetId>;
}

export interface SarifLog {
  readonly signals: readonly Signal[];
  /** One for each rule and target. */
  readonly findings: readonly FindingDetail[];
}

/** The signals alone, see `readSarifLog`. */
export function readSarif(document: unknown, context: SignalContext): Result<readonly Signal[]> {
  const read = readSarifLog(document, context);
  return read.ok ? { ok: true, value: read.value.signals } : read;
}

/** All complaints at once, each with its JSON pointer; passed, suppressed and inapplicable results are no findings. */
export function readSarifLog(document: unknown, context: SignalContext): Result<SarifLog> {
  const read = readShape(log, document);
  if (!read.ok) return read;
  const total = read.value.runs.reduce((sum, { results = [] }) => sum + results.length, 0);
  if (total > RESULTS)
    return refuse('too-large', `the log has ${total} results, at most ${RESULTS} are read`, { clause: 'D8' });
  const complaints: Complaint[] = [];
  const findings = new Map<string, Finding>();
  const details = new FindingDetails();
  read.value.runs.forEach((run, index) =>
    collectRun(findings, run, { at: `/runs/${index}`, complaints, context, details }),
  );
  if (complaints.length > 0) return refuse('malformed', 'some results cannot be read', { clause: 'D8', complaints });
  const signals = [...findings.values()].map((finding) => toSignal(finding, context));
  return { ok: true, value: { signals, findings: details.all() } };
}

interface Place {
  readonly at: string;
  readonly complaints: Complaint[];
  readonly context: SignalContext;
  readonly details: FindingDetails;
}

function collectRun(findings: Map<string, Finding>, run: Run, { at, complaints, context, details }: Place): void {
  const rules = run.tool.driver.rules ?? [];
  const byId = new Map(rules.map((rule) => [rule.id, rule]));
  const times = run.invocations ?? [];
  const startedAt = times[0]?.startTimeUtc ?? times[0]?.endTimeUtc ?? context.receivedAt;
  (run.results ?? []).forEach((result, index) => {
    if (!isFinding(result)) return;
    const place = `${at}/results/${index}`;
    const numbered = rules[result.ruleIndex ?? result.rule?.index ?? -1];
    const id = result.ruleId ?? result.rule?.id ?? numbered?.id;
    if (id === undefined)
      return void complaints.push({ at: `${place}/ruleId`, problem: 'is missing and no rule index names one' });
    const rule = numbered ?? byId.get(id);
    const target = targetsOf(result);
    if (target === 'bad')
      return void complaints.push({
        at: `${place}/properties/target`,
        problem: 'must be an id: 1 to 64 characters A-Z a-z 0-9 . _ -',
      });
    const severity = result.level ?? rule?.defaultConfiguration?.level ?? 'warning';
    const status = result.baselineState === 'absent' ? 'resolved' : 'firing';
    const title = words(rule?.shortDescription?.text ?? result.message.text, id, 500);
    const key = JSON.stringify([id, severity, status]);
    const finding = findings.get(key) ?? { rule: id, title, severity, status, startedAt, targets: new Set<TargetId>() };
    findings.set(key, finding);
    const said = { ...rule?.properties, ...result.properties };
    for (const one of target) {
      finding.targets.add(one);
      details.add({ rule: id, target: one, title, severity, status, ...saidOf(said) });
    }
  });
}

/** Of two chances for one thing the larger one counts. */
function saidOf({ component, epss, probability }: Properties): Pick<FindingDetail, 'components' | 'probability'> {
  const given = [epss, probability].filter((one) => one !== undefined);
  return {
    ...(component !== undefined && component !== '' && { components: [component] }),
    ...(given.length > 0 && { probability: Math.max(...given) }),
  };
}

/** `kind` defaults to `fail` (SARIF 3.27.9); a suppression counts unless it is still under review or was rejected. */
const isFinding = ({ kind = 'fail', suppressions = [] }: Found): boolean =>
  (kind === 'fail' || kind === 'open' || kind === 'review') &&
  !suppressions.some(({ status = 'accepted' }) => status === 'accepted');

/** `properties.target` is ours and must be an id; of logical locations those that are ids are taken. */
function targetsOf({ properties, locations = [] }: Found): readonly TargetId[] | 'bad' {
  if (properties?.target !== undefined) {
    const target = parseId<'Target'>(properties.target);
    return target === undefined ? 'bad' : [target];
  }
  const names = locations.flatMap(({ logicalLocations = [] }) =>
    logicalLocations.map(({ fullyQualifiedName, name }) => fullyQualifiedName ?? name ?? ''),
  );
  return names.flatMap((name) => parseId<'Target'>(name) ?? []);
}

function toSignal({ targets, ...finding }: Finding, context: SignalContext): Signal {
  const named = [...targets].toSorted();
  const parts = [context.source, 'sarif', finding.rule, finding.severity, finding.status, finding.startedAt];
  return {
    id: context.signalId([...parts, ...named]),
    source: context.source,
    format: 'sarif',
    ...finding,
    targets: named,
    observedAt: context.receivedAt,
    document: context.documentDigest,
  };
}
