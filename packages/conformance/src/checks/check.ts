/** One test of AG-706 section 8 on the whole product. */
import type { TestId } from '../requirements/ag-706.ts';
import type { Product } from './product.ts';

export interface Check {
  readonly test: TestId;
  readonly name: string;
  readonly requirements: readonly string[];
  /** Complaints, empty when all is as it must be. */
  readonly run: (product: Product) => Promise<readonly string[]>;
  /** The same question where the answer is the other one; complaints when it is not. */
  readonly twin?: (product: Product) => Promise<readonly string[]>;
}

/** What the product says when it is asked for something it must not do; undefined when it does it. */
export async function refusalOf(work: Promise<unknown>): Promise<string | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
