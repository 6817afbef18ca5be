/** Who has which passkeys, as the trust bundle says. The bundle's signatures are the runner's business; here it only fills a list. */
import { readShape, trustBundleShape, type Person } from '@countersign/core';
import type { SignedDocument } from '@countersign/client';
import { fromBase64, textOf } from '../capsule/encoding.ts';
import { readCanonical } from '../capsule/canonical.ts';

export function peopleIn(bundle: SignedDocument): readonly Person[] {
  const text = textOf(fromBase64(bundle.payload) ?? new Uint8Array());
  const read = readShape(trustBundleShape, text === undefined ? undefined : readCanonical(text)?.value);
  return read.ok ? read.value.people : [];
}

/** Credential ids of a person, for the browser to choose from. */
export const passkeysOf = (people: readonly Person[], person: string): readonly string[] =>
  people
    .filter(({ id }) => id === person)
    .flatMap(({ credentials }) => credentials.flatMap((known) => (known.kind === 'passkey' ? [known.id] : [])));

export const nameOf = (people: readonly Person[], person: string): string =>
  people.find(({ id }) => id === person)?.name ?? person;
