import { mkdirSync, mkdtempSync, readdirSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { graphSnapshotShape, type GraphSnapshot } from '@countersign/core';
import {
  canonicalBytes,
  deliveryShape,
  digestOf,
  MAX_DELIVERY_BYTES,
  MAX_GRAPH_BYTES,
  MAX_POLL_BYTES,
  PAYLOAD,
  signEnvelope,
  type DsseEnvelope,
} from '@countersign/seal';
import { KnownDocuments } from '../admit/known-documents.ts';
import { controlLink } from '../gateway/control-link.ts';
import { moveIn } from '../gateway/folder-link.ts';
import { verifierOf, type Verifier } from '../gateway/verify-delivery.ts';
import { Journal } from '../journal/journal.ts';
import { readDocument } from '../preflight/read-file.ts';
import { KEYS, NOW, PEOPLE } from '../testkit/attack.ts';
import { gateOf } from '../testkit/gate.ts';
import { ORGANISATION, rootOf } from '../testkit/house.ts';
import { good, made } from '../testkit/made.ts';
import { gatewayConfigOf, until } from '../testkit/runner-house.ts';
import { cleanUp, stage } from '../testkit/stage.ts';
import type { Caller } from '../watch/ask.ts';
import { DropFolder } from './drop-folder.ts';

const [NODES, EDGES] = [20_000, 80_000];
const PAYLOAD_BYTES = canonicalBytes(
  made(graphSnapshotShape, {
    type: 'graph-snapshot',
    organisation: ORGANISATION,
    version: 40,
    takenAt: NOW,
    nodes: Array.from({ length: NODES }, (_, n) => ({
      id: `host-${n}.dc1.example`,
      kind: 'host',
      tier: 'non-critical',
      environment: 'production',
      owner: `team-${n % 40}`,
    })),
    edges: Array.from({ length: EDGES }, (_, n) => ({
      from: `host-${n % NODES}.dc1.example`,
      to: `host-${(n * 7919 + 1) % NODES}.dc1.example`,
      kind: 'depends-on',
      isHard: n % 3 === 0,
    })),
  }),
);
const DIGEST = digestOf(PAYLOAD_BYTES);

let folder = '';
let verifier: Verifier;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-large-'));
  mkdirSync(join(folder, 'state'));
  const link = { kind: 'folder', dropIn: 'a', dropOut: 'b' };
  const paths = { inbox: 'i', outbox: 'o', held: 'h', state: join(folder, 'state') };
  verifier = verifierOf(
    gatewayConfigOf({ organisation: ORGANISATION, enclave: 'prod', egress: 'sanitized', ...paths, link }, rootOf(KEYS)),
    () => NOW,
  );
  good(verifier.check({ kind: 'trust', trust: PEOPLE.trust }));
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await cleanUp();
});

const signed = (payload: Uint8Array, { graph } = KEYS): DsseEnvelope => signEnvelope(PAYLOAD.graph, payload, [graph]);
/** Through the air gap, as people carry it; what was not let in stays where it was. */
function carried(name: string, to: DropFolder, write: (path: string) => void): boolean {
  const from = new DropFolder(mkdtempSync(join(folder, 'drop-')));
  write(from.at(name));
  moveIn({ from, to, log: () => {} }, verifier);
  return from.names().length === 0;
}

test('G2, X1: a graph of 20,000 nodes and 80,000 edges goes through the folder of the gateway and is opened by the runner', () => {
  const inbox = new DropFolder(mkdtempSync(join(folder, 'inbox-')));
  const graph = signed(PAYLOAD_BYTES);
  expect(graph.payload.length).toBeGreaterThan(4_718_592);
  const write = (path: string): void => writeFileSync(path, JSON.stringify({ kind: 'graph', graph }));
  expect(carried('1-graph.json', inbox, write)).toBe(true);
  const delivery = good(readDocument(inbox.at('1-graph.json'), deliveryShape, MAX_DELIVERY_BYTES));
  if (delivery.kind !== 'graph') throw new Error('another delivery came out');
  const { journal, documents, trust } = gateOf(PEOPLE);
  journal.write([good(documents.accept('graph', delivery.graph, trust))]);
  if (trust === undefined) throw new Error('the world has a trust bundle');
  // As after a restart: nothing in memory, everything from the journal.
  const opened: GraphSnapshot = good(new KnownDocuments(journal).graph(DIGEST, trust));
  expect([opened.nodes.length, opened.edges.length]).toEqual([NODES, EDGES]);
  journal.close();
}, 60_000);

