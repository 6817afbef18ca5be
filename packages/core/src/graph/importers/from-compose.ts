/**
 * Compose files: services, what they wait for, networks, secrets, published ports, replicas, and addresses in their environment.
 * Networks become `name.network`, secrets `name.secret`. Labels `countersign.io/...` say what a compose file has no word for.
 * Values of secrets are never read.
 */
import type { Result } from '../../shared/result.ts';
import { hostsIn, isMadeAtRunTime } from './host-names.ts';
import { fittingLabels, isCidr, OWNER_PREFIX, ownerFields } from './owner-fields.ts';
import { PartBuilder, under } from './part-builder.ts';
import type { ImportedPart, ImportOptions, SourceDocument } from './part.ts';
import { countOf, entriesIn, inside, isRecord, itemsIn, wordIn, wordOf, wordsIn } from './read-value.ts';

/** Parts of a service that say what it needs and that we do not follow. */
const NOT_FOLLOWED: readonly string[] = ['env_file', 'extends', 'volumes_from', 'network_mode', 'configs', 'profiles'];

interface Service {
  readonly name: string;
  readonly at: string;
  readonly value: unknown;
  readonly soft: ReadonlySet<string>;
}

interface Project {
  readonly builder: PartBuilder;
  readonly options: ImportOptions;
  /** Names and aliases by which services reach each other, in lower case. */
  readonly hosts: ReadonlyMap<string, string>;
  /** Names of external networks and secrets outside this file, by `networks/name` and `secrets/name`. */
  readonly shared: ReadonlyMap<string, string>;
}

export function fromCompose(documents: readonly SourceDocument[], options: ImportOptions = {}): Result<ImportedPart> {
  const builder = new PartBuilder();
  for (const document of documents) readProject(document, builder, options);
  return builder.done();
}

function readProject({ at, value }: SourceDocument, builder: PartBuilder, options: ImportOptions): void {
  if (!isRecord(inside(value, 'services'))) return builder.refuse(at, 'must be an object with `services`');
  for (const [name] of entriesIn(value).filter(([field]) => field === 'include'))
    builder.find('ignored', under(at, name), name, 'other files are not followed; name them as well');
  const shared = addShared({ at, value }, builder, options);
  const services = entriesIn(value, 'services').map(([name, service]) => ({
    name: labelled(service).get(`${OWNER_PREFIX}id`) ?? name,
    host: name,
    at: under(at, 'services', name),
    value: service,
    soft: new Set((labelled(service).get(`${OWNER_PREFIX}soft`) ?? '').split(/[;,]\s*/)),
  }));
  const hosts = new Map(
    services.flatMap((service) =>
      hostsOf(service.host, service.value).map((host): [string, string] => [host, service.name]),
    ),
  );
  const project: Project = { builder, options, hosts, shared };
  for (const service of services) if (!builder.isFull) addService(service, project);
}

/** Networks and secrets that the file makes are nodes; external ones are somebody else's, under the name they have there. */
function addShared(
  { at, value }: SourceDocument,
  builder: PartBuilder,
  options: ImportOptions,
): ReadonlyMap<string, string> {
  const shared = new Map<string, string>();
  for (const [field, kind, ending] of SHARED)
    for (const [name, one] of entriesIn(value, field)) {
      const isExternal = inside(one, 'external') === true || isRecord(inside(one, 'external'));
      if (isExternal) shared.set(`${field}/${name}`, wordIn(one, 'name') ?? wordIn(one, 'external', 'name') ?? name);
      else {
        const place = under(at, field, name);
        const words = { at: place, subject: name, get: (word: string) => labelled(one).get(OWNER_PREFIX + word) };
        const fields = { kind, ...subnetOf(one, words, builder), ...ownerFields(words, builder, options) };
        builder.node(`${name}.${ending}`, fields, place);
      }
    }
  return shared;
}
const SHARED = [
  ['networks', 'segment', 'network'],
  ['secrets', 'credential', 'secret'],
] as const;

function subnetOf(
  network: unknown,
  { at, subject }: { readonly at: string; readonly subject: string },
  builder: PartBuilder,
): { readonly cidr?: string } {
  const subnet = wordIn(itemsIn(network, 'ipam', 'config')[0], 'subnet');
  if (subnet === undefined) return {};
  if (isCidr(subnet)) return { cidr: subnet };
  builder.find('ignored', at, subject, `\`${subnet}\` is no network that can be read`);
  return {};
}

