/** Puts facts to both engines and the floor and draws the verdict: prohibited outranks needs-approval outranks autonomous (D1). */
import type { Digest } from '../shared/brand.ts';
import type { Demand } from '../people/person.ts';
import type { Floor } from '../people/trust-bundle.ts';
import { MODES, type Attributes, type Mode } from '../envelope/attributes.ts';
import type { Route } from '../envelope/envelope.ts';
import { counterfactuals } from './counterfactual.ts';
import type { ApprovalRequirement, Decision, RuleTrace, Verdict } from './decision.ts';
import {
  attributesOf,
  evaluateAttributes,
  OWN_ENGINE,
  unusableFacts,
  type CompiledEnvelope,
  type Evaluation,
} from './evaluate.ts';
import type { Facts } from './facts.ts';
import { floorDemands, floorReasons, floorStepUp, type FloorReason } from './floor.ts';
import type { Oracle } from './oracle.ts';
import { reasonOf, type Reason } from './reason.ts';

export interface Question {
  readonly compiled: CompiledEnvelope;
  readonly envelopeDigest: Digest;
  readonly facts: Facts;
  readonly floor: Floor;
  readonly stage: Decision['stage'];
  readonly oracle: Oracle;
}

export type Judgement = Pick<
  Decision,
  'verdict' | 'reasons' | 'rules' | 'counterfactuals' | 'owesStaging' | 'requirement' | 'engines'
>;

type Answers = Readonly<Record<Mode, Evaluation>>;

export function judge(question: Question): Judgement {
  const { facts, compiled } = question;
  const attributes = attributesOf(facts);
  const unusable = unusableFacts(attributes);
  if (unusable.length > 0)
    return prohibitedBecause(
      unusable.map((name) => ({ clause: 'D1', text: `the fact ${name} is not a whole number an engine can read` })),
    );
  const own = (mode: Mode): Evaluation => evaluateAttributes(compiled, { action: facts.action, attributes, mode });
  const answers: Answers = { autonomous: own('autonomous'), approved: own('approved'), route: own('route') };
  const asked = MODES.map((mode) => askOther(question, attributes, { mode, own: answers[mode] }));
  const engines = [...new Set([...asked.map(({ engine }) => engine), OWN_ENGINE])].toSorted();
  const rules = everyRule(answers);
  const disagreements = asked.flatMap(({ problem }) =>
    problem === undefined ? [] : [{ clause: 'D1', text: problem }],
  );
  if (disagreements.length > 0) return { ...prohibitedBecause(disagreements), rules, engines };
  return { ...draw(question, answers, attributes), rules, engines };
}

export const prohibitedBecause = (reasons: readonly Reason[]): Judgement => ({
  verdict: 'prohibited',
  reasons,
  rules: [],
  counterfactuals: [],
  owesStaging: false,
  engines: [OWN_ENGINE],
});

/** The second engine's answer, held against ours: decision and rules must be the same, or nothing runs until it is mended. */
function askOther(
  { compiled, envelopeDigest, facts, oracle }: Question,
  attributes: Attributes,
  { mode, own }: { readonly mode: Mode; readonly own: Evaluation },
): { readonly engine: string; readonly problem?: string } {
  const { action, agent } = facts;
  const answer = oracle({ envelope: envelopeDigest, cedar: compiled.cedar, agent, action, mode, attributes });
  const { engine } = answer;
  if (answer.kind === 'error')
    return { engine, problem: `the policy engine could not answer (${mode}): ${answer.problem}` };
  const theirs = answer.determining.toSorted();
  const isSame = answer.isAllowed === own.isAllowed && theirs.join('\n') === own.determining.join('\n');
  return isSame
    ? { engine }
    : { engine, problem: `the two policy engines disagree (${mode}): nothing runs until this is mended` };
}

/** Every rule consulted, each once. */
function everyRule(answers: Answers): readonly RuleTrace[] {
  const traces = new Map<string, RuleTrace>();
  for (const mode of MODES)
    for (const trace of answers[mode].trace) if (!traces.has(trace.id)) traces.set(trace.id, trace);
  return [...traces.values()];
}

