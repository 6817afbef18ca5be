/** Named sources, e.g. `kubernetes=deploy/`, become parts of a graph. Sources of one format are read together: they refer to each other. */
import {
  fromBackstage,
  fromCompose,
  fromCsv,
  fromCycloneDx,
  fromJson,
  fromKubernetes,
  fromOtelServiceGraph,
  type Environment,
  type ImportedPart,
  type Result,
  type SourceDocument,
} from '@countersign/core';
import { EXIT } from '../cli/exit-codes.ts';
import { Failure, usage } from '../cli/failure.ts';
import { filesOf } from './find-files.ts';
import { documentsOf } from './parse-source.ts';

export interface SourceSettings {
  readonly environmentNames: ReadonlyMap<string, Environment>;
  readonly homeNamespace: string | undefined;
  readonly windowMinutes: number | undefined;
}

interface Format {
  readonly endings: readonly string[];
  readonly read: (documents: readonly SourceDocument[], settings: SourceSettings) => Result<ImportedPart>;
}

const YAML: readonly string[] = ['.yaml', '.yml', '.json'];
const FORMATS: ReadonlyMap<string, Format> = new Map([
  ['backstage', { endings: YAML, read: fromBackstage }],
  [
    'kubernetes',
    {
      endings: YAML,
      read: (documents, { environmentNames, homeNamespace }) =>
        fromKubernetes(documents, { environmentNames, ...(homeNamespace !== undefined && { homeNamespace }) }),
    },
  ],
  [
    'otel',
    {
      endings: ['.json'],
      read: (documents, { windowMinutes }) =>
        fromOtelServiceGraph(documents, { ...(windowMinutes !== undefined && { windowMinutes }) }),
    },
  ],
  ['cyclonedx', { endings: ['.json'], read: fromCycloneDx }],
  ['compose', { endings: YAML, read: fromCompose }],
  ['csv', { endings: ['.csv'], read: fromCsv }],
  ['json', { endings: ['.json'], read: fromJson }],
] as const satisfies readonly (readonly [string, Format])[]);

const FORMAT_NAMES: readonly string[] = [...FORMATS.keys()];

/** `sources` are `format=path`, in the order in which they count when files disagree about a name. */
export function importSources(sources: readonly string[], settings: SourceSettings): readonly ImportedPart[] {
  const paths = new Map<string, string[]>();
  for (const source of sources) {
    const sign = source.indexOf('=');
    const [format, path] = [source.slice(0, Math.max(sign, 0)), source.slice(sign + 1)];
    if (!FORMATS.has(format) || path === '')
      throw usage(`\`${source}\` must be FORMAT=FILE or FORMAT=FOLDER, FORMAT one of ${FORMAT_NAMES.join(', ')}`);
    paths.set(format, [...(paths.get(format) ?? []), path]);
  }
  return [...paths].map(([format, named]) => partOf(format, named, settings));
}

function partOf(name: string, paths: readonly string[], settings: SourceSettings): ImportedPart {
  const format = FORMATS.get(name);
  if (format === undefined) throw usage(`\`${name}\` is no format`);
  const documents = paths.flatMap((path) => filesOf(path, format.endings)).flatMap(documentsOf);
  const part = format.read(documents, settings);
  if (part.ok) return part.value;
  throw new Failure(EXIT.failed, part.refusal);
}
