/** Floods of orders that the envelope covers, to two runners, under whatever statements of an honest witness suit the attacker (I14). */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { plusMs } from '@countersign/core';
import { until } from '../../scenarios/wait.ts';
import type { Order } from '../world/order.ts';
import type { SeenReport } from '../world/reports.ts';
import { LIMIT, TwoSites, type Site, type Statement } from './two-sites.ts';

/** What one flood came to. */
interface Flood {
  readonly name: string;
  /** Targets in all orders of the flood. */
  readonly asked: number;
  /** Targets acted on over both sites, in the hour of the flood. */
  readonly acted: number;
  readonly refused: Readonly<Record<string, number>>;
}

export interface QuotaReport {
  readonly limit: number;
  /** Orders that the witness had counted before they went out: all of them are carried out. */
  readonly honest: { readonly asked: number; readonly acted: number };
  readonly floods: readonly Flood[];
}

const HOUR_MS = 3_600_000;
const HOUR_AND_MORE_MS = HOUR_MS + 120_000;
/** Just short of how long a counted dispatch may still begin, and of how long a statement counts. */
const AS_LONG_AS_IT_COUNTS_MS = 290_000;
const ANSWERS_MS = 120_000;
/** Orders for each site in each round: a few that fit under the quota, then as many as go. */
const ROUNDS = [1, 1, 1, 1, 1, 20, 20];
const ORDERS_EACH = 50;

