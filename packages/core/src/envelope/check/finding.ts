/** What a look at an envelope finds: an error blocks activation, a warning is for the people who sign, the rest is to know. */
export interface EnvelopeFinding {
  readonly severity: 'error' | 'warning' | 'info';
  /** JSON pointer into the envelope. */
  readonly at: string;
  readonly problem: string;
  /** What to do about it, in plain words. */
  readonly advice: string;
  readonly clause: string;
}

type Say = (
  at: string,
  problem: string,
  more?: { readonly advice?: string; readonly clause?: string },
) => EnvelopeFinding;

const saying =
  (severity: EnvelopeFinding['severity']): Say =>
  (at, problem, { advice = 'change it, or leave it out', clause = 'E1' } = {}) => ({
    severity,
    at,
    problem,
    advice,
    clause,
  });

export const error: Say = saying('error');
export const warning: Say = saying('warning');
export const info: Say = saying('info');
