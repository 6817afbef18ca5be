/** One thing at a time that a person asked for: running, done, or refused with its reason. */
import type { Problem } from '@countersign/client';
import { useCallback, useState } from 'react';
import { asProblem } from './load-review.ts';

export type ActionState =
  | { readonly state: 'idle' }
  | { readonly state: 'running'; readonly what: string }
  | { readonly state: 'done'; readonly text: string }
  | { readonly state: 'failed'; readonly problem: Problem };

interface Wanted {
  readonly what: string;
  readonly done: string;
  readonly work: () => Promise<unknown>;
}

export function useAction(): { readonly action: ActionState; readonly perform: (wanted: Wanted) => void } {
  const [action, setAction] = useState<ActionState>({ state: 'idle' });
  const perform = useCallback(({ what, done, work }: Wanted): void => {
    setAction({ state: 'running', what });
    work().then(
      () => setAction({ state: 'done', text: done }),
      (error: unknown) => setAction({ state: 'failed', problem: asProblem(error) }),
    );
  }, []);
  return { action, perform };
}
