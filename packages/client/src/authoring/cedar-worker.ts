/**
 * Parses policy text that a person wrote, in a thread that is thrown away: nested input kills the engine's instance, and with it
 * everything else that would have asked it (design 6). The thread answers one question and ends.
 */
import { createRequire } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';

const load = createRequire(import.meta.url);
const cedar: unknown = load('@cedar-policy/cedar-wasm/nodejs');

type Call = (text: string) => unknown;
const callable = (name: string): Call => {
  const found: unknown =
    typeof cedar === 'object' && cedar !== null && name in cedar ? Reflect.get(cedar, name) : undefined;
  if (typeof found !== 'function') throw new Error(`the engine has no ${name}`);
  return (text) => {
    const answer: unknown = Reflect.apply(found, undefined, [text]);
    return answer;
  };
};

const question: unknown = workerData;
const text = typeof question === 'object' && question !== null && 'text' in question ? String(question.text) : '';
const parts = callable('policySetTextToParts')(text);
const policies: readonly unknown[] =
  typeof parts === 'object' && parts !== null && 'policies' in parts && Array.isArray(parts.policies)
    ? parts.policies
    : [];
const answer = {
  parts,
  policies: policies.map((policy) => ({ text: policy, json: callable('policyToJson')(String(policy)) })),
};
// A port between threads has no origin to name.
const send = parentPort?.postMessage.bind(parentPort);
send?.(answer);
