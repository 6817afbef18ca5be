/**
 * Backstage catalogs: descriptor files (`catalog-info.yaml`) or entities as its API lists them. Components and resources become
 * nodes under their own name, APIs `name.api`, systems `name.system`, domains `name.domain`; entities outside the namespace
 * `default` carry it in front, `payments.ledger`. Annotations `countersign.io/...` say what a catalog has no word for.
 */
import type { Result } from '../../shared/result.ts';
import type { NodeKind } from '../graph.ts';
import { environmentOf, fittingLabels, OWNER_PREFIX, ownerFields } from './owner-fields.ts';
import { PartBuilder } from './part-builder.ts';
import type { ImportedPart, ImportOptions, PartFields, SourceDocument } from './part.ts';
import { inside, itemsIn, wordIn, wordOf, wordsIn } from './read-value.ts';

type EntityKind = 'component' | 'resource' | 'api' | 'system' | 'domain' | 'group' | 'user';
const READ: readonly EntityKind[] = ['component', 'resource', 'api', 'system', 'domain', 'group', 'user'];
const NO_NODE: ReadonlySet<EntityKind> = new Set(['group', 'user']);

/** Kinds of resource that are more than a service; any other word is read as a service, and that is reported. */
const RESOURCE_KINDS: ReadonlyMap<string, NodeKind> = new Map([
  ['database', 'datastore'],
  ['datastore', 'datastore'],
  ['cache', 'datastore'],
  ['bucket', 'datastore'],
  ['s3-bucket', 'datastore'],
  ['queue', 'datastore'],
  ['host', 'host'],
  ['server', 'host'],
  ['network', 'segment'],
  ['secret', 'credential'],
  ['credential', 'credential'],
  ['service', 'service'],
]);

interface Entity {
  readonly kind: EntityKind;
  /** `kind:namespace/name` in lower case: how others refer to it. */
  readonly ref: string;
  readonly name: string;
  readonly at: string;
  readonly value: unknown;
}

interface Catalog {
  readonly builder: PartBuilder;
  readonly options: ImportOptions;
  readonly entities: ReadonlyMap<string, Entity>;
  /** The catalog describes teams, so one it does not describe is missing. */
  readonly knowsTeams: boolean;
}

export function fromBackstage(documents: readonly SourceDocument[], options: ImportOptions = {}): Result<ImportedPart> {
  const builder = new PartBuilder();
  const entities = new Map<string, Entity>();
  for (const document of documents.flatMap(unlisted)) {
    const entity = entityIn(document, builder);
    if (entity === undefined) continue;
    if (entities.has(entity.ref)) builder.refuse(entity.at, `\`${entity.ref}\` is described a second time`);
    else entities.set(entity.ref, entity);
  }
  const knowsTeams = [...entities.values()].some(({ kind }) => kind === 'group');
  const catalog: Catalog = { builder, options, entities, knowsTeams };
  for (const entity of entities.values()) if (!NO_NODE.has(entity.kind)) addEntity(entity, catalog);
  for (const entity of entities.values()) if (!NO_NODE.has(entity.kind)) addRelations(entity, catalog);
  return builder.done();
}

/** The API answers a list, or an object with `items`. */
function unlisted({ at, value }: SourceDocument): readonly SourceDocument[] {
  if (!Array.isArray(value) && !Array.isArray(inside(value, 'items'))) return [{ at, value }];
  const items = Array.isArray(value) ? itemsIn(value) : itemsIn(value, 'items');
  return items.map((item, index) => ({ at: `${at}/${index}`, value: item }));
}

function entityIn({ at, value }: SourceDocument, builder: PartBuilder): Entity | undefined {
  if (value === null || value === undefined) return undefined;
  const word = wordIn(value, 'kind');
  const name = wordIn(value, 'metadata', 'name');
  const isOurs = wordIn(value, 'apiVersion')?.startsWith('backstage.io/') === true;
  const kind = READ.find((one) => one === word?.toLowerCase());
  if (kind !== undefined && name !== undefined && isOurs)
    return { ...placed({ kind, namespace: wordIn(value, 'metadata', 'namespace'), name }, value), at, value };
  if (isOurs && word !== undefined) builder.find('unknown-kind', at, name ?? '', `\`${word}\` is not read`);
  else builder.find('ignored', at, name ?? '', 'is no Backstage entity');
  return undefined;
}

interface Reference {
  readonly kind: EntityKind;
  readonly namespace: string | undefined;
  readonly name: string;
}

function placed({ kind, namespace = 'default', name }: Reference, value: unknown): Omit<Entity, 'at' | 'value'> {
  const own = wordIn(value, 'metadata', 'annotations', `${OWNER_PREFIX}id`);
  const isPlain = kind === 'component' || kind === 'resource';
  const long = `${namespace.toLowerCase() === 'default' ? '' : `${namespace}.`}${name}${isPlain ? '' : `.${kind}`}`;
  return { kind, ref: `${kind}:${namespace}/${name}`.toLowerCase(), name: own ?? long };
}

/** `[kind:][namespace/]name`. */
function referenceOf(text: string, otherwise: EntityKind): Reference | undefined {
  const found = /^(?:([^:/]+):)?(?:([^:/]+)\/)?([^:/]+)$/.exec(text);
  const kind = READ.find((one) => one === (found?.[1] ?? otherwise).toLowerCase());
  const name = found?.[3];
  return kind === undefined || name === undefined ? undefined : { kind, namespace: found?.[2], name };
}

