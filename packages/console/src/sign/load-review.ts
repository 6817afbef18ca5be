/** One look at a proposal: its papers, opened here, and the people of the roster. Every failure is a standing of its own. */
import { Problem, type Client } from '@countersign/client';
import { openSigning } from '../capsule/open-capsule.ts';
import { peopleIn } from '../passkey/roster.ts';
import { openDelta } from './open-delta.ts';
import { standingOf, type Standing } from './standing.ts';

export async function loadReview(client: Client, proposal: string): Promise<Standing> {
  try {
    const [data, { trust }] = await Promise.all([client.signing(proposal), client.trust()]);
    const result = await openSigning(data, proposal);
    if (!result.isMatch) return { state: 'mismatch', problems: result.problems };
    const delta = await openDelta(data, result.opened);
    if (typeof delta === 'string') return { state: 'mismatch', problems: [delta] };
    const review = { data, opened: result.opened, people: peopleIn(trust) };
    return standingOf(delta === undefined ? review : { ...review, delta });
  } catch (error) {
    if (error instanceof Problem && error.status === 401) return { state: 'no-session' };
    return { state: 'problem', problem: asProblem(error) };
  }
}

/** What the browser or the network said, in the form of a problem, so that it is shown like one. */
export function asProblem(error: unknown): Problem {
  // The client's advice is for a command line.
  if (error instanceof Problem)
    return error.code === 'unreachable' ? pageProblem(error.code, error.detail, OFFLINE) : error;
  const detail = error instanceof Error ? error.message : 'something went wrong that is not an error';
  return pageProblem('page', detail, []);
}

const OFFLINE = [
  'check your connection and reload the page; nothing was sent twice, and a signature that arrived is kept',
];

function pageProblem(code: string, detail: string, next: readonly string[]): Problem {
  return new Problem({
    status: 0,
    code,
    title: 'This did not work',
    detail,
    eligible: [],
    next,
    missing: [],
    complaints: [],
  });
}
