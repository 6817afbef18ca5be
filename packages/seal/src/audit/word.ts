/** A value of a row as one word of a finding; what is neither text nor number nor yes or no is shown by its kind. */
export function word(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : typeof value;
}
