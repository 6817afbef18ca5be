/**
 * The floor program: the least that any honest system must do between a signal and a durable receipt. Two processes,
 * HTTP between them, 5 serial fsyncs, 2 signatures, 1 verification. No database, no schemas, no policy, no record.
 * Its time is what the machine costs; ours is judged as a multiple of it.
 *
 * `fork(floor.main.ts, [FOLDER])`; a message N runs N operations and is answered by their times in milliseconds.
 */
import { fork } from 'node:child_process';
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { fdatasyncSync, openSync, writeSync } from 'node:fs';
import { Agent, createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { call } from './floor-call.ts';
import { readEvidence, readSignal, readSigned, type FloorCapsule, type FloorSignal } from './floor-documents.ts';

const [folder = ''] = process.argv.slice(2);
const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const log = openSync(join(folder, 'control.log'), 'a');
/** At most one delivery and one poll are open at a time: operations come one after another. */
let delivery: string | undefined;
let poll: ServerResponse | undefined;
const waiting = new Map<string, ServerResponse>();

function append(line: string): void {
  writeSync(log, `${line}\n`);
  fdatasyncSync(log);
}

function hand(over: string): void {
  if (poll === undefined) {
    delivery = over;
    return;
  }
  poll.end(over);
  poll = undefined;
}

function takePoll(response: ServerResponse): void {
  poll = response;
  if (delivery === undefined) return;
  const next = delivery;
  delivery = undefined;
  hand(next);
}

/** Decides, signs the capsule, makes the intent durable, and only then lets it go. */
function takeSignal(body: string, response: ServerResponse): void {
  const { id, tier } = readSignal(body);
  if (tier === 'safety-critical') throw new Error('the floor program decides only what is autonomous');
  const payload = Buffer.from(JSON.stringify({ id, content: `version=${id}` } satisfies FloorCapsule));
  const signature = sign(null, payload, privateKey).toString('base64');
  append(`${body} ${createHash('sha256').update(payload).digest('hex')}`);
  waiting.set(id, response);
  hand(JSON.stringify({ payload: payload.toString('base64'), signature }));
}

/** The receipt is durable before the one who sent the signal is answered. */
function takeEvidence(body: string, response: ServerResponse): void {
  const { id, isHealthy } = readEvidence(Buffer.from(readSigned(body).payload, 'base64').toString('utf8'));
  append(body);
  response.end('{}');
  waiting.get(id)?.end(JSON.stringify({ isHealthy }));
  waiting.delete(id);
}

function withBody(request: IncomingMessage, take: (body: string) => void): void {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => take(Buffer.concat(chunks).toString('utf8')));
}

const server = createServer((request, response) => {
  if (request.url === '/poll') takePoll(response);
  else if (request.url === '/signal') withBody(request, (body) => takeSignal(body, response));
  else withBody(request, (body) => takeEvidence(body, response));
});
await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
const { port } = addressOf(server.address());
const runner = fork(join(import.meta.dirname, 'floor-runner.main.ts'), [
  folder,
  String(port),
  publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
]);
const agent = new Agent({ keepAlive: true });
let operations = 0;
let isStopping = false;

async function operate(): Promise<number> {
  operations += 1;
  const body = JSON.stringify({ id: `s${operations}`, tier: 'non-critical' } satisfies FloorSignal);
  const started = performance.now();
  const answer = await call({ agent, port, method: 'POST', path: '/signal', body });
  const tookMs = performance.now() - started;
  if (answer !== '{"isHealthy":true}') throw new Error(`the floor program failed: ${answer.slice(0, 200)}`);
  return tookMs;
}

async function round(size: number): Promise<void> {
  const tookMs: number[] = [];
  for (let index = 0; index < size; index += 1) tookMs.push(await operate());
  process.send?.({ tookMs });
}

function addressOf(address: AddressInfo | string | null): AddressInfo {
  if (typeof address === 'object' && address !== null) return address;
  throw new Error('the floor program has no port');
}

runner.once('exit', () => process.exit(isStopping ? 0 : 1));
process.on('message', (size: unknown) => {
  void round(Number(size)).catch((error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    process.exit(1);
  });
});
process.once('disconnect', () => {
  isStopping = true;
  runner.kill('SIGTERM');
});
process.send?.({ ready: true });
