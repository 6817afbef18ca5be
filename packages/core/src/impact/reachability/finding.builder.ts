/** Findings and statements for tests; each is a valid whole, a test changes one thing. */
import { parseId, parseInstant, type Id, type Instant } from '../../shared/brand.ts';
import type { Finding, HeardStatement } from './finding.ts';

const known = <T>(value: T | undefined): T => {
  if (value === undefined) throw new Error('a test named something malformed');
  return value;
};
const named = <Name extends string>(text: string): Id<Name> => known(parseId<Name>(text));
export const moment = (text: string): Instant => known(parseInstant(text));

export const aFinding = (target: string, change: Partial<Finding> = {}): Finding => ({
  id: named(`F-${target}`),
  rule: 'CVE-2026-1',
  target: named(target),
  severity: 3,
  probability: 500,
  components: ['pkg:deb/openssl'],
  firstSeenAt: moment('2026-11-18T00:00:00.000Z'),
  ...change,
});

export const aStatement = (product: string, change: Partial<HeardStatement> = {}): HeardStatement => ({
  source: named('vendor'),
  mayLower: true,
  vulnerability: 'CVE-2026-1',
  product,
  status: 'not_affected',
  justification: 'vulnerable_code_not_in_execute_path',
  saidAt: moment('2026-11-17T00:00:00.000Z'),
  ...change,
});
