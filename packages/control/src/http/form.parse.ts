/** Reads `application/x-www-form-urlencoded` as OAuth has it (RFC 6749 appendix B): each name once, everything strict UTF-8. */
import { refuse, type Complaint, type Result } from '@countersign/core';

const MAX_FIELDS = 32;
const PART = /^(?:[!#$'()*+,./0-9:;?@A-Z[\]^_`a-z|~"<>\\{}-]|%[0-9A-Fa-f]{2})*$/;

export function readForm(bytes: Uint8Array): Result<Readonly<Record<string, string>>> {
  // Escapes carry everything beyond ASCII; other bytes fit no part.
  const text = Buffer.from(bytes).toString('latin1');
  const pairs = text.split('&').map((pair) => {
    const at = pair.indexOf('=');
    return at < 0 ? ([pair, ''] as const) : ([pair.slice(0, at), pair.slice(at + 1)] as const);
  });
  const complaints: Complaint[] = [];
  const fields = new Map<string, string>();
  if (pairs.length > MAX_FIELDS) complaints.push({ at: '', problem: `has more than ${MAX_FIELDS} fields` });
  for (const [rawName, rawValue] of pairs.slice(0, MAX_FIELDS)) {
    const [name, value] = [decoded(rawName), decoded(rawValue)];
    if (name === undefined || value === undefined || name === '' || !/^[a-z_]+$/.test(name))
      complaints.push({ at: '', problem: 'holds a field that is not spelled as a form' });
    else if (fields.has(name)) complaints.push({ at: `/${name}`, problem: 'is there twice' });
    else fields.set(name, value);
  }
  if (complaints.length > 0) return refuse('malformed', 'the form cannot be read', { complaints });
  return { ok: true, value: Object.fromEntries(fields) };
}

function decoded(part: string): string | undefined {
  if (!PART.test(part)) return undefined;
  try {
    return decodeURIComponent(part.replaceAll('+', '%20'));
  } catch {
    // Escapes that are no UTF-8.
    return undefined;
  }
}
