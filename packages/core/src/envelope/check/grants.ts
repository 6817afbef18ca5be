/** A switched-off grant may be unfinished; one that is on must be able to permit something, and only what it says (AG-706 4.1, 4.5). */
import type { Envelope, Grant } from '../envelope.ts';
import { isEverOpen } from './calendars.ts';
import { error, warning, type EnvelopeFinding } from './finding.ts';

/** Above this count a canary goes first (AG-706 4.9). */
const CANARY_ABOVE = 10;
/** A canary covers every configuration stratum once; beyond this it is no longer a small first cohort. */
const CANARY_AT_MOST = 50;

type Check = (envelope: Envelope, grant: Grant) => readonly EnvelopeFinding[];

export const checkGrants = (envelope: Envelope): readonly EnvelopeFinding[] =>
  envelope.grants.flatMap((grant, position) =>
    grant.isEnabled
      ? CHECKS.flatMap((check) => check(envelope, grant)).map((finding) => ({
          ...finding,
          at: `/grants/${position}${finding.at}`,
        }))
      : [],
  );

const dead = (at: string, problem: string, advice = 'switch it off, or give it something to permit'): EnvelopeFinding =>
  error(at, `${problem}, so the grant is dead`, { advice, clause: 'AG-706 4.1' });

const emptyLists: Check = (_, grant) =>
  (['actions', 'tiers', 'environments'] as const).flatMap((field) =>
    grant[field].length === 0 ? [dead(`/${field}`, 'is empty')] : [],
  );

const zeroCaps: Check = (_, { caps, tiers }) => {
  const found: EnvelopeFinding[] = [];
  if (caps.targets === 0 || caps.actionsPerHour === 0 || caps.percentOfTier === 0)
    found.push(dead('/caps', 'has a cap of zero'));
  if (caps.changeSetSize === 0) found.push(dead('/caps/changeSetSize', 'lets no step through'));
  if (tiers.length > 0 && tiers.every((tier) => (caps.perTier[tier] ?? 0) === 0))
    found.push(dead('/caps/perTier', 'allows no target of any tier of the grant'));
  return found;
};

const tierCaps: Check = (_, { caps, tiers }) => [
  ...(tiers.includes('safety-critical')
    ? [
        error('/tiers', 'safety-critical targets are never autonomous (AG-706 4.7)', {
          advice: 'take it off: people decide about these, whatever the severity',
          clause: 'AG-706 4.7',
        }),
      ]
    : []),
  ...Object.entries(caps.perTier).flatMap(([tier, most]) => {
    if (!tiers.some((one) => one === tier))
      return [
        warning(`/caps/perTier/${tier}`, 'is a cap of a tier that the grant does not name', { clause: 'AG-706 4.5' }),
      ];
    return most > caps.targets
      ? [warning(`/caps/perTier/${tier}`, `is over the cap of ${caps.targets} targets`, { clause: 'AG-706 4.5' })]
      : [];
  }),
];

const canary: Check = ({ rollout }, { caps }) =>
  caps.targets > CANARY_ABOVE && rollout.canary > CANARY_AT_MOST
    ? [
        error('/caps/targets', `over ${CANARY_ABOVE} targets need a canary of at most ${CANARY_AT_MOST} (AG-706 4.9)`, {
          advice: 'lower rollout.canary',
          clause: 'AG-706 4.9',
        }),
      ]
    : [];

const windows: Check = (envelope, { calendars }) => {
  const named = envelope.calendars.filter(({ name }) => calendars.includes(name));
  const isKnown = calendars.length > 0 && calendars.every((name) => named.some((calendar) => calendar.name === name));
  // Without any validity nothing is ever open, and that is said elsewhere.
  return isKnown &&
    envelope.validFrom < envelope.validUntil &&
    !named.some((calendar) => isEverOpen(envelope, calendar))
    ? [dead('/calendars', 'are never open while the envelope is valid', 'check the dates and hours of its calendars')]
    : [];
};

const confidence: Check = (envelope, { minConfidencePercent }) => {
  const most = Math.max(0, ...Object.values(envelope.confidence));
  return minConfidencePercent > most
    ? [
        warning('/minConfidencePercent', `asks for more than any source reaches (${most})`, {
          advice: 'confidence comes from labelled outcomes of the sources',
          clause: 'D3',
        }),
      ]
    : [];
};

const rates: Check = ({ limits }, { caps }) =>
  caps.targets > limits.organisationTargetsPerDay
    ? [
        warning('/caps/targets', `is over the limit of ${limits.organisationTargetsPerDay} targets a day`, {
          clause: 'D5',
        }),
      ]
    : [];

const CHECKS: readonly Check[] = [emptyLists, zeroCaps, tierCaps, canary, windows, confidence, rates];
