/** Whole attributes from a value for every name; the names are exactly the ones of the lists, so nothing is left out. */
import {
  FLAGS,
  INTEGERS,
  SETS,
  WORDS,
  type Attributes,
  type FlagName,
  type IntegerName,
  type SetName,
  type WordName,
} from '../attributes.ts';

export interface AttributeValues {
  readonly integer: (name: IntegerName) => number;
  readonly flag: (name: FlagName) => boolean;
  readonly set: (name: SetName) => readonly string[];
  readonly word: (name: WordName) => string;
}

const recordOf = <Name extends string, Value>(
  names: readonly Name[],
  valueOf: (name: Name) => Value,
): Readonly<Record<Name, Value>> =>
  // INVARIANT: one entry a name, so every key of the record is there.
  Object.fromEntries(names.map((name) => [name, valueOf(name)])) as Record<Name, Value>;

export const attributesFrom = ({ integer, flag, set, word }: AttributeValues): Attributes => ({
  ...recordOf(INTEGERS, integer),
  ...recordOf(FLAGS, flag),
  ...recordOf(SETS, (name) => set(name).toSorted()),
  ...recordOf(WORDS, word),
});
