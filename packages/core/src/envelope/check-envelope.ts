/** What is wrong with an envelope beyond its shape (E1, E2). An envelope with an error is never activated; warnings are shown. */
import type { Complaint } from '../shared/result.ts';
import type { GraphSnapshot } from '../graph/graph.ts';
import type { Person } from '../people/person.ts';
import type { Envelope } from './envelope.ts';
import { checkCalendars } from './check/calendars.ts';
import type { EnvelopeFinding } from './check/finding.ts';
import { checkGrants } from './check/grants.ts';
import { checkGraphNames } from './check/graph-names.ts';
import { checkCalendarNames, checkEmptyLists, checkIds } from './check/names.ts';
import { checkPeople, checkRoutes } from './check/routes.ts';
import { checkShadowed } from './check/shadowed.ts';
import { checkBlocks, checkValidity } from './check/validity.ts';

/** Who and what there is; absent parts are not looked at. */
export interface LintSetting {
  readonly roster?: readonly Person[];
  readonly graph?: Pick<GraphSnapshot, 'nodes'>;
}

/** Every finding at once: errors first, each with its JSON pointer, clause and what to do. */
export function lintEnvelope(envelope: Envelope, { roster, graph }: LintSetting = {}): readonly EnvelopeFinding[] {
  const found = [
    ...checkValidity(envelope),
    ...checkIds(envelope),
    ...checkCalendars(envelope),
    ...checkCalendarNames(envelope),
    ...checkEmptyLists(envelope),
    ...checkGrants(envelope),
    ...checkRoutes(envelope),
    ...checkBlocks(envelope),
    ...checkShadowed(envelope),
    ...(roster === undefined ? [] : checkPeople(envelope, roster)),
    ...(graph === undefined ? [] : checkGraphNames(envelope, graph.nodes)),
  ];
  return [
    ...found.filter(({ severity }) => severity === 'error'),
    ...found.filter(({ severity }) => severity === 'warning'),
    ...found.filter(({ severity }) => severity === 'info'),
  ];
}

const complaintsOf = (findings: readonly EnvelopeFinding[]): readonly Complaint[] =>
  findings.flatMap(({ severity, at, problem }) => (severity === 'error' ? [{ at, problem }] : []));

/** What blocks activation, from the envelope alone. */
export const checkEnvelope = (envelope: Envelope): readonly Complaint[] => complaintsOf(lintEnvelope(envelope));

/** The same, and every route that the people of this roster cannot satisfy (A4). */
export const checkEnvelopeAgainst = (envelope: Envelope, roster: readonly Person[]): readonly Complaint[] =>
  complaintsOf(lintEnvelope(envelope, { roster }));
