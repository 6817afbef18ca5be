/** What a workload needs: addresses in its environment, secrets, its service account. Values of secrets are never read. */
import { hostsIn, isMadeAtRunTime } from './host-names.ts';
import { nameIn, nodeOfHost, type Estate, type Workload } from './kubernetes-estate.ts';
import { ownWord, type KubeObject } from './kubernetes-objects.ts';
import { OWNER_PREFIX } from './owner-fields.ts';
import { entriesIn, inside, itemsIn, wordIn, wordOf } from './read-value.ts';

/** Kinds that end as a secret of their name. */
export const SECRET_KINDS: readonly string[] = ['Secret', 'SealedSecret', 'ExternalSecret'];

export const secretName = ({ homeNamespace }: Pick<Estate, 'homeNamespace'>, namespace: string, name: string): string =>
  `${nameIn(homeNamespace, namespace, name)}.secret`;
export const accountName = (
  { homeNamespace }: Pick<Estate, 'homeNamespace'>,
  namespace: string,
  name: string,
): string => `${nameIn(homeNamespace, namespace, name)}.account`;

/** One variable, with where its value comes from resolved as far as the files tell. */
interface Setting {
  readonly name: string;
  readonly value: string;
}

export function addNeeds(workload: Workload, estate: Estate): void {
  const settings = settingsOf(workload, estate);
  const { namespace } = workload.object;
  const { builder } = estate;
  const at = workload.object.at;
  const soft = new Set((ownWord(workload.object, `${OWNER_PREFIX}soft`) ?? '').split(/[;,]\s*/));
  const needed = new Set<string>();
  for (const { name, value } of settings) {
    if (isMadeAtRunTime(name, value))
      builder.find('ignored', at, workload.name, `the address in \`${name}\` is made at run time`);
    for (const { host, isCertain } of hostsIn(name, value)) {
      const known = nodeOfHost(estate, host, namespace);
      if ((known === undefined && !isCertain) || known === workload.name) continue;
      needed.add(known ?? nameOutside(estate, host, at));
    }
  }
  for (const to of needed)
    builder.edge({ from: workload.name, to, kind: 'depends-on', ...(soft.has(to) && { isHard: false }) }, at);
  addCredentials(workload, estate);
}

/**
 * A host that no Service in the files answers to. When a node happens to have its name, as a workload without its Service does,
 * it is not taken for that node: the edge dangles, and is reported.
 */
function nameOutside({ builder }: Estate, host: string, at: string): string {
  const id = builder.idOf(host, at);
  return id !== undefined && builder.has(id) ? `${host}.svc` : host;
}

const containersOf = (pod: unknown): readonly unknown[] => [
  ...itemsIn(pod, 'initContainers'),
  ...itemsIn(pod, 'containers'),
];

function settingsOf({ pod, object, name }: Workload, estate: Estate): readonly Setting[] {
  const missing = new Set<string>();
  const mapNamed = (map: string): KubeObject | undefined => {
    const found = estate.configMaps.get(`${object.namespace}/${map}`);
    if (found === undefined) missing.add(map);
    return found;
  };
  const settings = containersOf(pod).flatMap((container) => [
    ...itemsIn(container, 'env').flatMap((variable): Setting[] => {
      const map = wordIn(variable, 'valueFrom', 'configMapKeyRef', 'name');
      const key = wordIn(variable, 'valueFrom', 'configMapKeyRef', 'key') ?? '';
      const value = map === undefined ? wordIn(variable, 'value') : wordIn(mapNamed(map)?.value, 'data', key);
      return value === undefined ? [] : [{ name: wordIn(variable, 'name') ?? '', value }];
    }),
    ...itemsIn(container, 'envFrom').flatMap((source): Setting[] => {
      const map = wordIn(source, 'configMapRef', 'name');
      const data = map === undefined ? [] : entriesIn(mapNamed(map)?.value, 'data');
      return data.map(([key, value]) => ({ name: (wordIn(source, 'prefix') ?? '') + key, value: wordOf(value) ?? '' }));
    }),
  ]);
  for (const map of missing)
    estate.builder.find(
      'ignored',
      object.at,
      name,
      `config map \`${map}\` is in no file; addresses in it are not seen`,
    );
  return settings;
}

function addCredentials(workload: Workload, estate: Estate): void {
  const { pod, object } = workload;
  const secrets = new Map<string, boolean>();
  const use = (name: string | undefined, isOptional: unknown): void => {
    if (name !== undefined) secrets.set(name, (secrets.get(name) ?? false) || isOptional !== true);
  };
  for (const container of containersOf(pod)) {
    for (const variable of itemsIn(container, 'env')) {
      const reference = inside(variable, 'valueFrom', 'secretKeyRef');
      use(wordIn(reference, 'name'), inside(reference, 'optional'));
    }
    for (const source of itemsIn(container, 'envFrom'))
      use(wordIn(source, 'secretRef', 'name'), inside(source, 'secretRef', 'optional'));
  }
  for (const volume of itemsIn(pod, 'volumes')) {
    use(wordIn(volume, 'secret', 'secretName'), inside(volume, 'secret', 'optional'));
    for (const source of itemsIn(volume, 'projected', 'sources'))
      use(wordIn(source, 'secret', 'name'), inside(source, 'secret', 'optional'));
  }
  for (const reference of itemsIn(pod, 'imagePullSecrets')) use(wordIn(reference, 'name'), false);
  for (const [name, isHard] of secrets)
    estate.builder.edge(
      { from: workload.name, to: secretName(estate, object.namespace, name), kind: 'consumes-credential', isHard },
      object.at,
    );
  const account = wordIn(pod, 'serviceAccountName') ?? 'default';
  // The default account has no rights of its own; sharing it says nothing.
  if (account !== 'default')
    estate.builder.edge(
      {
        from: workload.name,
        to: accountName(estate, object.namespace, account),
        kind: 'consumes-credential',
        isHard: true,
      },
      object.at,
    );
}
