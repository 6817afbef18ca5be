/** Puts facts to both engines and the floor and draws the verdict: prohibited outranks needs-approval outranks autonomous (D1). */
import { parseId, type Digest } from '../shared/brand.ts';
import { floorDemands, mergeDemands } from '../people/demands.ts';
import type { Demand } from '../people/person.ts';
import type { Floor } from '../people/trust-bundle.ts';
import { MODES, type Attributes, type Mode } from '../envelope/attributes.ts';
import type { Envelope, Route } from '../envelope/envelope.ts';
import { counterfactuals } from './counterfactual.ts';
import type { ApprovalRequirement, Decision, RuleTrace, Verdict } from './decision.ts';
import {
  answerOf,
  attributesOf,
  OWN_ENGINE,
  traceOf,
  unusableFacts,
  type Answer,
  type CompiledEnvelope,
} from './evaluate.ts';
import type { Facts } from './facts.ts';
import { floorReasons, floorStepUp, type FloorReason } from './floor.ts';
import { marginsOf } from './margins.ts';
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
  'verdict' | 'reasons' | 'rules' | 'counterfactuals' | 'margins' | 'owesStaging' | 'requirement' | 'engines' | 'alarm'
>;
/** What the verdict alone decides; the trace, the margins and the engines are the same whatever it is. */
type Drawn = Omit<Judgement, 'rules' | 'engines' | 'margins'>;

type Answers = Readonly<Record<Mode, Answer>>;

export function judge(question: Question): Judgement {
  const { facts, compiled } = question;
  const attributes = attributesOf(facts);
  const unusable = unusableFacts(attributes);
  if (unusable.length > 0)
    return prohibitedBecause(
      unusable.map((name) => ({ clause: 'D1', text: `the fact ${name} is not a whole number an engine can read` })),
    );
  const own = (mode: Mode): Answer => answerOf(compiled, { action: facts.action, attributes, mode });
  const answers: Answers = {
    autonomous: own('autonomous'),
    reviewed: own('reviewed'),
    approved: own('approved'),
    route: own('route'),
  };
  // Whoever may run alone needs no look at the dry run: nobody asks for it.
  const modes = MODES.filter((mode) => mode !== 'reviewed' || !answers.autonomous.isAllowed);
  const asked = modes.map((mode) => askOther(question, attributes, { mode, own: answers[mode] }));
  const engines = enginesOf(
    compiled.envelope,
    asked.map(({ engine }) => engine),
  );
  const rules = everyRule(compiled, facts, attributes);
  const margins = marginsOf(compiled, facts, attributes);
  const disagreements = asked.flatMap(({ problem }) =>
    problem === undefined ? [] : [{ clause: 'D1', text: problem }],
  );
  const [alarm] = disagreements;
  if (alarm !== undefined) return { ...prohibitedBecause(disagreements), rules, margins, engines, alarm: alarm.text };
  return { ...draw(question, answers), rules, margins, engines };
}

/** With the data and the rules they worked on: what a replay years later needs to be the same. */
const enginesOf = ({ tzdata, policies }: Envelope, asked: readonly string[]): readonly string[] =>
  [...new Set([...asked, OWN_ENGINE, `tzdata ${tzdata}`, `policies ${policies}`])].toSorted();

export const prohibitedBecause = (reasons: readonly Reason[]): Judgement => ({
  verdict: 'prohibited',
  reasons,
  rules: [],
  counterfactuals: [],
  margins: [],
  owesStaging: false,
  engines: [OWN_ENGINE],
});

/** The second engine's answer, held against ours: decision and rules must be the same, or nothing runs until it is mended. */
function askOther(
  { compiled, envelopeDigest, facts, oracle }: Question,
  attributes: Attributes,
  { mode, own }: { readonly mode: Mode; readonly own: Answer },
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
function everyRule({ byQuestion }: CompiledEnvelope, { action }: Facts, attributes: Attributes): readonly RuleTrace[] {
  const traces = new Map<string, RuleTrace>();
  for (const mode of MODES)
    for (const rule of byQuestion.get(`${mode} ${action}`) ?? [])
      if (!traces.has(rule.id)) traces.set(rule.id, traceOf(rule, attributes, mode));
  return [...traces.values()];
}

function draw(question: Question, answers: Answers): Drawn {
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
  if (answers.reviewed.isAllowed && people.length === 0) return nearBoundary(question, answers, owesStaging);
  const reasons = [
    ...people,
    ...reasonsFor(question, answers.autonomous.forbids),
    ...(hasGrant(answers) ? [] : [NO_GRANT]),
  ];
  return withRoute(question, answers.route, {
    verdict: 'needs-approval',
    reasons,
    counterfactuals: counterfactuals(question, facts),
    owesStaging,
  });
}

/** 4.12: inside every cap and near one: one person looks at the dry run first. */
function nearBoundary(question: Question, answers: Answers, owesStaging: boolean): Drawn {
  const { compiled, facts, floor } = question;
  const grant = answers.reviewed.permits.map((id) => id.slice('near/'.length)).join(', ');
  const near = {
    clause: 'AG-706 4.12',
    text: `grant \`${grant}\` covers it, near its limits: the dry run is looked at first`,
  };
  const demands = mergeDemands([...compiled.envelope.dryRun.demands, ...floorDemands(floor, facts.environments)]);
  const requirement = { routes: DRY_RUN, demands, stepUp: floorStepUp(facts) };
  return {
    verdict: 'needs-approval',
    reasons: [near],
    counterfactuals: counterfactuals(question, facts),
    owesStaging,
    requirement,
  };
}

const DRY_RUN = [parseId<'Rule'>('dry-run-review')].flatMap((id) => id ?? []);

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
function withRoute({ compiled, facts, floor }: Question, routed: Answer, drawn: Omit<Drawn, 'requirement'>): Drawn {
  const routes = compiled.envelope.routes.filter(({ id }) => routed.permits.includes(id));
  const demands = mergeDemands([
    ...routes.flatMap((route) => route.demands),
    ...floorDemands(floor, facts.environments),
  ]);
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
