/** Who has which passkeys, as the trust bundle says. The bundle's signatures are the runner's business; here it only fills a list. */
import { readShape, trustBundleShape, type Person } from '@countersign/core';
import type { TrustDocument } from '@countersign/client';
import { fromBase64, textOf } from '../capsule/encoding.ts';
import { readCanonical } from '../capsule/canonical.ts';

export function peopleIn({ bundle }: TrustDocument): readonly Person[] {
  const text = textOf(fromBase64(bundle) ?? new Uint8Array());
  const read = readShape(trustBundleShape, text === undefined ? undefined : readCanonical(text)?.value);
  return read.ok ? read.value.people : [];
}

/** Credential ids of a person that count on this page; a passkey of another page would sign in vain. */
export const passkeysOf = (
  people: readonly Person[],
  { person, origin }: { readonly person: string; readonly origin: string },
): readonly string[] =>
  people
    .filter(({ id }) => id === person)
    .flatMap(({ credentials }) => credentials)
    .flatMap((known) => (known.kind === 'passkey' && known.origins.includes(origin) ? [known.id] : []));

export const nameOf = (people: readonly Person[], person: string): string =>
  people.find(({ id }) => id === person)?.name ?? person;
