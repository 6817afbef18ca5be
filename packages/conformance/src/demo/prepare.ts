// One-shot: makes the demo's keys, tokens, trust bundle, envelope, graph and enclave files where they are missing.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { instantOf } from '@countersign/core';
import { canonicalBytes, publicKeyOf, signEnvelope, vkeyOf, PAYLOAD } from '@countersign/seal';
import { graphSnapshotOf } from '../estate/documents/system-graph.ts';
import { productionEstate, stagingEstate } from '../estate/layout.ts';
import { demoEnvelope } from './envelope.ts';
import { writeEnclave } from './enclave-files.ts';
import { demoFiles, writeJson } from './files.ts';
import { writeTrust } from './trust-folder.ts';
import { Keyring } from './keyring.ts';
import { DEMO_ORGANISATION, DEMO_PEOPLE, DEMO_SOURCES } from './people.ts';
import { demoSettings } from './settings.ts';
import { demoTokens } from './tokens.ts';
import { demoTrustBundle, ENCLAVES, LOG_NAME, signByPeople, signTrustBundle, WITNESS_NAME } from './trust.ts';

const settings = demoSettings(process.env);
const files = demoFiles(settings.state);
const keys = new Keyring(files.keys);
const tokens = demoTokens(files.tokens);
const nowMs = Date.now();
const now = instantOf(nowMs);

function prepareControl(): void {
  for (const name of ['log', 'capsule-signer', 'agent-tokens']) keys.signer(name);
  writeJson(files.controlConfig, {
    organisations: [
      {
        id: DEMO_ORGANISATION,
        root: files.root,
        logKey: keys.fileOf('log'),
        capsuleSigner: keys.fileOf('capsule-signer'),
        logOrigin: LOG_NAME,
      },
    ],
    identity: { tokenKey: keys.fileOf('agent-tokens') },
  });
  const principals = Object.entries(tokens).map(([name, token]) => {
    const [kind = '', id = ''] = name.split(':');
    return { kind, id, token };
  });
  writeJson(files.provision, {
    organisation: DEMO_ORGANISATION,
    principals,
    sources: DEMO_SOURCES.map(({ id, lineage, owner }) => ({ id, lineage, owner })),
    now,
  });
}

/** Signed once and kept: a second start must not change what rules. */
function prepareDocuments(): void {
  mkdirSync(files.documents, { recursive: true, mode: 0o700 });
  const once = (name: string, make: () => unknown): void => {
    const file = join(files.documents, name);
    if (!existsSync(file)) writeJson(file, make());
  };
  if (!existsSync(files.root))
    writeTrust(files, signTrustBundle(keys, demoTrustBundle(keys, { now, version: 1, passkeys: {} })));
  once('envelope.json', () =>
    signByPeople(keys, { payloadType: PAYLOAD.envelope, value: demoEnvelope(now) }, ['kim', 'lea']),
  );
  // The graph is dated: an old one authorises nothing, so each start takes a new snapshot with the next version.
  const graph = graphSnapshotOf([productionEstate(), stagingEstate()], {
    organisation: DEMO_ORGANISATION,
    version: Math.floor(nowMs / 1000) - 1_700_000_000,
    takenAtMs: nowMs,
  });
  if (!graph.ok) throw new Error(`the demo graph is malformed: ${graph.refusal.detail}`);
  writeJson(
    join(files.documents, 'graph.json'),
    signEnvelope(PAYLOAD.graph, canonicalBytes(graph.value), [keys.signer('graph-owner')]),
  );
}

/** Witness and relays stand outside the control plane: their own folders, keys and tokens. */
function prepareOutsiders(): void {
  mkdirSync(files.witness, { recursive: true, mode: 0o700 });
  writeFileSync(join(files.witness, 'token'), `${tokens['witness:witness'] ?? ''}\n`, { mode: 0o600 });
  keys.signer('witness-status');
  writeJson(join(files.witness, 'witness.json'), {
    organisation: DEMO_ORGANISATION,
    name: WITNESS_NAME,
    url: settings.controlUrl,
    tokenFile: 'token',
    log: vkeyOf('log', LOG_NAME, publicKeyOf(keys.signer('log'))),
    cosignKeyFile: keys.fileOf('witness'),
    statusKeyFile: keys.fileOf('witness-status'),
    state: 'state',
    autonomousTargetsPerHour: 500,
  });
  for (const { id, format } of DEMO_SOURCES) {
    const folder = files.relay(id);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(join(folder, 'token'), `${tokens[`source:${id}`] ?? ''}\n`, { mode: 0o600 });
    const keyFile = keys.fileOf(`relay-${id}`);
    writeJson(join(folder, 'relay.json'), {
      source: id,
      format,
      keyFile,
      url: settings.controlUrl,
      tokenFile: 'token',
    });
  }
}

function prepareEnclaves(): void {
  for (const address of ENCLAVES) {
    const profile = address.enclave;
    const layout = profile === 'production' ? productionEstate() : stagingEstate();
    const baseUrl = profile === 'production' ? settings.productionEstate : settings.stagingEstate;
    writeEnclave(keys, {
      folder: files.enclave(profile),
      address,
      estate: { layout, baseUrl, stateDir: join(settings.state, 'estate', profile) },
      link: { kind: 'control', url: settings.doorUrl, shows: { kind: 'certificate', folder: 'identity' } },
    });
  }
}

for (const { id } of DEMO_PEOPLE) keys.signer(`people/${id}`);
prepareControl();
prepareDocuments();
prepareOutsiders();
prepareEnclaves();
