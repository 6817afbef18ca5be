/** Window and clock (I5, T15): inside on the cautious side, and the clock has neither jumped nor gone back. */
import { ok, parseInstant, plusMs, refuse, type Capsule, type Instant, type Result } from '@countersign/core';
import { SKEW_MS, type GateContext } from './context.ts';

export function checkWindow(
  { notBefore, notAfter }: Pick<Capsule, 'notBefore' | 'notAfter'>,
  now: Instant,
): Result<true> {
  if (now < notBefore) return refuse('window-not-open', `the window opens at ${notBefore}`, { clause: 'X1' });
  if (plusMs(now, SKEW_MS) >= notAfter)
    return refuse('window-over', `the window ends at ${notAfter}`, { clause: 'X1' });
  return ok(true);
}

export function checkClock({
  journal,
  now,
  isClockSteady,
}: Pick<GateContext, 'journal' | 'now' | 'isClockSteady'>): Result<true> {
  const last = parseInstant(journal.latest('clock') ?? '');
  if (last !== undefined && now < last)
    return refuse('clock-backwards', `the clock shows ${now}, the journal was at ${last}`, { clause: 'X1' });
  if (!isClockSteady)
    return refuse('clock-jumped', 'the clock was changed while the runner was running', { clause: 'X1' });
  return ok(true);
}
