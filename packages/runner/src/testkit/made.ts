/** Test documents are built through the same shapes that read them: a builder cannot make what a reader refuses. */
import { readShape, type Result, type Shape } from '@countersign/core';

export function made<T>(shape: Shape<T>, value: unknown): T {
  return good(readShape(shape, value));
}

export function good<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new Error(JSON.stringify(result.refusal));
}
