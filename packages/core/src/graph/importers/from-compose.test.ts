import { describe, expect, test } from 'vitest';
import { fromCompose } from './from-compose.ts';
import { complaintsOf, documents, edgesOf, findingsOf, partOf } from './part.builder.ts';
import type { ImportedPart, PartNode } from './part.ts';

type Fields = Readonly<Record<string, unknown>>;

const read = (services: Fields, rest: Fields = {}): ImportedPart =>
  partOf(fromCompose(documents({ services, ...rest })));
const nodeIn = ({ nodes }: ImportedPart, id: string): PartNode | undefined => nodes.find((node) => node.id === id);

describe('services', () => {
  test('G3: a service is a node with replicas, labels and what its owner says', () => {
    const part = read({
      api: {
        image: 'api',
        deploy: { replicas: 3 },
        labels: ['countersign.io/tier=non-critical', 'countersign.io/owner=team-a', 'role=api', 'no-value'],
      },
      web: { labels: { 'countersign.io/environment': 'staging', 'countersign.io/zone': 'dmz' }, scale: '2' },
    });
    expect(part.nodes).toEqual([
      {
        id: 'api',
        at: 'file:1/services/api',
        kind: 'service',
        tier: 'non-critical',
        owner: 'team-a',
        labels: { replicas: '3', role: 'api' },
      },
      {
        id: 'web',
        at: 'file:1/services/web',
        kind: 'service',
        environment: 'staging',
        zone: 'dmz',
        labels: { replicas: '2' },
      },
    ]);
  });

  test.each([
    ['8080:80', true],
    ['0.0.0.0:8080:80', true],
    ['8080-8090:80-90', true],
    [{ target: 80, published: 8080 }, true],
    [{ target: 80, published: '8080', host_ip: '203.0.113.1' }, true],
    ['80', undefined],
    [80, undefined],
    ['127.0.0.1:8080:80', undefined],
    ['[::1]:8080:80', undefined],
    [{ target: 80 }, undefined],
    [{ target: 80, published: 8080, host_ip: '127.0.0.1' }, undefined],
  ])('G5: a port %j makes an entry point: %s', (port, isEntryPoint) => {
    expect(nodeIn(read({ web: { ports: [port] } }), 'web')?.isEntryPoint).toBe(isEntryPoint);
  });

  test('G5: the owner can say that a published port is no way in', () => {
    const web = { ports: ['8080:80'], labels: { 'countersign.io/entry-point': 'false' } };
    expect(nodeIn(read({ web }), 'web')?.isEntryPoint).toBe(false);
  });

  test('G3: an id of the owner is used, also by those who depend on it', () => {
    const part = read({
      db: { labels: { 'countersign.io/id': 'orders-db' } },
      api: { depends_on: ['db'], environment: { DB_HOST: 'db' } },
    });
    expect(edgesOf(part)).toEqual(['api > orders-db depends-on']);
  });
});

describe('needs', () => {
  test('G2: what a service waits for is hard, unless the file says it is not required', () => {
    expect(edgesOf(read({ api: { depends_on: ['db', 'cache'] } }))).toEqual([
      'api > cache depends-on',
      'api > db depends-on',
    ]);
    const conditions = {
      db: { condition: 'service_healthy' },
      cache: { condition: 'service_started', required: true },
      mail: { condition: 'service_started', required: false },
      seed: null,
    };
    expect(edgesOf(read({ api: { depends_on: conditions } }))).toEqual([
      'api > cache depends-on',
      'api > db depends-on',
      'api > seed depends-on',
      'api ~ mail depends-on',
    ]);
  });

  test('G2: links are needs too, under the name before the colon', () => {
    const part = read({ api: { links: ['db:database', 'cache'], external_links: ['legacy_db:old'] } });
    expect(edgesOf(part)).toEqual(['api > cache depends-on', 'api > db depends-on', 'api > legacy_db depends-on']);
  });

  test('G2: addresses in the environment are needs, by service, container, host name or alias', () => {
    const part = read({
      api: {
        environment: {
          DB_URL: 'postgres://database:5432/x',
          CACHE_ADDR: 'redis-1:6379',
          MAIL_HOST: 'smtp',
          TAX_URL: 'https://tax.example',
          PORT: 8080,
          NOTE: 'db is fine',
        },
      },
      db: { networks: { back: { aliases: ['database'] } } },
      cache: { container_name: 'redis-1' },
      mail: { hostname: 'smtp' },
    });
    expect(edgesOf(part).filter((edge) => edge.endsWith('depends-on'))).toEqual([
      'api > cache depends-on',
      'api > db depends-on',
      'api > mail depends-on',
      'api > tax.example depends-on',
    ]);
    const listed = read({ api: { environment: ['DB_HOST=db', 'EMPTY', 'SELF_URL=http://api'] }, db: {} });
    expect(edgesOf(listed)).toEqual(['api > db depends-on']);
  });

  test('G2: what the owner calls soft is soft, however it is needed', () => {
    const labels = { 'countersign.io/soft': 'mail' };
    expect(edgesOf(read({ api: { labels, depends_on: ['mail', 'db'], environment: { MAIL_HOST: 'mail' } } }))).toEqual([
      'api > db depends-on',
      'api ~ mail depends-on',
    ]);
  });

  test('G3: a service that needs itself is reported', () => {
    expect(findingsOf(read({ api: { depends_on: ['api'] } }))).toEqual([
      'self-dependency file:1/services/api api: `depends-on` to itself is left out',
    ]);
  });
});