export async function runQuota(): Promise<QuotaReport> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-quota-'));
  const both = await TwoSites.start(folder);
  try {
    const honest = await honestUse(both);
    const [early, sent] = await floodInRounds(both, honest.acted);
    await both.later(HOUR_AND_MORE_MS);
    const late = await floodLater(both, 'the same orders an hour later', sent);
    const dated = floodOf(both, ORDERS_EACH, plusMs(both.world.now(), HOUR_AND_MORE_MS));
    await both.witnessed();
    await both.later(2 * HOUR_AND_MORE_MS);
    const ahead = await floodLater(both, 'orders dated ahead, an hour later', dated);
    const held = await floodHeld(both, 3 * HOUR_AND_MORE_MS);
    return { limit: LIMIT, honest, floods: [early, late, ahead, held] };
  } finally {
    await both.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Sent {
  readonly site: Site['address'];
  readonly order: Order;
}

/** As a control plane does it: dispatched, witnessed, then delivered with the statement that counts it. */
async function honestUse(both: TwoSites): Promise<QuotaReport['honest']> {
  const before = await both.acted();
  const orders = both.sites.map((site): Sent => ({ site: site.address, order: both.dispatch(site, 2) }));
  const statement = await both.witnessed();
  const waiting = listen(both);
  for (const one of orders) send(both, one, statement);
  await waiting(orders.length);
  return { asked: targetsOf(orders), acted: (await both.acted()) - before };
}

/** Each round under a statement from before it, then under one that counts it; at last the first orders again under every statement. */
async function floodInRounds(both: TwoSites, already: number): Promise<readonly [Flood, readonly Sent[]]> {
  const before = await both.acted();
  const waiting = listen(both);
  const sent: Sent[] = [];
  const statements: Statement[] = [await both.witnessed()];
  let letters = 0;
  const sendAll = async (orders: readonly Sent[], statement: Statement): Promise<void> => {
    for (const one of orders) letters += sendToBoth(both, one, statement);
    await waiting(letters);
  };
  for (const each of ROUNDS) {
    const [early] = statements;
    if (early === undefined) throw new Error('the witness said nothing');
    const orders = floodOf(both, each);
    sent.push(...orders);
    await sendAll(orders, early);
    const counted = await both.witnessed();
    statements.push(counted);
    await sendAll(orders, counted);
  }
  for (const statement of statements.toReversed()) await sendAll(sent.slice(0, 10), statement);
  const flood = { name: 'rounds under statements of choice', asked: targetsOf(sent), refused: waiting.refused() };
  return [{ ...flood, acted: (await both.acted()) - before + already }, sent];
}

/** The witness has forgotten an hour of dispatches; nothing of them was delivered meanwhile, all of it is now. */
async function floodLater(both: TwoSites, name: string, orders: readonly Sent[]): Promise<Flood> {
  const before = await both.acted();
  const statement = await both.sayAnew();
  const waiting = listen(both);
  for (const one of orders) send(both, one, statement);
  await waiting(orders.length);
  return { name, asked: targetsOf(orders), acted: (await both.acted()) - before, refused: waiting.refused() };
}

/** As much as is allowed, begun as late as can be; then as much again once the first is an hour old. All acts are within one hour. */
async function floodHeld(both: TwoSites, sinceMs: number): Promise<Flood> {
  await both.later(sinceMs);
  const before = await both.acted();
  const allowed = (): readonly Sent[] => floodOf(both, LIMIT / (2 * both.sites.length), undefined, 2);
  const first = allowed();
  await both.witnessed();
  await both.later(sinceMs + AS_LONG_AS_IT_COUNTS_MS);
  const statement = await both.sayAnew();
  await both.later(sinceMs + 2 * AS_LONG_AS_IT_COUNTS_MS);
  const early = listen(both);
  for (const one of first) send(both, one, statement);
  await early(first.length);
  await both.later(sinceMs + HOUR_MS + 5000);
  const second = allowed();
  const late = listen(both);
  const counted = await both.witnessed();
  for (const one of second) send(both, one, counted);
  await late(second.length);
  const asked = targetsOf([...first, ...second]);
  return {
    name: 'held back as long as they count',
    asked,
    acted: (await both.acted()) - before,
    refused: late.refused(),
  };
}

const floodOf = (both: TwoSites, each: number, at?: string, targets?: number): readonly Sent[] =>
  both.sites.flatMap((site) =>
    Array.from({ length: each }, (_, place): Sent => ({
      site: site.address,
      order: both.dispatch(site, targets ?? 1 + (place % 3), at),
    })),
  );

const targetsOf = (sent: readonly Sent[]): number =>
  sent.reduce((sum, { order }) => sum + order.capsule.targets.length, 0);

/** Beside the order and ahead of it: the runner may take either for what counts. The proof is as new as the record. */
function send(both: TwoSites, { site, order }: Sent, { signed }: Statement): void {
  const of = both.sites.find(({ address }) => address === site);
  of?.enclave.drop({ kind: 'status', status: signed });
  of?.enclave.drop({ ...order.delivery, proof: both.proofNow(order), status: signed });
}

/** Also to the runner it is not for. */
function sendToBoth(both: TwoSites, { order }: Sent, statement: Statement): number {
  for (const { address } of both.sites) send(both, { site: address, order }, statement);
  return both.sites.length;
}

interface Waiting {
  (letters: number): Promise<void>;
  readonly refused: () => Readonly<Record<string, number>>;
}

/** Every letter with an order gets one answer: refused, or carried out to its end. */
function listen({ sites }: TwoSites): Waiting {
  const from = sites.map(({ enclave }) => enclave.mark());
  const answers = (): readonly string[] =>
    sites.flatMap(({ enclave }, at) => enclave.since(from[at] ?? 0).flatMap(answerOf));
  const wait = async (letters: number): Promise<void> => {
    await until({ what: `${letters} answers`, timeoutMs: ANSWERS_MS, everyMs: 20 }, async () =>
      answers().length >= letters ? true : undefined,
    );
  };
  return Object.assign(wait, {
    refused: () => {
      const counts = new Map<string, number>();
      for (const code of answers()) if (code !== 'carried-out') counts.set(code, (counts.get(code) ?? 0) + 1);
      return Object.fromEntries(counts);
    },
  });
}

/** A statement that is older than the one known is refused as well; that is no answer to an order. */
function answerOf(report: SeenReport): readonly string[] {
  switch (report.kind) {
    case 'refusal':
      return report.refusal.code === 'status-older' ? [] : [report.refusal.code];
    case 'evidence':
      return ['carried-out'];
    case 'progress':
    case 'receipt':
      return [];
  }
}
