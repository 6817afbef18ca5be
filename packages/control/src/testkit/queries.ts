/** The statements this process sends while `work` runs, in order: what a hot path waits for is counted, not guessed. */
import pg from 'pg';

export async function queriesOf(work: () => Promise<unknown>): Promise<readonly string[]> {
  const texts: string[] = [];
  const original: unknown = Reflect.get(pg.Client.prototype, 'query');
  if (typeof original !== 'function') throw new TypeError('the client has no `query`');
  const counted = function query(this: pg.Client, ...values: unknown[]): unknown {
    const [first] = values;
    const text: unknown = typeof first === 'object' && first !== null && 'text' in first ? first.text : first;
    if (typeof text === 'string') texts.push(text);
    return Reflect.apply(original, this, values);
  };
  Reflect.set(pg.Client.prototype, 'query', counted);
  try {
    await work();
  } finally {
    Reflect.set(pg.Client.prototype, 'query', original);
  }
  return texts;
}