/** Labels and environments are maps, or lists of `name=value`. */
function pairs(value: unknown): ReadonlyMap<string, string> {
  if (!Array.isArray(value)) return wordsIn(value);
  return new Map(
    itemsIn(value).flatMap((item): [string, string][] => {
      const word = wordOf(item);
      const sign = word?.indexOf('=') ?? -1;
      return word === undefined || sign < 1 ? [] : [[word.slice(0, sign), word.slice(sign + 1)]];
    }),
  );
}
const labelled = (value: unknown): ReadonlyMap<string, string> => pairs(inside(value, 'labels'));

function hostsOf(name: string, value: unknown): readonly string[] {
  const aliases = entriesIn(value, 'networks').flatMap(([, network]) => itemsIn(network, 'aliases').map(wordOf));
  const names = [name, wordIn(value, 'container_name'), wordIn(value, 'hostname'), ...aliases];
  return names.filter((host) => host !== undefined).map((host) => host.toLowerCase());
}

function addService(service: Service, project: Project): void {
  const { name, at, value } = service;
  const { builder, options } = project;
  const labels = labelled(value);
  const words = { at, subject: name, get: (field: string) => labels.get(OWNER_PREFIX + field) };
  const replicas = countOf(inside(value, 'deploy', 'replicas')) ?? countOf(inside(value, 'scale'));
  const described = new Map([...labels, ...(replicas === undefined ? [] : [['replicas', String(replicas)] as const])]);
  const isPublished = itemsIn(value, 'ports').some(isOpen);
  builder.node(
    name,
    {
      kind: 'service',
      ...(isPublished && { isEntryPoint: true }),
      ...fittingLabels(described, builder, words),
      ...ownerFields(words, builder, options),
    },
    at,
  );
  for (const field of NOT_FOLLOWED)
    if (inside(value, field) !== undefined)
      builder.find('ignored', under(at, field), name, `\`${field}\` is not followed`);
  addNeeds(service, project);
  addNetworksAndSecrets(service, project);
}

/** `8080:80` and `{published: 8080}` are open to others; `127.0.0.1:8080:80`, and a port without a published one, are not. */
function isOpen(port: unknown): boolean {
  if (isRecord(port)) {
    const isHere = /^(?:127\.|localhost|::1)/.test(wordIn(port, 'host_ip') ?? '');
    return inside(port, 'published') !== undefined && !isHere;
  }
  const word = wordOf(port) ?? '';
  return word.includes(':') && !/^(?:127\.|localhost:|\[::1\]:)/.test(word);
}

function addNeeds({ name, at, value, soft }: Service, { builder, hosts }: Project): void {
  const needs = new Map<string, boolean>();
  const need = (host: string, isHard: boolean): void => {
    const target = hosts.get(host.toLowerCase()) ?? host;
    needs.set(target, (needs.get(target) ?? false) || (isHard && !soft.has(host) && !soft.has(target)));
  };
  for (const item of itemsIn(value, 'depends_on')) need(wordOf(item) ?? '', true);
  for (const [host, condition] of entriesIn(value, 'depends_on')) need(host, inside(condition, 'required') !== false);
  for (const item of [...itemsIn(value, 'links'), ...itemsIn(value, 'external_links')])
    need((wordOf(item) ?? '').split(':')[0] ?? '', true);
  for (const [setting, text] of pairs(inside(value, 'environment'))) {
    if (isMadeAtRunTime(setting, text))
      builder.find('ignored', under(at, 'environment', setting), name, 'the address is made at run time');
    for (const { host, isCertain } of hostsIn(setting, text)) {
      const isOwn = hosts.get(host) === name;
      if (!isOwn && (isCertain || hosts.has(host))) need(host, true);
    }
  }
  for (const [to, isHard] of needs) if (to !== '') builder.edge({ from: name, to, kind: 'depends-on', isHard }, at);
}

function addNetworksAndSecrets({ name, at, value }: Service, { builder, shared }: Project): void {
  const listed = (field: string): readonly string[] => [
    ...itemsIn(value, field).map((item) => wordOf(item) ?? wordIn(item, 'source') ?? ''),
    ...entriesIn(value, field).map(([key]) => key),
  ];
  for (const [field, kind, ending] of SHARED)
    for (const one of new Set(listed(field)))
      if (one !== '')
        builder.edge(
          {
            from: name,
            to: `${shared.get(`${field}/${one}`) ?? one}.${ending}`,
            kind: kind === 'segment' ? 'member-of-segment' : 'consumes-credential',
            isHard: kind === 'credential',
          },
          at,
        );
}
