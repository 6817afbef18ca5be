/**
 * YAML that people write into the JSON that people sign (E1): read strictly, expanded, held against the envelope's own shape and
 * checks, completed with the digest of its rules. Every complaint names line and column of the file.
 */
import {
  cedarJsonOf,
  didYouMean,
  envelopeShape,
  lintEnvelope,
  readShape,
  rulesOf,
  toCedar,
  type CedarJson,
  type CedarPolicies,
  type Envelope,
  type EnvelopeFinding,
  type LintSetting,
} from '@countersign/core';
import { withPolicies } from '@countersign/seal';
import { isPackName, loadPack, PACK_NAMES, type Pack } from '../packs/load-pack.ts';
import { Drafting, type Said } from './drafting.ts';
import { expand, FILE_FIELDS } from './expand.ts';
import { expandGuardrails } from './expand-guardrails.ts';
import { has, isLoose, itemsAt, type Loose } from './loose.ts';
import { pointerOf, type Located } from './source-map.ts';
import { readYaml, type YamlSource } from './yaml-source.ts';

interface CompiledFile {
  readonly envelope: Envelope;
  /** Warnings and what was left out; errors never come with an envelope. */
  readonly findings: readonly Located[];
  readonly cedar: CedarPolicies;
  readonly json: CedarJson;
}

/** Envelope and findings, or findings of which at least one is an error. */
export type Compilation =
  | { readonly ok: true; readonly value: CompiledFile }
  | { readonly ok: false; readonly findings: readonly Located[] };

const error = (said: Omit<Located, 'severity' | 'clause'>): Located => ({ ...said, severity: 'error', clause: 'E1' });

/** `text` is the whole file; at most 1 MB. Needs a worker thread only where the file has hand-written Cedar. */
export async function compileEnvelopeFile(text: string, setting: LintSetting = {}): Promise<Compilation> {
  const source = readYaml(text);
  if (!source.ok) {
    const { complaints = [{ at: '1:1 /', problem: source.refusal.detail }] } = source.refusal;
    return { ok: false, findings: complaints.map(fromComplaint) };
  }
  const { data } = source.value;
  if (!isLoose(data))
    return {
      ok: false,
      findings: [
        error({ line: 1, column: 1, at: '', problem: 'must be an object', advice: '`cs envelope new` writes one' }),
      ],
    };
  const drafting = new Drafting();
  const locate = locatorOf(source.value, drafting);
  const packs = packsOf(data, drafting);
  const guarded = await expandGuardrails(data, source.value);
  const candidate = expand(guarded.file, packs, drafting);
  const faults = [
    ...guarded.findings,
    ...drafting.errors.map((said) => locate({ ...said, severity: 'error', clause: 'E1' })),
  ];
  const read = readShape(envelopeShape, { ...candidate, policies: NO_POLICIES });
  const misshapen = read.ok
    ? []
    : (read.refusal.complaints ?? [])
        .filter(({ at }) => !isRepeated(data, at))
        .map(({ at, problem }) => locate(shapeFault(at, problem)));
  if (!read.ok || faults.length > 0) return { ok: false, findings: inOrder(unique([...faults, ...misshapen])) };
  return finish(read.value, setting, { drafting, locate });
}

/** Who looks at a dry run, when nobody wrote it, is copied from a route, and so are its faults. */
const isRepeated = (data: Loose, at: string): boolean => !has(data, 'dryRun') && at.startsWith('/dryRun/demands/');

const NO_POLICIES = `sha256:${'0'.repeat(64)}`;

interface Finishing {
  readonly drafting: Drafting;
  readonly locate: (finding: EnvelopeFinding) => Located;
}

function finish(read: Envelope, setting: LintSetting, { drafting, locate }: Finishing): Compilation {
  const { policies: _, ...unfinished } = read;
  const envelope = withPolicies(unfinished);
  const found = lintEnvelope(envelope, setting).map(locate);
  const omitted = drafting.omitted.map((said) => locate({ ...said, severity: 'info', clause: 'E1' }));
  const findings = inOrder([...found, ...omitted]);
  if (findings.some(({ severity }) => severity === 'error')) return { ok: false, findings };
  const rules = rulesOf(envelope);
  return { ok: true, value: { envelope, findings, cedar: toCedar(rules), json: cedarJsonOf(rules) } };
}

const byPlace = (a: Located, b: Located): number => a.line - b.line || a.column - b.column;

/** Errors first, each kind from the top of the file. */
const inOrder = (findings: readonly Located[]): readonly Located[] =>
  (['error', 'warning', 'info'] as const).flatMap((severity) =>
    findings.filter((finding) => finding.severity === severity).toSorted(byPlace),
  );

/** A fault that was said in the words of the file is not said again in those of the shape. */
const unique = (findings: readonly Located[]): readonly Located[] =>
  findings.filter(
    ({ line, column }, position) =>
      findings.findIndex((other) => other.line === line && other.column === column) === position ||
      (line === 1 && column === 1),
  );

function fromComplaint({ at, problem }: { readonly at: string; readonly problem: string }): Located {
  const [, line = '1', column = '1', pointer = ''] = /^(\d+):(\d+) ?(.*)$/.exec(at) ?? [];
  return error({ line: Number(line), column: Number(column), at: pointer === '/' ? '' : pointer, problem, advice: '' });
}

/** Known words are near most wrong ones: fields of the file, or the allowed values that the shape lists. */
function shapeFault(at: string, problem: string): EnvelopeFinding {
  const last = at.slice(at.lastIndexOf('/') + 1);
  const isTop = at.lastIndexOf('/') === 0;
  const advice = problem === 'is not a known field' && isTop ? didYouMean(last, FILE_FIELDS) : '';
  return { severity: 'error', at, problem, advice, clause: 'E1' };
}

/** From the envelope's pointer to the file's line; what a pack brought is at the line that includes it. */
function locatorOf({ data, placeOf }: YamlSource, { origins }: Drafting): (finding: EnvelopeFinding) => Located {
  return (finding) => {
    const origin = origins.of(finding.at);
    if (origin.kind === 'file') {
      const wrong = valueAt(data, origin.path);
      const isChoice = finding.problem.startsWith('must be one of ') && typeof wrong === 'string';
      const choices = finding.problem.slice('must be one of '.length).split(', ');
      return {
        ...finding,
        ...placeOf(origin.path),
        at: pointerOf(origin.path),
        advice: isChoice ? didYouMean(wrong, choices) : finding.advice,
      };
    }
    const position = itemsAt(data, 'packs').indexOf(origin.name);
    const problem = `${finding.problem} (from pack ${origin.name})`;
    return { ...finding, ...placeOf(['packs', position]), problem };
  };
}

function valueAt(data: unknown, path: readonly (string | number)[]): unknown {
  let value = data;
  for (const step of path) {
    if (Array.isArray(value)) {
      const items: readonly unknown[] = value;
      value = items[Number(step)];
    } else value = isLoose(value) && Object.hasOwn(value, step) ? value[step] : undefined;
  }
  return value;
}

function packsOf(file: Loose, drafting: Drafting): readonly Pack[] {
  const said = (problem: Said): void => void drafting.errors.push(problem);
  return itemsAt(file, 'packs').flatMap((name, position) => {
    const at = `/packs/${position}`;
    if (!isPackName(name)) {
      said({ at, problem: 'is no pack', advice: didYouMean(String(name), PACK_NAMES) });
      return [];
    }
    const pack = loadPack(name);
    if (!pack.ok) said({ at, problem: pack.refusal.detail, advice: 'the installation is damaged' });
    return pack.ok ? [pack.value] : [];
  });
}
