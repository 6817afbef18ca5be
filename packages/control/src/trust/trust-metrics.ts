/** When what rules ends, as numbers for a monitor (X1): an alert on them needs no person who looks. */
import { msOf } from '@countersign/core';
import type { TrustEnd } from '@countersign/seal';

const STATES: readonly TrustEnd['state'][] = ['fine', 'soon', 'over'];

/** Without an installed bundle there is nothing but the heads: `absent()` of a monitor sees that. */
export const trustMetrics = (ends: readonly TrustEnd[]): string =>
  [
    '# HELP countersign_trust_end_timestamp_seconds When this part of the trust bundle ends; at the first end execution closes.',
    '# TYPE countersign_trust_end_timestamp_seconds gauge',
    ...ends.map(
      ({ part, at }) => `countersign_trust_end_timestamp_seconds{part="${part}"} ${Math.floor(msOf(at) / 1000)}`,
    ),
    '# HELP countersign_trust_end_state 0: fine, 1: ends soon, somebody has to renew it, 2: over.',
    '# TYPE countersign_trust_end_state gauge',
    ...ends.map(({ part, state }) => `countersign_trust_end_state{part="${part}"} ${STATES.indexOf(state)}`),
    '',
  ].join('\n');