function addEntity(entity: Entity, catalog: Catalog): void {
  const { builder, options } = catalog;
  const { kind, name, at, value } = entity;
  const annotations = wordsIn(value, 'metadata', 'annotations');
  const words = { at, subject: name, get: (field: string) => annotations.get(OWNER_PREFIX + field) };
  const owner = ownerOf(entity, catalog);
  const environment = environmentIn(entity, builder, options);
  const fields: PartFields = {
    kind: nodeKindOf(entity, builder),
    ...(owner !== undefined && { owner }),
    ...(environment !== undefined && { environment }),
    ...fittingLabels(wordsIn(value, 'metadata', 'labels'), builder, words),
    ...ownerFields(words, builder, options),
  };
  builder.node(name, fields, at);
  if (kind === 'api' && fields.kind !== 'service')
    builder.refuse(at, `\`${name}\` is an API and cannot be another kind`);
}

function nodeKindOf({ kind, name, at, value }: Entity, builder: PartBuilder): NodeKind {
  if (kind === 'system' || kind === 'domain') return 'group';
  if (kind !== 'resource') return 'service';
  const type = wordIn(value, 'spec', 'type') ?? '';
  const known = RESOURCE_KINDS.get(type.toLowerCase());
  if (known === undefined) builder.find('unknown-kind', at, name, `resource type \`${type}\` is read as a service`);
  return known ?? 'service';
}

/** The team's name; a team that the catalog does not describe is no owner to ask. */
function ownerOf({ at, name, value }: Entity, { builder, entities, knowsTeams }: Catalog): string | undefined {
  const text = wordIn(value, 'spec', 'owner');
  const reference = text === undefined ? undefined : referenceOf(text, 'group');
  if (text === undefined || reference === undefined || reference.name.length > 120) return undefined;
  const { ref } = placed(reference, undefined);
  if (knowsTeams && reference.kind === 'group' && !entities.has(ref))
    builder.find('dangling', at, name, `is owned by \`${text}\`, which the catalog does not describe`);
  return reference.name;
}

function environmentIn(
  { at, name, value }: Entity,
  builder: PartBuilder,
  options: ImportOptions,
): PartFields['environment'] {
  const lifecycle = wordIn(value, 'spec', 'lifecycle');
  const environment = lifecycle === undefined ? undefined : environmentOf(lifecycle, options);
  if (lifecycle !== undefined && environment === undefined)
    builder.find('ignored', at, name, `lifecycle \`${lifecycle}\` is not known to mean an environment`);
  return environment;
}

/** What the entity says of others, as written in `spec` and as the API adds it in `relations`. */
function addRelations(entity: Entity, catalog: Catalog): void {
  const { at, value } = entity;
  const soft = new Set((wordIn(value, 'metadata', 'annotations', `${OWNER_PREFIX}soft`) ?? '').split(/[;,]\s*/));
  const drawn = new Set<string>();
  const draw = (target: unknown, otherwise: EntityKind, how: Relation): void => {
    const text = wordOf(target);
    const reference = text === undefined ? undefined : referenceOf(text, otherwise);
    if (text === undefined || reference === undefined)
      return catalog.builder.find('ignored', at, entity.name, `\`${text ?? '?'}\` is no reference to an entity`);
    const { ref, name: usual } = placed(reference, undefined);
    const other = catalog.entities.get(ref)?.name ?? usual;
    if (NO_NODE.has(reference.kind) || drawn.has(`${how} ${other}`)) return;
    drawn.add(`${how} ${other}`);
    const isContained = how === 'part-of';
    const [from, to] = how === 'needed-by' ? [other, entity.name] : [entity.name, other];
    const isSoft = isContained || soft.has(text) || soft.has(other);
    catalog.builder.edge({ from, to, kind: isContained ? 'member-of-segment' : 'depends-on', isHard: !isSoft }, at);
  };
  for (const { field, otherwise, how } of SPEC_FIELDS) {
    const written = inside(value, 'spec', field);
    for (const target of Array.isArray(written) ? itemsIn(written) : written === undefined ? [] : [written])
      draw(target, otherwise, how);
  }
  for (const relation of itemsIn(value, 'relations')) {
    const how = RELATIONS.get(wordIn(relation, 'type') ?? '');
    if (how !== undefined) draw(inside(relation, 'targetRef'), 'component', how);
  }
}

type Relation = 'needs' | 'needed-by' | 'part-of';
const SPEC_FIELDS: readonly { readonly field: string; readonly otherwise: EntityKind; readonly how: Relation }[] = [
  { field: 'dependsOn', otherwise: 'component', how: 'needs' },
  { field: 'dependencyOf', otherwise: 'component', how: 'needed-by' },
  { field: 'consumesApis', otherwise: 'api', how: 'needs' },
  // An API answers only while its provider runs.
  { field: 'providesApis', otherwise: 'api', how: 'needed-by' },
  { field: 'system', otherwise: 'system', how: 'part-of' },
  { field: 'domain', otherwise: 'domain', how: 'part-of' },
  { field: 'subcomponentOf', otherwise: 'component', how: 'part-of' },
];
const RELATIONS: ReadonlyMap<string, Relation> = new Map([
  ['dependsOn', 'needs'],
  ['dependencyOf', 'needed-by'],
  ['consumesApi', 'needs'],
  ['providesApi', 'needed-by'],
  ['partOf', 'part-of'],
]);