describe('networks and secrets', () => {
  test('G2: networks are segments with their subnet, secrets are credentials; who uses them is drawn', () => {
    const part = read(
      {
        api: { networks: ['back', { source: 'odd' }], secrets: ['password', { source: 'key', target: 'k' }] },
        db: { networks: { back: null, front: {} } },
      },
      {
        networks: { back: { ipam: { config: [{ subnet: '172.28.0.0/16' }] } }, front: null },
        secrets: { password: { file: './p' } },
      },
    );
    expect(part.nodes.filter(({ kind }) => kind !== 'service')).toEqual([
      { id: 'back.network', at: 'file:1/networks/back', kind: 'segment', cidr: '172.28.0.0/16' },
      { id: 'front.network', at: 'file:1/networks/front', kind: 'segment' },
      { id: 'password.secret', at: 'file:1/secrets/password', kind: 'credential' },
    ]);
    expect(edgesOf(part)).toEqual([
      'api > key.secret consumes-credential',
      'api > password.secret consumes-credential',
      'api ~ back.network member-of-segment',
      'api ~ odd.network member-of-segment',
      'db ~ back.network member-of-segment',
      'db ~ front.network member-of-segment',
    ]);
  });
});

const file = (name: string): unknown => ({ services: { [name]: {} }, networks: { back: {} } });

test('G3: an external network keeps its own name; one network made by two files is refused, never merged', () => {
  const part = read(
    { api: { networks: ['back'], secrets: ['key'] } },
    { networks: { back: { external: true, name: 'corp' } }, secrets: { key: { external: { name: 'vault-key' } } } },
  );
  expect(part.nodes.map(({ id }) => id)).toEqual(['api']);
  expect(edgesOf(part)).toEqual(['api > vault-key.secret consumes-credential', 'api ~ corp.network member-of-segment']);
  expect(complaintsOf(fromCompose(documents(file('a'), file('b'))))).toEqual([
    'file:2/networks/back `back.network` is described a second time, first at file:1/networks/back; give one of them another id',
  ]);
});

test('G3: a subnet that is filled in at run time is left out and said', () => {
  const part = read({}, { networks: { back: { ipam: { config: [{ subnet: '${SUBNET}' }] } } } });
  expect(part.nodes).toEqual([{ id: 'back.network', at: 'file:1/networks/back', kind: 'segment' }]);
  expect(findingsOf(part)).toEqual(['ignored file:1/networks/back back: `${SUBNET}` is no network that can be read']);
});

describe('what is not read', () => {
  test('G3: what could hide a need is named', () => {
    const part = read(
      {
        api: {
          env_file: 'x.env',
          extends: { service: 'base' },
          network_mode: 'host',
          environment: { DB_URL: 'http://${HOST}/' },
        },
      },
      { include: ['other.yaml'] },
    );
    expect(findingsOf(part)).toEqual([
      'ignored file:1/include include: other files are not followed; name them as well',
      'ignored file:1/services/api/env_file api: `env_file` is not followed',
      'ignored file:1/services/api/extends api: `extends` is not followed',
      'ignored file:1/services/api/network_mode api: `network_mode` is not followed',
      'ignored file:1/services/api/environment/DB_URL api: the address is made at run time',
    ]);
  });

  test('G3: a file without services is refused, and a service in two files as well', () => {
    expect(complaintsOf(fromCompose(documents({ services: [] }, 'x')))).toEqual([
      'file:1 must be an object with `services`',
      'file:2 must be an object with `services`',
    ]);
    expect(complaintsOf(fromCompose(documents({ services: { a: {} } }, { services: { a: {} } })))).toEqual([
      'file:2/services/a `a` is described a second time, first at file:1/services/a; give one of them another id',
    ]);
  });
});
