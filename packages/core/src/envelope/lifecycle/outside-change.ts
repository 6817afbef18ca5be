/** One difference between two envelopes that no rule shows, and which way it moves authority (E3, E4). */

/** `unclear` counts as widening: what cannot be shown to be safe needs two people. */
export type Effect = 'widens' | 'narrows' | 'unclear' | 'neutral';

export interface OutsideChange {
  /** JSON pointer into the envelope. */
  readonly at: string;
  readonly effect: Effect;
  /** As people read it; `absent` where there is nothing. */
  readonly before: string;
  readonly after: string;
  /** One sentence for a person: what the change means. */
  readonly why: string;
}

const MAX_SHOWN = 200;

/** A value in a line of a report, cut where nobody reads on. */
export function shown(value: unknown): string {
  const text = value === undefined ? 'absent' : typeof value === 'string' ? value : JSON.stringify(value);
  return text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN)}…`;
}

/** Whether a value counts against "no widening". */
export const isAgainst = ({ effect }: Pick<OutsideChange, 'effect'>): boolean => {
  switch (effect) {
    case 'widens':
    case 'unclear':
      return true;
    case 'narrows':
    case 'neutral':
      return false;
  }
};

/** A number of which more is wider. */
export function moreWidens(at: string, before: number, after: number, why: string): readonly OutsideChange[] {
  if (before === after) return [];
  return [{ at, effect: after > before ? 'widens' : 'narrows', before: shown(before), after: shown(after), why }];
}

/** A number of which less is wider. */
export function lessWidens(at: string, before: number, after: number, why: string): readonly OutsideChange[] {
  return moreWidens(at, -before, -after, why).map((change) => ({
    ...change,
    before: shown(before),
    after: shown(after),
  }));
}

const only = (items: readonly string[], others: readonly string[]): readonly string[] =>
  [...new Set(items)].filter((item) => !others.includes(item)).toSorted();

/** A set of which each item is handled alone; `added` says what a new one means, a lost one means the opposite. */
export function setChanges(
  at: string,
  { before, after }: { readonly before: readonly string[]; readonly after: readonly string[] },
  added: 'widens' | 'narrows',
  why: string,
): readonly OutsideChange[] {
  const removed: Effect = added === 'widens' ? 'narrows' : 'widens';
  const gained = only(after, before).map((item): OutsideChange => ({
    at,
    effect: added,
    before: 'absent',
    after: shown(item),
    why,
  }));
  const lost = only(before, after).map((item): OutsideChange => ({
    at,
    effect: removed,
    before: shown(item),
    after: 'absent',
    why,
  }));
  return [...gained, ...lost];
}
