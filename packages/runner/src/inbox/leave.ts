/**
 * The gate again while something runs: under the trust that rules now and at least once a minute (D6, I5). A person struck off, a
 * graph grown old or a freeze that began stop the next cohort. Halts are left to the rollout, which knows whether a person has
 * answered them.
 */
import type { Result } from '@countersign/core';
import type { CapsuleDelivery } from '@countersign/seal';
import { Admitted } from '../admit/admit.ts';
import type { GateContext } from '../admit/context.ts';
import type { Trust } from '../admit/trust.ts';
import type { Clock } from '../preflight/clock.ts';
import type { Standing } from './standing.ts';

export interface Leaving {
  readonly standing: Pick<Standing, 'trust'>;
  readonly clock: Clock;
  readonly context: () => GateContext;
}

/** What the gate said, and under which trust and when. */
interface Held {
  readonly admitted: Admitted;
  readonly trust: Trust | undefined;
  readonly atMs: number;
}

/** The gate is asked again at least this often while something runs. */
const RECHECK_MS = 60_000;

/** `first`: what the gate has said just now. Refused: asked again each time, because a fresh status or bundle may come. */
export function leaveFor(
  delivery: CapsuleDelivery,
  { standing, clock, context }: Leaving,
  first?: Admitted,
): () => Result<Admitted> {
  const held = (admitted: Admitted): Held => ({ admitted, trust: standing.trust, atMs: clock.monotonicMs() });
  let last = first === undefined ? undefined : held(first);
  return () => {
    if (last !== undefined && last.trust === standing.trust && clock.monotonicMs() - last.atMs < RECHECK_MS)
      return { ok: true, value: last.admitted };
    const { status, ...rest } = context();
    const unhalted = status === undefined ? rest : { ...rest, status: { ...status, halts: [] } };
    const again = Admitted.check(delivery, { ...unhalted, isStopped: false }, true);
    last = again.ok ? held(again.value) : undefined;
    return again;
  };
}
