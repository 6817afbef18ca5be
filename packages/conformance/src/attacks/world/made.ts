/** Documents of the attack world are built through the shapes that read them: what is refused is refused for the attack alone. */
import { id, readShape, type Id, type Result, type Shape } from '@countersign/core';

export const made = <T>(shape: Shape<T>, value: unknown): T => good(readShape(shape, value));

export function good<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new Error(JSON.stringify(result.refusal));
}

export const idOf = <Name extends string>(text: string): Id<Name> => made(id<Name>(), text);
