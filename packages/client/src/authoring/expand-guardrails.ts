/** `guardrails:` of a file: blocks of hand-written Cedar become conditions, each fault at its line and column in the file. */
import type { Refusal } from '@countersign/core';
import { parseCedar, type ParsedPolicy } from './parse-cedar.ts';
import { has, isLoose, itemsAt, type Loose } from './loose.ts';
import { NotAnalysable, readGuardrail } from './read-guardrail.ts';
import { pointerOf, type Located, type Path, type Place } from './source-map.ts';
import type { YamlSource } from './yaml-source.ts';

export interface GuardedFile {
  /** The file with its Cedar replaced by conditions. */
  readonly file: Loose;
  readonly findings: readonly Located[];
}

const BOTH = ['autonomous', 'approved'];

export async function expandGuardrails(file: Loose, source: YamlSource): Promise<GuardedFile> {
  if (!has(file, 'guardrails')) return { file, findings: [] };
  const findings: Located[] = [];
  const guardrails: unknown[] = [];
  for (const [position, written] of itemsAt(file, 'guardrails').entries()) {
    const cedar = isLoose(written) ? written['cedar'] : undefined;
    if (!isLoose(written) || typeof cedar !== 'string') {
      guardrails.push(written);
      continue;
    }
    const block: Block = { text: cedar, path: ['guardrails', position, 'cedar'], source };
    const parsed = await parseCedar(cedar);
    if (!parsed.ok) findings.push(refused(block, parsed.refusal));
    else
      guardrails.push(
        ...parsed.value.flatMap((policy, index) => translated({ written, policy, index, block, findings })),
      );
    if (parsed.ok && parsed.value.length === 0) findings.push(at(block, 0, { problem: 'holds no policy', advice: '' }));
  }
  const isList = Array.isArray(file['guardrails']);
  return { file: isList ? { ...file, guardrails } : file, findings };
}

interface Block {
  readonly text: string;
  readonly path: Path;
  readonly source: YamlSource;
}

/** Line and column in the file of an offset in the block. */
function placeIn({ text, path, source }: Block, offset: number): Place {
  const start = source.placeOf(path);
  const before = text.slice(0, offset).split('\n');
  const [first = ''] = text.split('\n');
  // A block begins on the line after its `|`, and all its lines are indented alike; text on one line begins after its quote.
  const fileLine = source.text.split('\n')[start.line] ?? '';
  if (!'|>'.includes(source.text.split('\n')[start.line - 1]?.[start.column - 1] ?? ' '))
    return { line: start.line, column: start.column };
  const indent = Math.max(0, fileLine.indexOf(first.trimStart()) - (first.length - first.trimStart().length));
  return { line: start.line + before.length, column: indent + (before.at(-1)?.length ?? 0) + 1 };
}

const at = (block: Block, offset: number, said: { readonly problem: string; readonly advice: string }): Located => ({
  ...placeIn(block, offset),
  ...said,
  at: pointerOf(block.path),
  severity: 'error',
  clause: 'E1',
});

const refused = (block: Block, { detail, complaints }: Refusal): Located =>
  at(block, Number(complaints?.[0]?.at ?? 0), {
    problem: detail,
    advice: 'only `forbid` with simple conditions is accepted',
  });

interface Translating {
  readonly written: Loose;
  readonly policy: ParsedPolicy;
  readonly index: number;
  readonly block: Block;
  readonly findings: Located[];
}

/** Ids and clauses: the policy's own annotations, else those beside the text; the second policy of one text is `id-2`. */
function translated({ written, policy, index, block, findings }: Translating): readonly Loose[] {
  const { cedar: _, ...beside } = written;
  try {
    const { id, clause, actions, conditions } = readGuardrail(policy.json);
    const fallback = typeof beside['id'] === 'string' && index > 0 ? `${beside['id']}-${index + 1}` : beside['id'];
    return [
      {
        modes: BOTH,
        ...beside,
        ...((id ?? fallback) !== undefined && { id: id ?? fallback }),
        ...((clause ?? beside['clause']) !== undefined && { clause: clause ?? beside['clause'] }),
        actions,
        conditions,
      },
    ];
  } catch (error) {
    if (!(error instanceof NotAnalysable)) throw error;
    const inside = policy.text.indexOf(error.word);
    findings.push(
      at(block, policy.offset + Math.max(inside, 0), {
        problem: error.message,
        advice: 'see the guide for what a guardrail may say',
      }),
    );
    return [];
  }
}
