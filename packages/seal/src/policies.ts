/** E1: what both engines run is named in what people sign. The digest of an envelope's rules is in the envelope. */
import { cedarJsonOf, ok, refuse, rulesOf, type Digest, type Envelope, type Result } from '@countersign/core';
import { digestOf, digestOfDocument } from './digest.ts';

/** Of this way of writing the rules: another way is another number. */
const SCHEMA = 1;

/** Digest of the rules of an envelope in Cedar's JSON form; its own `policies` and whatever is not a rule do not count. */
export const policyDigestOf = (envelope: Envelope): Digest =>
  digestOfDocument({ schema: SCHEMA, ...cedarJsonOf(rulesOf(envelope)) });

/** The envelope with the digest of its own rules: the last step of writing one. */
export function withPolicies(envelope: Omit<Envelope, 'policies'>): Envelope {
  const whole: Envelope = { ...envelope, policies: digestOf(new Uint8Array()) };
  return { ...whole, policies: policyDigestOf(whole) };
}

/** Refuses an envelope whose rules are not the ones its signers were shown in Cedar's form. */
export function checkPolicies(envelope: Envelope): Result<true> {
  if (policyDigestOf(envelope) === envelope.policies) return ok(true);
  return refuse('policies-other', 'the rules of the envelope are not the ones whose digest it names', {
    clause: 'E1',
    next: ['compile the envelope again and let it be signed again'],
  });
}
