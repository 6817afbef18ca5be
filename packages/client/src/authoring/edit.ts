/** Changes one value of a written file and nothing else: comments, order and everything around it stay as people wrote them. */
import { ok, refuse, type Result } from '@countersign/core';
import { isMap, isScalar, isSeq, Scalar, type Document } from 'yaml';
import { readYaml } from './yaml-source.ts';
import { pathOf, type Path } from './source-map.ts';

/** `grants.0.caps.targets`, `grants.G01.caps.targets` (by id) or a JSON pointer. */
export function pathFrom(text: string): Path {
  return text.startsWith('/') ? pathOf(text) : text.split('.');
}

/** `value` is read as YAML: `3`, `true`, `[a, b]`. Refuses a path that leads nowhere and a value that is none. */
export function setInFile(text: string, path: Path, value: string): Result<string> {
  const source = readYaml(text);
  if (!source.ok) return source;
  const wanted = readYaml(value);
  if (!wanted.ok) return refuse('malformed', `the value is no YAML: ${wanted.refusal.detail}`);
  const { document } = source.value;
  const place = resolved(document, path);
  if (!place.ok) return place;
  const { data } = wanted.value;
  const node = document.getIn(place.value, true);
  // Text is replaced where it stands: writing the whole document anew would fold and quote lines nobody touched.
  if (
    isScalar(node) &&
    isPlain(data) &&
    node.range &&
    node.type !== Scalar.BLOCK_LITERAL &&
    node.type !== Scalar.BLOCK_FOLDED &&
    node.anchor === undefined
  ) {
    const [from, to] = node.range;
    return checked(`${text.slice(0, from)}${value.trim()}${text.slice(to)}`);
  }
  document.setIn(place.value, wanted.value.document.contents);
  return checked(document.toString({ lineWidth: 0, flowCollectionPadding: true }));
}

const isPlain = (value: unknown): boolean => ['string', 'number', 'boolean'].includes(typeof value);

function checked(text: string): Result<string> {
  const again = readYaml(text);
  return again.ok ? ok(text) : again;
}

/** Steps into lists are positions or ids of rules; the last step may name a field that is not there yet. */
function resolved(document: Document, path: Path): Result<Path> {
  const steps: (string | number)[] = [];
  for (const [position, step] of path.entries()) {
    const node: unknown = steps.length === 0 ? document.contents : document.getIn(steps, true);
    const isLast = position === path.length - 1;
    if (isSeq(node)) {
      const byId = node.items.findIndex((item) => isMap(item) && item.get('id') === step);
      const index = byId >= 0 ? byId : Number(step);
      if (!Number.isInteger(index) || index < 0 || index >= node.items.length) return nowhere(path, step);
      steps.push(index);
    } else if (isMap(node) && (isLast || node.has(step))) steps.push(step);
    else return nowhere(path, step);
  }
  return steps.length === 0 ? nowhere(path, '') : ok(steps);
}

const nowhere = (path: Path, step: string | number): Result<never> =>
  refuse('not-found', `\`${path.join('.')}\` leads nowhere: there is no \`${step}\``);
