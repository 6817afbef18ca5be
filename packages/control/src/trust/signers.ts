/** Which enrolled people signed an envelope. A name in a document is nothing; a key of the roster that verifies is everything (A2). */
import type { Credential, Person } from '@countersign/core';
import { keyidOfCredential, verifyHumanSignature, type DsseEnvelope } from '@countersign/seal';

interface Enrolled {
  readonly person: Person;
  readonly credential: Credential;
}

/** Each person once, however many keys they used. */
export function peopleWhoSigned(envelope: DsseEnvelope, people: readonly Person[]): readonly Person[] {
  const enrolled = people.flatMap((person) => person.credentials.map((credential) => ({ person, credential })));
  const byKey = Map.groupBy(enrolled, ({ credential }) => keyidOfCredential(credential) ?? '');
  const signed = new Map<string, Person>();
  envelope.signatures.forEach(({ keyid }, index) => {
    // A signature must name its key: trying every key of a large roster would let anyone keep this process busy.
    const candidates: readonly Enrolled[] = keyid === undefined ? [] : (byKey.get(keyid) ?? []);
    const match = candidates.find(({ credential }) => verifyHumanSignature(envelope, index, credential).ok);
    if (match !== undefined) signed.set(match.person.id, match.person);
  });
  return [...signed.values()];
}
