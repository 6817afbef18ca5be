/** The statements this process sends while `work` runs, in order: what a hot path waits for is counted, not guessed. */
import pg from 'pg';
import { LOOKS } from '../record/sequencer.ts';
import { AND_COMMIT, WITH_NEXT } from '../store/together.ts';
import { TELL_ORGANISATION } from '../store/within.ts';

/** Without what goes ahead of a statement in one piece with it: that is no round trip; nor what the clock sends meanwhile. */
export const queriesOf = async (work: () => Promise<unknown>): Promise<readonly string[]> =>
  (await textsOf(work)).filter((text) => text !== TELL_ORGANISATION && !LOOKS.has(text));

export async function textsOf(work: () => Promise<unknown>): Promise<readonly string[]> {
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

/** How often somebody waits for the database meanwhile: statements that go with the next one, and a commit that goes along, cost nothing. */
export async function roundTripsOf(work: () => Promise<unknown>): Promise<readonly string[]> {
  const texts = await queriesOf(work);
  return texts.filter(
    (text, place) =>
      text !== 'begin' &&
      !text.endsWith(WITH_NEXT) &&
      !(text === 'commit' && texts[place - 1]?.endsWith(AND_COMMIT) === true),
  );
}
