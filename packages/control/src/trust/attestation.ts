/**
 * Whether a maker vouches for an authenticator: the certificates of its statement lead to one that the registrars listed (A2).
 * The statement's own signature, and that it names the right model, was checked before. Self attestation proves only possession.
 */
import { X509Certificate } from 'node:crypto';
import type { Instant } from '@countersign/core';
import { decodeBase64, readCbor } from '@countersign/seal';

const MAX_CHAIN = 4;

/** `roots`: DER in base64. A root that is listed itself as the leaf counts too. */
export function isVouchedFor(attestation: Uint8Array, roots: readonly string[], now: Instant): boolean {
  const chain = chainOf(attestation);
  const trusted = roots.flatMap((root) => certificateOf(decodeBase64(root)) ?? []);
  if (chain.length === 0 || chain.length > MAX_CHAIN || !chain.every((one) => isCurrent(one, now))) return false;
  if (!chain.every((one, place) => place === 0 || isIssuedBy(chain[place - 1], one))) return false;
  return trusted.some((root) => isCurrent(root, now) && leadsTo(chain, root));
}

function chainOf(attestation: Uint8Array): readonly X509Certificate[] {
  const listed = valueAt(valueAt(readCbor(attestation), 'attStmt'), 'x5c');
  if (!Array.isArray(listed)) return [];
  const chain = listed.map((der: unknown) => (der instanceof Uint8Array ? certificateOf(der) : undefined));
  const read = chain.flatMap((one) => one ?? []);
  return read.length === chain.length ? read : [];
}

const valueAt = (map: unknown, name: string): unknown => (map instanceof Map ? map.get(name) : undefined);

function certificateOf(der: Uint8Array | undefined): X509Certificate | undefined {
  if (der === undefined) return undefined;
  try {
    return new X509Certificate(der);
  } catch {
    // Bytes that are no certificate vouch for nothing.
    return undefined;
  }
}

function leadsTo(chain: readonly X509Certificate[], root: X509Certificate): boolean {
  const last = chain.at(-1);
  return last !== undefined && (last.raw.equals(root.raw) || isIssuedBy(last, root));
}

const isIssuedBy = (child: X509Certificate | undefined, parent: X509Certificate): boolean =>
  child !== undefined && parent.ca && child.checkIssued(parent) && child.verify(parent.publicKey);

const isCurrent = ({ validFrom, validTo }: X509Certificate, now: Instant): boolean =>
  Date.parse(validFrom) <= Date.parse(now) && Date.parse(now) <= Date.parse(validTo);
