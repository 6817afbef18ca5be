/** Ids and names: none twice, none unknown, no list that can match nothing. */
import type { Envelope, Restriction, Selector } from '../envelope.ts';
import { didYouMean } from './nearest-name.ts';
import { error, info, type EnvelopeFinding } from './finding.ts';

/** A rule that selects, and where it stands. */
export interface Selecting {
  readonly at: string;
  readonly kind: 'rule' | 'route' | 'prohibition';
  readonly selector: Selector;
}

const withoutNames = (rule: Restriction): Selector => {
  const { id: _id, clause: _clause, ...selector } = rule;
  return selector;
};

export const selectorsOf = ({ prohibited, humanOnly, routes }: Envelope): readonly Selecting[] => [
  ...prohibited.map((rule, position): Selecting => ({
    at: `/prohibited/${position}`,
    kind: 'prohibition',
    selector: withoutNames(rule),
  })),
  ...humanOnly.map((rule, position): Selecting => ({
    at: `/humanOnly/${position}`,
    kind: 'rule',
    selector: withoutNames(rule),
  })),
  ...routes.map(({ when }, position): Selecting => ({ at: `/routes/${position}/when`, kind: 'route', selector: when })),
];

/** Prohibitions, guardrails, human-only rules, grants and routes share one space of ids: a reason names a rule without doubt. */
export function checkIds(envelope: Envelope): readonly EnvelopeFinding[] {
  const { prohibited, guardrails, humanOnly, grants, routes, calendars } = envelope;
  const lists = { prohibited, humanOnly, guardrails, grants, routes };
  const ids = Object.entries(lists).flatMap(([name, rules]) =>
    rules.map(({ id }, position) => ({ at: `/${name}/${position}/id`, name: id })),
  );
  const names = calendars.map(({ name }, position) => ({ at: `/calendars/${position}/name`, name }));
  return [
    ...repeated(ids).map((at) => error(at, 'is the id of another rule', { advice: 'give each rule an id of its own' })),
    ...repeated(names).map((at) => error(at, 'is the name of another calendar')),
  ];
}

function repeated(named: readonly { readonly at: string; readonly name: string }[]): readonly string[] {
  const seen = new Set<string>();
  return named.flatMap(({ at, name }) => {
    if (seen.has(name)) return [at];
    seen.add(name);
    return [];
  });
}

const NEVER = {
  prohibition: 'is empty, so nothing is prohibited',
  rule: 'is empty, so the rule never matches',
  route: 'is empty, so the route never matches',
} as const;

/** An empty list can match nothing and looks as if it protected something. */
export const checkEmptyLists = (envelope: Envelope): readonly EnvelopeFinding[] =>
  selectorsOf(envelope).flatMap(({ at, kind, selector }) =>
    Object.entries(selector).flatMap(([part, value]) =>
      Array.isArray(value) && value.length === 0
        ? [error(`${at}/${part}`, NEVER[kind], { advice: 'name something, or leave the part out to match all' })]
        : [],
    ),
  );

/** Calendars that a rule names and nobody defined, and calendars that no rule names. */
export function checkCalendarNames(envelope: Envelope): readonly EnvelopeFinding[] {
  const known = envelope.calendars.map(({ name }) => name);
  const used = [
    ...envelope.grants.map(({ calendars }, position) => ({ at: `/grants/${position}`, calendars })),
    ...selectorsOf(envelope).map(({ at, selector }) => ({ at, calendars: selector.calendars ?? [] })),
  ].flatMap(({ at, calendars }) => calendars.map((name, position) => ({ at: `${at}/calendars/${position}`, name })));
  const names = new Set(used.map(({ name }) => name));
  return [
    ...used.flatMap(({ at, name }) =>
      known.includes(name)
        ? []
        : [error(at, 'is not a calendar of this envelope', { advice: didYouMean(name, known) })],
    ),
    ...known.flatMap((name, position) =>
      names.has(name) ? [] : [info(`/calendars/${position}`, 'is a calendar that no rule names')],
    ),
  ];
}
