/** Debian's z3 as a peer: a process a question, timed from "decide" to the answer, after it has read the question. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface SolverAnswer {
  readonly answer: 'sat' | 'unsat';
  /** Less the way there and back, which an echo takes as well. */
  readonly decidedMs: number;
}

const TIMEOUT_MS = 60_000;

/** `question`: declarations and assertions in SMT-LIB 2. */
export async function askZ3(question: string): Promise<SolverAnswer> {
  const child = spawn('z3', ['-in'], { stdio: ['pipe', 'pipe', 'ignore'], timeout: TIMEOUT_MS, killSignal: 'SIGKILL' });
  const ended = new Promise<void>((done, fail) => {
    child.once('error', fail);
    child.once('close', () => done());
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const timed = async (command: string): Promise<{ readonly line: string; readonly ms: number }> => {
    const started = performance.now();
    child.stdin.write(`${command}\n`);
    const { value, done } = await lines.next();
    if (done === true) throw new Error('z3 ended without an answer');
    return { line: value, ms: performance.now() - started };
  };
  await timed(`${question}(echo "read")`);
  const way = await timed('(echo "here")');
  const { line, ms } = await timed('(check-sat)');
  child.stdin.end('(exit)\n');
  await ended;
  if (line !== 'sat' && line !== 'unsat') throw new Error(`z3 answered ${line}`);
  return { answer: line, decidedMs: Math.max(0, ms - way.ms) };
}
