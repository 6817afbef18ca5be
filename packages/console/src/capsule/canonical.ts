/**
 * Canonical JSON (RFC 8785) of what signed documents may hold: strings, safe integers, booleans, null, lists, plain objects.
 * A received document whose text is not canonical is refused, so that two readers can never see two documents in it.
 */
export function canonical(value: unknown): string | undefined {
  if (value === null || typeof value === 'boolean') return JSON.stringify(value);
  if (typeof value === 'string') return value.isWellFormed() ? JSON.stringify(value) : undefined;
  if (typeof value === 'number')
    return Number.isSafeInteger(value) && !Object.is(value, -0) ? String(value) : undefined;
  if (typeof value !== 'object') return undefined;
  if (Array.isArray(value)) return join('[', value.map(canonical), ']');
  // Key order by UTF-16 code units, which is how `toSorted` compares.
  const fields = new Map<string, unknown>(Object.entries(value));
  const members = [...fields.keys()].toSorted().map((key) => member(key, fields.get(key)));
  return join('{', members, '}');
}

function member(key: string, value: unknown): string | undefined {
  const [name, text] = [canonical(key), canonical(value)];
  return name === undefined || text === undefined ? undefined : `${name}:${text}`;
}

function join(open: string, parts: readonly (string | undefined)[], close: string): string | undefined {
  return parts.includes(undefined) ? undefined : `${open}${parts.join(',')}${close}`;
}

/** A document from text that is exactly its canonical form. */
export function readCanonical(text: string): { readonly value: unknown } | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Not JSON at all.
    return undefined;
  }
  return canonical(value) === text ? { value } : undefined;
}
