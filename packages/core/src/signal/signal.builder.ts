/** Signals and the context their readers get, for tests. */
import { parseDigest, parseId, parseInstant, type Digest, type Id, type Instant } from '../shared/brand.ts';
import type { SignalContext } from './parse-context.ts';
import type { Signal } from './signal.ts';

const known = <T>(value: T | undefined): T => {
  if (value === undefined) throw new Error('a test named something malformed');
  return value;
};
const named = <Name extends string>(text: string): Id<Name> => known(parseId<Name>(text));
const moment = (text: string): Instant => known(parseInstant(text));
export const aDigest = (two: string): Digest => known(parseDigest(`sha256:${two.repeat(32)}`));

export const aSignal = (id: string, change: Partial<Signal> = {}): Signal => ({
  id: named(id),
  source: named('prometheus'),
  format: 'alertmanager',
  rule: 'TlsHandshakeFailing',
  title: 'TLS handshake fails',
  severity: 'critical',
  status: 'firing',
  targets: [named('pay-001')],
  startedAt: moment('2026-11-18T02:10:00.000Z'),
  observedAt: moment('2026-11-18T02:11:00.000Z'),
  document: aDigest('aa'),
  ...change,
});

export const aContext = (change: Partial<SignalContext> = {}): SignalContext => ({
  source: named('prometheus'),
  receivedAt: moment('2026-11-18T02:11:00.000Z'),
  documentDigest: aDigest('aa'),
  signalId: (parts) => named(`s-${fold(parts)}`),
  ...change,
});

/** Equal parts, equal text; enough for a test. */
const fold = (parts: readonly string[]): string => {
  let hash = 7;
  for (const character of JSON.stringify(parts)) hash = (Math.imul(hash, 31) + (character.codePointAt(0) ?? 0)) >>> 0;
  return String(hash);
};
