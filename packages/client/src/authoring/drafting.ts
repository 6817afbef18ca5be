/** What is gathered while a written file becomes an envelope: where each part came from, what is wrong, what was left out. */
import { Origins } from './origins.ts';

export interface Said {
  /** Pointer into the compiled envelope. */
  readonly at: string;
  readonly problem: string;
  readonly advice: string;
}

export class Drafting {
  readonly origins: Origins = new Origins();
  readonly errors: Said[] = [];
  /** Blocks that stand as they are because nobody wrote them. */
  readonly omitted: Said[] = [];

  error(at: string, problem: string, advice: string): void {
    this.errors.push({ at, problem, advice });
  }

  omit(at: string, problem: string): void {
    this.omitted.push({ at, problem, advice: 'write it down if another value is meant' });
  }
}