function draw(question: Question, answers: Answers, attributes: Attributes): Omit<Judgement, 'rules' | 'engines'> {
  const { facts, floor, stage, compiled } = question;
  const needsStaging = !facts.stagingValidated && !compiled.envelope.maySkipStaging.includes(facts.action);
  const floored = floorReasons(facts, floor, stage);
  const stops = prohibitions(question, answers, floored);
  const isStopped = stops.length > 0;
  const owesStaging = needsStaging && (!isStopped || answers.approved.isAllowed);
  if (isStopped) return { verdict: 'prohibited', reasons: stops, counterfactuals: [], owesStaging };
  const people = floored.filter(({ effect }) => effect === 'people').map(toReason);
  if (answers.autonomous.isAllowed && people.length === 0)
    return {
      verdict: 'autonomous',
      reasons: reasonsFor(question, answers.autonomous.permits),
      counterfactuals: [],
      owesStaging,
    };
  const reasons = [
    ...people,
    ...reasonsFor(question, answers.autonomous.forbids),
    ...(hasGrant(answers) ? [] : [NO_GRANT]),
  ];
  // What the floor asks people for, no change of the envelope's facts makes autonomous.
  const nearest =
    people.length > 0 ? [] : counterfactuals(compiled, facts, { attributes, forbids: answers.autonomous.forbids });
  return withRoute(question, answers.route, {
    verdict: 'needs-approval',
    reasons,
    counterfactuals: nearest,
    owesStaging,
  });
}

const NO_GRANT: Reason = { clause: 'AG-706 4.1', text: 'no grant of the envelope covers this act as it is' };
const hasGrant = (answers: Answers): boolean => answers.autonomous.permits.length > 0;
const toReason = ({ clause, text }: FloorReason): Reason => ({ clause, text });

const reasonsFor = ({ compiled, facts }: Question, ids: readonly string[]): readonly Reason[] =>
  compiled.rules.filter(({ id }) => ids.includes(id)).map((rule) => reasonOf(rule, facts));

function prohibitions(question: Question, answers: Answers, floored: readonly FloorReason[]): readonly Reason[] {
  const stops = floored.filter(({ effect }) => effect === 'prohibit').map(toReason);
  const forbidden = reasonsFor(question, answers.approved.forbids);
  if (answers.approved.isAllowed || forbidden.length > 0) return [...stops, ...forbidden];
  const { facts } = question;
  const why = facts.isAgentListed
    ? { clause: 'AG-706 4.10', text: 'the envelope is not valid at this time' }
    : { clause: 'L8', text: `the envelope does not list agent \`${facts.agent}\`, or its identity has ended` };
  return [...stops, why];
}

/** All matching routes are owed together with the trust bundle's quorum; nobody to ask means nobody may approve. */
function withRoute(
  { compiled, facts, floor }: Question,
  routed: Evaluation,
  drawn: Omit<Judgement, 'rules' | 'engines' | 'requirement'>,
): Omit<Judgement, 'rules' | 'engines'> {
  const routes = compiled.envelope.routes.filter(({ id }) => routed.permits.includes(id));
  const demands = mergeDemands([...routes.flatMap((route) => route.demands), ...floorDemands(facts, floor)]);
  if (demands.length > 0) return { ...drawn, requirement: requirementOf(routes, demands, facts) };
  const verdict: Verdict = 'prohibited';
  const noRoute = { clause: 'AG-706 4.2', text: 'people have to approve this and no route names anyone to ask' };
  return { ...drawn, verdict, counterfactuals: [], reasons: [noRoute, ...drawn.reasons] };
}

const requirementOf = (routes: readonly Route[], demands: readonly Demand[], facts: Facts): ApprovalRequirement => ({
  routes: routes.map(({ id }) => id),
  demands,
  stepUp: routes.some(({ stepUp }) => stepUp) || floorStepUp(facts),
});

/** One demand a role, with the highest count any route or quorum asks for; sorted by role. */
function mergeDemands(demands: readonly Demand[]): readonly Demand[] {
  const counts = new Map<Demand['role'], number>();
  for (const { role, count } of demands) counts.set(role, Math.max(count, counts.get(role) ?? 0));
  return [...counts].map(([role, count]) => ({ role, count })).toSorted((a, b) => (a.role < b.role ? -1 : 1));
}
