/** Time, version, agents and the blocks that stand alone (AG-706 4.10, E2, L4, L6). */
import { msOf } from '../../shared/brand.ts';
import { ENVIRONMENTS } from '../../people/trust-bundle.ts';
import type { Envelope } from '../envelope.ts';
import { error, info, warning, type EnvelopeFinding } from './finding.ts';

const DAY_MS = 86_400_000;
const MAX_VALIDITY_DAYS = 92;

export function checkValidity({ validFrom, validUntil, version, supersedes }: Envelope): readonly EnvelopeFinding[] {
  const days = (msOf(validUntil) - msOf(validFrom)) / DAY_MS;
  const found: EnvelopeFinding[] = [];
  if (days <= 0) found.push(error('/validUntil', 'must be later than validFrom', { clause: 'E2' }));
  if (days > MAX_VALIDITY_DAYS)
    found.push(
      error('/validUntil', `must be at most ${MAX_VALIDITY_DAYS} days after validFrom (AG-706 4.10)`, {
        advice: 'choose an earlier end; people renew it',
        clause: 'AG-706 4.10',
      }),
    );
  if (version > 1 && supersedes === undefined)
    found.push(
      error('/supersedes', 'must name the version it replaces', {
        advice: '`cs envelope show` prints the digest of the active version',
        clause: 'E2',
      }),
    );
  if (version === 1 && supersedes !== undefined)
    found.push(error('/supersedes', 'the first version replaces nothing', { clause: 'E2' }));
  return found;
}

export const checkBlocks = (envelope: Envelope): readonly EnvelopeFinding[] => [
  ...checkAgents(envelope),
  ...checkStaging(envelope),
  ...checkPhase(envelope),
  ...checkDryRun(envelope),
  ...checkContraction(envelope),
  ...checkSeverities(envelope),
];

const checkAgents = ({ agents }: Envelope): readonly EnvelopeFinding[] =>
  agents.length === 0
    ? [error('/agents', 'names no agent, so nothing can be proposed', { advice: 'name one', clause: 'L8' })]
    : [];

function checkStaging({ maySkipStaging, maxSkipPercent }: Envelope): readonly EnvelopeFinding[] {
  const found: EnvelopeFinding[] = [];
  if (maySkipStaging.includes('config.change'))
    found.push(
      error('/maySkipStaging', 'config.change is never low-risk: production config needs staging proof (L7)', {
        advice: 'take it off the list',
        clause: 'L7',
      }),
    );
  if (maySkipStaging.length > 0 && maxSkipPercent === 0)
    found.push(warning('/maxSkipPercent', 'is 0, so nothing on maySkipStaging can skip it', { clause: 'L4' }));
  if (maySkipStaging.length > 0 && maxSkipPercent === 100)
    found.push(
      info('/maxSkipPercent', 'is 100, so an action may skip staging every time', {
        advice: 'a share makes a class lose the exception when it is used too often',
        clause: 'L4',
      }),
    );
  return found;
}

/** The first two stages of adoption run local-only; more egress is a step that people sign (L6). */
function checkPhase({ phase, egress, grants }: Envelope): readonly EnvelopeFinding[] {
  if (phase === 'bounded-autonomy') return [];
  const open = ENVIRONMENTS.filter((environment) => egress[environment] !== 'local-only');
  const enabled = grants.flatMap(({ isEnabled }, position) => (isEnabled ? [position] : []));
  return [
    ...open.map((environment) =>
      error(`/egress/${environment}`, `must be local-only in phase ${phase} (L6)`, { clause: 'L6' }),
    ),
    ...enabled.map((position) =>
      info(`/grants/${position}/isEnabled`, `has no effect yet: phase ${phase} runs nothing alone`, {
        advice: 'leave it off until the phase is bounded-autonomy',
        clause: 'L6',
      }),
    ),
  ];
}

function checkDryRun({ dryRun }: Envelope): readonly EnvelopeFinding[] {
  const people = dryRun.demands.reduce((sum, { count }) => sum + count, 0);
  if (people > 0) return [];
  return [error('/dryRun/demands', 'asks nobody to look at a dry run near a cap', { clause: 'AG-706 4.12' })];
}

/** A rate "from which on" that is zero is always reached. */
const checkContraction = ({ contraction }: Envelope): readonly EnvelopeFinding[] =>
  (['failurePercent', 'falsePositivePercent', 'predictionErrorPercent'] as const).flatMap((rate) =>
    contraction[rate] === 0
      ? [warning(`/contraction/${rate}`, 'is 0, so every class with enough cases loses its autonomy', { clause: 'E6' })]
      : [],
  );

const checkSeverities = ({ severities }: Envelope): readonly EnvelopeFinding[] =>
  Object.keys(severities).length === 0
    ? [
        warning('/severities', 'is empty: every word of a source is unknown, hence prohibited', {
          advice: 'map the words your sources use to 0 (info) .. 4 (critical)',
          clause: 'D3',
        }),
      ]
    : [];
