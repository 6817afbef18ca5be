/** Words that stand for what may or may not leave: each tells its kind, and is found again in whatever encoding it hides. */

/** What a word was planted as. `held` is what the mode of its enclave keeps inside: it leaves by no exit and for nobody. */
export const KINDS = [
  'signal',
  'stranger',
  'proposal',
  'context',
  'change',
  'label',
  'rejection',
  'hold',
  'restraint',
  'benign',
  'estate',
  'envelope',
  'finding',
  'spec',
  'audit',
  'note',
  'person',
  'purpose',
  'validation',
  'detail',
  'evidence',
  'held',
] as const;
export type Kind = (typeof KINDS)[number];

let count = 0;
/** A word that is nowhere else; it has the form of an id. */
export const canary = (kind: Kind): string => `canary-${kind}-${(count += 1)}z`;

const WORD = /canary-([a-z]+)-\d+z/g;
const BASE64 = /[A-Za-z0-9+/_-]{24,}={0,2}/g;
/** A document in an envelope in a body in an export. */
const DEEPEST = 5;

/** A text and whatever it holds in base64, in base64 inside that, and so on. */
export function layersOf(text: string, depth: number = DEEPEST): readonly string[] {
  if (depth === 0) return [text];
  const inner = [...text.matchAll(BASE64)].map(([run]) => Buffer.from(run, 'base64').toString('latin1'));
  return [text, ...inner.flatMap((one) => layersOf(one, depth - 1))];
}

/** Every kind whose words are in a text, in any of its layers. */
export function kindsIn(text: string): ReadonlySet<Kind> {
  const named = new Set(layersOf(text).flatMap((layer) => [...layer.matchAll(WORD)].map(([, kind]) => kind)));
  return new Set(KINDS.filter((kind) => named.has(kind)));
}
