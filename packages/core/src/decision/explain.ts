/** One page of plain text about one decision (D1): whoever is asked, or was not, reads why without knowing the rules. At most 60 lines. */
import { PAGE_LINES, wrapWords } from './page.ts';
import type { Decision } from './decision.ts';
import { FACT_TABLE } from './fact-table.ts';
import type { Facts } from './facts.ts';

/** Most entries of a list on the page; what is left out is counted. */
const MOST_REASONS = 6;
const MOST_FINDINGS = 6;
const MOST_CHANGES = 5;

export function explainDecision(decision: Decision): string {
  const lines = [
    ...headline(decision),
    ...part('Why', MOST_REASONS, reasonsOf(decision)),
    ...part('What it means for others', MOST_FINDINGS, sentences(decision.findings)),
    ...part('The facts that mattered', MOST_FINDINGS, factsOf(decision)),
    ...part('What would have to be different for it to run alone', 3, nearestOf(decision)),
    ...part('What is foreseen', 4, foreseenOf(decision)),
    ...part('Who is asked', 8, askedOf(decision)),
    ...footer(decision),
  ];
  // The page ends where it ends: what does not fit is in the record, and the last line says so.
  const page =
    lines.length <= PAGE_LINES
      ? lines
      : [...lines.slice(0, PAGE_LINES - 1), `(${lines.length - PAGE_LINES + 1} more lines are in the record)`];
  return `${page.join('\n')}\n`;
}

const VERDICTS: Readonly<Record<Decision['verdict'], string>> = {
  autonomous: 'MAY RUN ALONE',
  'needs-approval': 'PEOPLE ARE ASKED',
  prohibited: 'PROHIBITED',
};

function headline({ verdict, facts, proposal, revision, stage }: Decision): readonly string[] {
  const title = `${VERDICTS[verdict]}: ${facts.action} on ${facts.targets} target${facts.targets === 1 ? '' : 's'}`;
  const where = `proposal ${proposal}, revision ${revision}, ${stage.replace('-', ' ')}, ${facts.environments.join(', ')}`;
  return [title, '='.repeat(title.length), ...wrapWords(where)];
}

function part(title: string, most: number, entries: readonly string[]): readonly string[] {
  if (entries.length === 0) return [];
  const shown = entries.slice(0, most).flatMap((entry) => wrapWords(entry, { first: '- ', rest: '  ' }));
  const hidden = entries.length - most;
  return ['', title, ...shown, ...(hidden > 0 ? [`- and ${hidden} more, all in the record`] : [])];
}

const sentences = (items: readonly { readonly clause: string; readonly text: string }[]): readonly string[] =>
  items.map(({ clause, text }) => `${text} (${clause})`);

const reasonsOf = ({ reasons, alarm }: Decision): readonly string[] => [
  ...(alarm === undefined ? [] : ['an engine failed; an operator has been called']),
  ...sentences(reasons),
];

/** Of every rule that decided or nearly did, the facts it read, with who knows them. */
function factsOf({ rules, facts, margins, provenance }: Decision): readonly string[] {
  const read = new Set<string>([
    ...rules.flatMap(({ isMatched, effect, unmet }) =>
      isMatched || effect !== 'permit' ? [] : unmet.map(({ fact }) => fact),
    ),
    ...margins.filter(({ room }) => room < 0).map(({ fact }) => fact),
    'targets',
    'affectedServices',
    'severity',
    'independentSignals',
  ]);
  return [...read].flatMap((name) => {
    if (!isFact(name, facts)) return [];
    const { knowers, unit } = FACT_TABLE[name];
    const documents = provenance.find(({ knower }) => knower === knowers[0])?.documents ?? [];
    const vouched = documents.length === 0 ? '' : `: ${documents.slice(0, 2).map(short).join(', ')}`;
    return [`${name} is ${valueOf(facts[name])} (${unit}; known by the ${knowers[0]}${vouched})`];
  });
}

const isFact = (name: string, facts: Facts): name is keyof Facts => Object.hasOwn(facts, name);
const short = (text: string): string => text.replaceAll(/sha256:([0-9a-f]{12})[0-9a-f]+/g, 'sha256:$1...');

function valueOf(value: Facts[keyof Facts]): string {
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.join(', ');
  if (typeof value === 'object')
    return Object.entries(value)
      .map(([key, count]) => `${count} ${key}`)
      .join(', ');
  return String(value);
}

const nearestOf = ({ counterfactuals }: Decision): readonly string[] =>
  counterfactuals.map(({ rule, changes }) => {
    const shown = changes.slice(0, MOST_CHANGES).map(({ words }) => words);
    const more = changes.length > MOST_CHANGES ? [`${changes.length - MOST_CHANGES} more`] : [];
    return `grant ${rule}: ${[...shown, ...more].join(' and ')}`;
  });

function foreseenOf({ prediction, margins }: Decision): readonly string[] {
  const near = margins.filter(
    ({ bound, room, limit }) => bound === 'at-most' && room >= 0 && room * 10 <= limit && limit > 0,
  );
  const nearest = near.map(({ fact, value, limit, grant }) => `${fact} ${value} of ${limit} (grant ${grant})`);
  const lines = nearest.length === 0 ? [] : [`near its limits: ${nearest.join(', ')}`];
  if (prediction === undefined) return ['nothing can be foreseen without a system graph', ...lines];
  const { dependants, flows, downCount, unknownCount, capacityLeftPercent } = prediction;
  const harmed = dependants
    .filter(({ health }) => health !== 'unaffected')
    .map(({ node, health }) => `${node} ${health}`);
  const cut = flows.filter(({ after }) => after === 'cut').length;
  const capacity = capacityLeftPercent === undefined ? '' : `, least capacity left ${capacityLeftPercent} %`;
  return [
    `of ${dependants.length} dependants ${downCount} down, ${unknownCount} unknown; ${cut} of ${flows.length} flows cut${capacity}`,
    ...(harmed.length === 0
      ? []
      : [`${harmed.slice(0, 8).join(', ')}${harmed.length > 8 ? ` and ${harmed.length - 8} more` : ''}`]),
    ...lines,
  ];
}

function askedOf({ verdict, requirement, owesStaging }: Decision): readonly string[] {
  const staging = owesStaging ? ['first a staging run of exactly this change'] : [];
  if (verdict === 'prohibited')
    return [...staging, 'nobody: it is done by hand, and the manual work item says what is missing'];
  if (requirement === undefined) return [...staging, 'nobody: the envelope lets it run alone'];
  return [
    ...staging,
    ...requirement.demands.map(({ role, count }) => `${count} x ${role}`),
    ...(requirement.stepUp ? ['each with a fresh strong authentication'] : []),
    `by the routes ${requirement.routes.join(', ') || 'of the trust bundle'}`,
  ];
}

const footer = ({ envelope, graph, engines, decidedAt }: Decision): readonly string[] => [
  '',
  ...wrapWords(`Decided ${decidedAt} under envelope version ${envelope.version} and graph version ${graph.version}.`),
  ...wrapWords(`Engines: ${engines.map(short).join('; ')}`),
];
