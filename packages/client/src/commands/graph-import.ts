/** `cs graph import`: a snapshot from the files people have, and a report of what is dangling, unknown and unowned (G3). */
import { writeFileSync } from 'node:fs';
import {
  ENVIRONMENTS,
  FINDING_KINDS,
  mergeParts,
  parseId,
  parseInstant,
  type Environment,
  type FindingKind,
  type MergedGraph,
} from '@countersign/core';
import { canonicalBytes, digestOf } from '@countersign/seal';
import type { Context } from '../cli/context.ts';
import { EXIT, type ExitCode } from '../cli/exit-codes.ts';
import { Failure, usage } from '../cli/failure.ts';
import { safe } from '../cli/safe-text.ts';
import { importSources } from '../graph-files/import-sources.ts';

export interface GraphImportOptions {
  /** `format=path`. */
  readonly from: readonly string[];
  readonly organisation: string;
  readonly version: number;
  readonly out: string;
  readonly environment?: string;
  /** `word=environment`. */
  readonly meaning: readonly string[];
  readonly namespace?: string;
  readonly takenAt?: string;
  readonly windowMinutes?: number;
  readonly strict: boolean;
}

const SHOWN_OF_EACH = 20;
const TITLES: Readonly<Record<FindingKind, string>> = {
  dangling: 'dangling: refer to something no file describes',
  'unknown-tier': 'unknown tier: count as safety-critical',
  unowned: 'unowned: nobody to ask',
  'unknown-kind': 'unknown kind',
  ignored: 'ignored',
  renamed: 'renamed',
  conflict: 'conflict: files disagree',
  duplicate: 'duplicate',
  'self-dependency': 'self-dependency',
};

export async function graphImport(
  { output, settings, world }: Context,
  options: GraphImportOptions,
): Promise<ExitCode> {
  const organisation = parseId<'Organisation'>(options.organisation);
  if (organisation === undefined) throw usage('`--organisation` must be the id of an organisation');
  const takenAt = options.takenAt === undefined ? world.now() : parseInstant(options.takenAt);
  if (takenAt === undefined) throw usage('`--taken-at` must be a UTC time like 2026-11-21T02:14:00.000Z');
  const environment = options.environment === undefined ? undefined : environmentNamed(options.environment);
  const parts = importSources(options.from, {
    environmentNames: meaningsOf(options.meaning),
    homeNamespace: options.namespace,
    windowMinutes: options.windowMinutes,
  });
  const graph = mergeParts(parts, {
    organisation,
    version: options.version,
    takenAt,
    ...(environment !== undefined && { defaults: { environment } }),
  });
  if (!graph.ok) throw new Failure(EXIT.failed, graph.refusal);
  const bytes = canonicalBytes(graph.value.snapshot);
  writeFileSync(options.out, bytes, { mode: 0o600 });
  const { findings, counts } = graph.value.report;
  const digest = digestOf(bytes);
  if (settings.isJson) output.json({ file: options.out, digest, ...sizes(graph.value), counts, findings });
  else output.lines(reportLines(graph.value, options.out, digest));
  output.note(`sign it with: cs graph sign ${safe(options.out)} --key FILE --out graph.dsse.json`);
  return options.strict && findings.length > 0 ? EXIT.failed : EXIT.ok;
}

function environmentNamed(word: string): Environment {
  const found = ENVIRONMENTS.find((one) => one === word);
  if (found !== undefined) return found;
  throw usage(`\`${word}\` is not an environment`, ...ENVIRONMENTS);
}

function meaningsOf(pairs: readonly string[]): ReadonlyMap<string, Environment> {
  return new Map(
    pairs.map((pair): [string, Environment] => {
      const sign = pair.lastIndexOf('=');
      if (sign < 1) throw usage(`\`${pair}\` must be WORD=ENVIRONMENT, e.g. experimental=staging`);
      return [pair.slice(0, sign).toLowerCase(), environmentNamed(pair.slice(sign + 1))];
    }),
  );
}

const sizes = ({ snapshot }: MergedGraph): { readonly nodes: number; readonly edges: number } => ({
  nodes: snapshot.nodes.length,
  edges: snapshot.edges.length,
});

function reportLines(graph: MergedGraph, file: string, digest: string): readonly string[] {
  const { findings } = graph.report;
  const { nodes, edges } = sizes(graph);
  const told = FINDING_KINDS.flatMap((kind) => {
    const some = findings.filter((finding) => finding.kind === kind);
    const left = some.length - SHOWN_OF_EACH;
    if (some.length === 0) return [];
    return [
      '',
      `${some.length} ${TITLES[kind]}`,
      ...some
        .slice(0, SHOWN_OF_EACH)
        .map(({ at, subject, detail }) => `  ${safe(subject)}  ${safe(detail)}  (${safe(at)})`),
      ...(left > 0 ? [`  and ${left} more; --json lists all`] : []),
    ];
  });
  return [
    `${safe(file)}  version ${graph.snapshot.version}  ${nodes} nodes, ${edges} edges  ${digest}`,
    ...(told.length === 0 ? ['nothing is dangling, unknown or unowned'] : told),
  ];
}
