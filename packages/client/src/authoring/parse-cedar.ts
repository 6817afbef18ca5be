/** Hand-written Cedar through the real parser, bounded: size and depth before, time and memory during, and nothing shared after. */
import { Worker } from 'node:worker_threads';
import { ok, refuse, type Result } from '@countersign/core';
import { isLoose, itemsAt } from './loose.ts';

export interface CedarLimits {
  readonly maxBytes: number;
  /** Of brackets, outside of strings and comments. */
  readonly maxDepth: number;
  readonly timeoutMs: number;
}
const CEDAR_LIMITS: CedarLimits = { maxBytes: 65_536, maxDepth: 16, timeoutMs: 10_000 };

export interface ParsedPolicy {
  readonly text: string;
  /** Offset of its first character in the whole text. */
  readonly offset: number;
  /** Cedar's own JSON form. */
  readonly json: unknown;
}

/** A refusal's `complaints` hold the offset in the text as their place. */
export async function parseCedar(
  text: string,
  limits: CedarLimits = CEDAR_LIMITS,
): Promise<Result<readonly ParsedPolicy[]>> {
  if (new TextEncoder().encode(text).length > limits.maxBytes)
    return refuse('too-large', `the policy text has more than ${limits.maxBytes} bytes`);
  const deep = tooDeepAt(text, limits.maxDepth);
  if (deep !== undefined)
    return refuse('cedar-too-deep', `is nested more than ${limits.maxDepth} deep`, {
      complaints: [{ at: String(deep), problem: '' }],
    });
  const answer = await askWorker(text, limits.timeoutMs);
  if (!answer.ok) return answer;
  const { parts, policies } = isLoose(answer.value) ? answer.value : {};
  if (!isLoose(parts) || parts['type'] !== 'success') return syntaxFault(text, parts);
  if (itemsAt(parts, 'policy_templates').length > 0)
    return refuse('cedar-not-analysable', 'templates are not accepted');
  return ok(withOffsets(text, Array.isArray(policies) ? policies : []));
}

/** Where the nesting goes too deep; undefined when it does not. Strings and comments do not count. */
function tooDeepAt(text: string, most: number): number | undefined {
  let depth = 0;
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|\/\/[^\n]*|[([{]|[)\]}]|!/g)) {
    if ('([{'.includes(token)) depth += 1;
    if (')]}'.includes(token)) depth -= 1;
    if (depth > most) return index;
  }
  return undefined;
}

/** One thread for one question; a thread that traps, hangs or grows is ended, and this process goes on. */
function askWorker(text: string, timeoutMs: number): Promise<Result<unknown>> {
  return new Promise((done) => {
    const worker = new Worker(new URL('./cedar-worker.ts', import.meta.url), {
      workerData: { text },
      resourceLimits: { maxOldGenerationSizeMb: 256, stackSizeMb: 4 },
      execArgv: [],
    });
    const end = (result: Result<unknown>): void => {
      clearTimeout(timer);
      worker.removeAllListeners();
      // It may fail once more while it is ended; nobody needs to hear of that.
      worker.on('error', () => undefined);
      void worker.terminate();
      done(result);
    };
    const timer = setTimeout(() => end(refuse('cedar-timeout', `was not read within ${timeoutMs} ms`)), timeoutMs);
    worker.on('message', (value: unknown) => end(ok(value)));
    worker.on('error', (error) =>
      end(
        refuse('cedar-trapped', `made the policy engine fail (${error instanceof Error ? error.message : 'unknown'})`),
      ),
    );
    worker.on('exit', () => end(refuse('cedar-trapped', 'made the policy engine end')));
  });
}

function syntaxFault(text: string, parts: unknown): Result<never> {
  const [first] = itemsAt(parts, 'errors');
  const [where] = itemsAt(first, 'sourceLocations');
  const message = isLoose(first) ? String(first['message']) : 'is not understood';
  const bytes = isLoose(where) && typeof where['start'] === 'number' ? where['start'] : 0;
  // Cedar counts bytes.
  const offset = new TextDecoder().decode(new TextEncoder().encode(text).slice(0, bytes)).length;
  return refuse('cedar-syntax', `is no Cedar: ${message}`, { complaints: [{ at: String(offset), problem: message }] });
}

function withOffsets(text: string, policies: readonly unknown[]): readonly ParsedPolicy[] {
  let from = 0;
  return policies.map((policy) => {
    const own = isLoose(policy) ? String(policy['text']) : '';
    const found = text.indexOf(own, from);
    const offset = found < 0 ? from : found;
    from = offset + own.length;
    const answer = isLoose(policy) ? policy['json'] : undefined;
    return { text: own, offset, json: isLoose(answer) ? answer['json'] : undefined };
  });
}
