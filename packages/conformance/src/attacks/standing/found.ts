/** What a run found of the acts that attacks stand for: which were tried, and which codes said no. */
import type { CaseResult } from '../../result.ts';
import type { Standing } from './standing.ts';

export interface Found extends Pick<Standing, 'id' | 'act' | 'attacks' | 'open'> {
  /** Every attack that stands for it ran and was refused as it must be. */
  readonly isRefused: boolean;
  readonly refusedBy: readonly string[];
}

export const foundOf = (acts: readonly Standing[], results: readonly CaseResult[]): readonly Found[] =>
  acts.map(({ id, act, attacks, open }) => {
    const tried = results.filter(({ name, kind }) => kind === 'check' && attacks.includes(name));
    return {
      id,
      act,
      attacks,
      ...(open !== undefined && { open }),
      isRefused: tried.length === attacks.length && tried.every(({ state }) => state === 'passed'),
      refusedBy: [...new Set(tried.flatMap(({ refusedBy = [] }) => refusedBy))].toSorted(),
    };
  });
