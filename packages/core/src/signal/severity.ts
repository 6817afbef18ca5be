/** The envelope's number for a source's own word (D3): never the agent's word, and -1 where nobody mapped it. */
import type { Signal } from './signal.ts';

/**
 * Severity 0 (info) to 4 (critical), or -1 when the envelope maps nothing. Keys are `word`, or `source:word` for one
 * source alone; the more specific wins. A word that holds a colon is no word: a source could name another source's key with it.
 */
export function severityOf(
  severities: Readonly<Record<string, number>>,
  { source, severity }: Pick<Signal, 'source' | 'severity'>,
): number {
  if (severity.includes(':')) return -1;
  const own = `${source}:${severity}`;
  if (Object.hasOwn(severities, own)) return severities[own] ?? -1;
  return Object.hasOwn(severities, severity) ? (severities[severity] ?? -1) : -1;
}