test('G2, X7: the program takes it from its inbox, keeps it and refuses nothing', async () => {
  const at = await stage(1);
  at.house.deliver({ kind: 'trust', trust: at.world.trust });
  at.house.deliver({ kind: 'graph', graph: signed(PAYLOAD_BYTES, at.world.keys) });
  at.house.start();
  await until('an empty inbox', () => readdirSync(at.house.config.inbox).length === 0);
  expect(at.house.reports().filter(({ report }) => report.kind === 'refusal')).toEqual([]);
  await at.house.stop();
  const journal = new Journal(join(at.house.config.state, 'journal.db'));
  expect(journal.document('graph', DIGEST)).toContain(PAYLOAD.graph);
  journal.close();
}, 60_000);

test('G2, X1: the answer to a poll that carries it is read, as control hands it over', async () => {
  const graph = signed(PAYLOAD_BYTES);
  const body = Buffer.from(JSON.stringify({ next: 9, deliveries: [{ seq: 9, delivery: { kind: 'graph', graph } }] }));
  const asked: (number | undefined)[] = [];
  const caller: Caller = {
    ask: async ({ maxBytes }) => {
      asked.push(maxBytes);
      return { ok: true, value: { status: 200, body } };
    },
    close: () => {},
  };
  const link = controlLink(caller, {
    url: 'https://control',
    enclave: 'prod',
    headers: () => ({ ok: true, value: {} }),
  });
  const answer = good(await link.poll(0, new AbortController().signal));
  expect(answer).toEqual({ next: 9, deliveries: [{ seq: 9, delivery: { kind: 'graph', graph } }] });
  expect(asked).toEqual([MAX_POLL_BYTES]);
});

test('X1: a graph of one byte more than 32 MiB gets through neither gateway nor gate', () => {
  const inbox = new DropFolder(mkdtempSync(join(folder, 'inbox-')));
  const graph = signed(new Uint8Array(MAX_GRAPH_BYTES + 1).fill(0x20));
  const write = (path: string): void => writeFileSync(path, JSON.stringify({ kind: 'graph', graph }));
  expect([carried('1-graph.json', inbox, write), inbox.names()]).toEqual([false, []]);
  const { journal, documents, trust } = gateOf(PEOPLE);
  expect(documents.accept('graph', graph, trust)).toMatchObject({ ok: false, refusal: { code: 'malformed' } });
  journal.close();
}, 60_000);

/** Holes: only its size is true. */
const oversized = (path: string): void => {
  writeFileSync(path, '{');
  truncateSync(path, MAX_DELIVERY_BYTES + 1);
  utimesSync(path, 1, 1);
};

test('X1: a file of one byte more than a delivery may have is not read at all', () => {
  const inbox = new DropFolder(mkdtempSync(join(folder, 'inbox-')));
  expect([carried('1-graph.json', inbox, oversized), inbox.names()]).toEqual([false, []]);
  oversized(inbox.at('2-graph.json'));
  const read = readDocument(inbox.at('2-graph.json'), deliveryShape, MAX_DELIVERY_BYTES);
  expect(read).toMatchObject({ ok: false, refusal: { code: 'too-large' } });
});

test('X1: an envelope keeps its 3 MiB on the same way', () => {
  const inbox = new DropFolder(mkdtempSync(join(folder, 'inbox-')));
  const envelope = signEnvelope(PAYLOAD.envelope, new Uint8Array(3_145_729).fill(0x20), [KEYS.graph]);
  const write = (path: string): void => writeFileSync(path, JSON.stringify({ kind: 'envelope', envelope }));
  expect([carried('1-envelope.json', inbox, write), inbox.names()]).toEqual([false, []]);
});
