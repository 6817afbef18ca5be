/** Kubernetes objects as the importer needs them: kind, names, labels; lists unrolled; and which labels a selector selects. */
import type { PartBuilder } from './part-builder.ts';
import { under } from './part-builder.ts';
import type { SourceDocument } from './part.ts';
import { entriesIn, inside, isRecord, itemsIn, wordIn, wordOf, wordsIn } from './read-value.ts';

export interface KubeObject {
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
  /** The namespace is written in the file. */
  readonly isPlaced: boolean;
  readonly labels: ReadonlyMap<string, string>;
  readonly annotations: ReadonlyMap<string, string>;
  readonly at: string;
  /** The whole object; hostile. */
  readonly value: unknown;
}

const MAX_LIST_DEPTH = 4;

/** Objects of all documents, in order; what is no object is reported. */
export function objectsIn(
  documents: readonly SourceDocument[],
  builder: PartBuilder,
  homeNamespace: string,
): readonly KubeObject[] {
  return documents
    .flatMap((document) => unlisted(document, MAX_LIST_DEPTH))
    .flatMap(({ at, value }) => {
      const [kind, name] = [wordIn(value, 'kind'), wordIn(value, 'metadata', 'name')];
      if (value === null || value === undefined) return [];
      if (kind === undefined || name === undefined) {
        builder.find('ignored', at, kind ?? '', 'has no kind or no name');
        return [];
      }
      const namespace = wordIn(value, 'metadata', 'namespace');
      return [
        {
          kind,
          name,
          namespace: namespace ?? homeNamespace,
          isPlaced: namespace !== undefined,
          labels: wordsIn(value, 'metadata', 'labels'),
          annotations: wordsIn(value, 'metadata', 'annotations'),
          at,
          value,
        },
      ];
    });
}

/** `kubectl get -o json` answers a list; lists in lists end somewhere. */
function unlisted({ at, value }: SourceDocument, depth: number): readonly SourceDocument[] {
  const isList = Array.isArray(value) || (wordIn(value, 'kind')?.endsWith('List') === true && isRecord(value));
  if (!isList || depth === 0) return [{ at, value }];
  const items = Array.isArray(value) ? itemsIn(value) : itemsIn(value, 'items');
  const place = Array.isArray(value) ? at : under(at, 'items');
  return items.flatMap((item, index) => unlisted({ at: under(place, index), value: item }, depth - 1));
}

/** A word of the owner: annotation before label. */
export const ownWord = (
  { labels, annotations }: Pick<KubeObject, 'labels' | 'annotations'>,
  name: string,
): string | undefined => annotations.get(name) ?? labels.get(name);

/** Whether a label selector selects these labels; an empty one selects all, one we cannot read selects nothing. */
export function selects(selector: unknown, labels: ReadonlyMap<string, string>): boolean {
  if (!isRecord(selector)) return false;
  const isMatch = entriesIn(selector, 'matchLabels').every(([name, value]) => labels.get(name) === wordOf(value));
  return isMatch && itemsIn(selector, 'matchExpressions').every((expression) => isMet(expression, labels));
}

function isMet(expression: unknown, labels: ReadonlyMap<string, string>): boolean {
  const value = labels.get(wordIn(expression, 'key') ?? '');
  const isListed = value !== undefined && itemsIn(expression, 'values').some((one) => wordOf(one) === value);
  const operator = wordIn(expression, 'operator');
  if (operator === 'In') return isListed;
  if (operator === 'NotIn') return !isListed;
  if (operator === 'Exists') return value !== undefined;
  return operator === 'DoesNotExist' && value === undefined;
}

/** Where the pods of a workload are described, and how many there are. */
const TEMPLATES: ReadonlyMap<string, readonly string[]> = new Map([
  ['Deployment', ['spec', 'template']],
  ['StatefulSet', ['spec', 'template']],
  ['DaemonSet', ['spec', 'template']],
  ['ReplicaSet', ['spec', 'template']],
  ['Job', ['spec', 'template']],
  ['CronJob', ['spec', 'jobTemplate', 'spec', 'template']],
  ['Pod', []],
]);
export const isWorkload = (kind: string): boolean => TEMPLATES.has(kind);

/** The pod template; its `metadata.labels` are what selectors see. */
export const templateOf = ({ kind, value }: KubeObject): unknown => inside(value, ...(TEMPLATES.get(kind) ?? []));
