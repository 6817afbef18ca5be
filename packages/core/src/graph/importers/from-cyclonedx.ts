/**
 * CycloneDX, as SaaSBOM or with services: services with provider, endpoints, trust boundary and data classes; applications,
 * containers, platforms and devices among the components; dependencies between them. Libraries and files are parts, not nodes.
 * Properties `countersign.io/...` say what the format has no word for.
 */
import type { Result } from '../../shared/result.ts';
import type { NodeKind } from '../graph.ts';
import { fittingLabels, OWNER_PREFIX, ownerFields } from './owner-fields.ts';
import { PartBuilder, under } from './part-builder.ts';
import type { ImportedPart, ImportOptions, PartFields, SourceDocument } from './part.ts';
import { inside, itemsIn, wordIn, wordOf } from './read-value.ts';

const NODE_COMPONENTS: ReadonlyMap<string, NodeKind> = new Map([
  ['application', 'service'],
  ['container', 'service'],
  ['platform', 'service'],
  ['operating-system', 'host'],
  ['device', 'device'],
]);
const MAX_DEPTH = 16;
const MAX_DATA_CLASSES = 32;
const MAX_LABEL = 120;

interface Document {
  readonly at: string;
  readonly builder: PartBuilder;
  readonly options: ImportOptions;
  /** Names of nodes by the references of this document; empty: a part that is no node. */
  readonly names: Map<string, string>;
  /** How many components of each type are no nodes. */
  readonly left: Map<string, number>;
}

export function fromCycloneDx(documents: readonly SourceDocument[], options: ImportOptions = {}): Result<ImportedPart> {
  const builder = new PartBuilder();
  for (const { at, value } of documents) {
    if (wordIn(value, 'bomFormat') !== 'CycloneDX') {
      builder.refuse(at, 'must be a CycloneDX document in JSON');
      continue;
    }
    const document: Document = { at, builder, options, names: new Map(), left: new Map() };
    const main = inside(value, 'metadata', 'component');
    if (main !== undefined) addComponent(main, document, under(at, 'metadata', 'component'));
    itemsIn(value, 'components').forEach((one, index) => addComponent(one, document, under(at, 'components', index)));
    itemsIn(value, 'services').forEach((one, index) =>
      addService(one, document, { at: under(at, 'services', index), depth: 0 }),
    );
    for (const [type, count] of document.left)
      builder.find('ignored', at, type, `${count} of this type are parts of what runs, not nodes`);
    itemsIn(value, 'dependencies').forEach((one, index) =>
      addDependency(one, document, under(at, 'dependencies', index)),
    );
  }
  return builder.done();
}

/** What both components and services can say. */
function commonFields(value: unknown, name: string, { builder, options }: Document, at: string): PartFields {
  const properties = new Map(
    itemsIn(value, 'properties').map((one) => [wordIn(one, 'name') ?? '', wordIn(one, 'value')]),
  );
  const words = { at, subject: name, get: (field: string) => properties.get(OWNER_PREFIX + field) };
  const described = ['version', 'group'].flatMap((field): [string, string][] => {
    const word = wordIn(value, field);
    return word === undefined ? [] : [[field, word]];
  });
  return { ...fittingLabels(new Map(described), builder, words), ...ownerFields(words, builder, options) };
}

const idOf = (value: unknown): string | undefined =>
  itemsIn(value, 'properties')
    .filter((one) => wordIn(one, 'name') === `${OWNER_PREFIX}id`)
    .map((one) => wordIn(one, 'value'))[0] ?? wordIn(value, 'name');

function addComponent(value: unknown, document: Document, at: string): void {
  const [type = '', reference, name] = [wordIn(value, 'type'), wordIn(value, 'bom-ref'), idOf(value)];
  const kind = NODE_COMPONENTS.get(type);
  if (kind === undefined || name === undefined) {
    document.left.set(type, (document.left.get(type) ?? 0) + 1);
    if (reference !== undefined) document.names.set(reference, '');
    return;
  }
  if (reference !== undefined) document.names.set(reference, name);
  const owner = wordIn(value, 'supplier', 'name');
  document.builder.node(name, { kind, ...ownedBy(owner), ...commonFields(value, name, document, at) }, at);
}

const ownedBy = (owner: string | undefined): PartFields =>
  owner === undefined || owner.length > MAX_LABEL ? {} : { owner };

function addService(
  value: unknown,
  document: Document,
  { at, depth, parent }: { readonly at: string; readonly depth: number; readonly parent?: string },
): void {
  const { builder, names } = document;
  const name = idOf(value);
  if (name === undefined) return builder.find('ignored', at, '', 'the service has no name');
  const reference = wordIn(value, 'bom-ref');
  if (reference !== undefined) names.set(reference, name);
  const classes = dataClassesOf(value);
  // A class or zone that is left out could open what people keep closed.
  const zone = wordIn(value, 'trustZone');
  if (classes.length > MAX_DATA_CLASSES || [...classes, zone ?? ''].some((word) => word.length > MAX_LABEL))
    builder.refuse(
      at,
      `\`${name}\` has too many data classes, or a class or zone of more than ${MAX_LABEL} characters`,
    );
  builder.node(
    name,
    {
      kind: 'service',
      ...ownedBy(wordIn(value, 'provider', 'name')),
      ...(zone !== undefined && { zone }),
      // Whoever uses it crosses a boundary of trust: an attacker begins there (G5).
      ...(inside(value, 'x-trust-boundary') === true && { isEntryPoint: true }),
      ...(classes.length > 0 && { dataClasses: classes }),
      ...commonFields(value, name, document, at),
    },
    at,
  );
  if (inside(value, 'authenticated') === false)
    builder.find('ignored', at, name, 'asks nobody to authenticate; the graph has no word for that');
  if (parent !== undefined) builder.edge({ from: name, to: parent, kind: 'member-of-segment', isHard: false }, at);
  if (depth >= MAX_DEPTH) return builder.find('ignored', at, name, `services are read ${MAX_DEPTH} deep`);
  itemsIn(value, 'services').forEach((inner, index) => {
    if (!builder.isFull)
      addService(inner, document, { at: under(at, 'services', index), depth: depth + 1, parent: name });
  });
}

const dataClassesOf = (value: unknown): readonly string[] =>
  [
    ...new Set(
      itemsIn(value, 'data').flatMap((data) => {
        const word = wordIn(data, 'classification');
        return word === undefined ? [] : [word];
      }),
    ),
  ].toSorted();

function addDependency(value: unknown, { builder, names }: Document, at: string): void {
  const reference = wordIn(value, 'ref');
  const from = reference === undefined ? undefined : (names.get(reference) ?? reference);
  // What a library needs is part of who holds the library.
  if (from === undefined || from === '' || builder.isFull) return;
  for (const target of new Set(itemsIn(value, 'dependsOn').map(wordOf))) {
    const to = target === undefined ? undefined : (names.get(target) ?? target);
    if (to !== undefined && to !== '') builder.edge({ from, to, kind: 'depends-on' }, at);
  }
}
