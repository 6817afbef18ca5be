/**
 * Cedar as the second engine of every decision (D1). It is asked only with the schema, because without it a missing attribute
 * skips a forbid; it reads only policy text printed by our own compiler; any error, warning or throw is "no answer".
 */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type * as CedarModule from '@cedar-policy/cedar-wasm/nodejs';
import { cedarContext, type Digest, type Oracle, type OracleAnswer, type OracleQuestion } from '@countersign/core';
import { digestOf } from '@countersign/seal';

type Cedar = typeof CedarModule;

const MODULE = '@cedar-policy/cedar-wasm/nodejs';
const SCHEMA_NAME = 'countersign';
/** Parsed policy sets are never freed by the engine, so their names are few and used again. */
const SLOTS = 4;
/** Far above any envelope; deep or long text can kill the engine's instance. */
const MAX_POLICIES = 3000;
const MAX_POLICY_LENGTH = 200_000;

interface Slot {
  readonly name: string;
  text: string;
  /** The policies that were found to be this text last: whoever comes with the same object need not write them out again. */
  policies: OracleQuestion['cedar']['policies'] | undefined;
  usedAt: number;
}

/** An engine that trapped answers nothing ever again: it is thrown away and loaded anew. */
function loadCedar(): Cedar {
  const require = createRequire(import.meta.url);
  delete require.cache[require.resolve(MODULE)];
  const loaded: unknown = require(MODULE);
  if (!isCedar(loaded)) throw new Error('the policy engine could not be loaded');
  return loaded;
}

const isCedar = (loaded: unknown): loaded is Cedar =>
  typeof loaded === 'object' && loaded !== null && 'statefulIsAuthorized' in loaded && 'getCedarVersion' in loaded;

/** Of the engine's own bytes, read once: which program decided is on record with every decision (D2). */
let program: Digest | undefined;
function programDigest(): Digest {
  if (program !== undefined) return program;
  const folder = dirname(createRequire(import.meta.url).resolve(MODULE));
  const file = readdirSync(folder).find((name) => name.endsWith('.wasm'));
  if (file === undefined) throw new Error('the policy engine has no program');
  program = digestOf(readFileSync(join(folder, file)));
  return program;
}

interface Engine {
  readonly cedar: Cedar;
  readonly name: string;
  readonly slots: readonly Slot[];
  schema: string | undefined;
  uses: number;
}

function startEngine(): Engine {
  const cedar = loadCedar();
  const slots = Array.from({ length: SLOTS }, (_, slot) => ({
    name: `slot-${slot}`,
    text: '',
    policies: undefined,
    usedAt: 0,
  }));
  return { cedar, name: `cedar ${cedar.getCedarVersion()} ${programDigest()}`, slots, schema: undefined, uses: 0 };
}

export interface CedarOptions {
  /** Told when the engine had to be replaced: an operator should know. */
  readonly onFailure?: (problem: string) => void;
}

/** One engine; calls are synchronous, so it is never asked two things at once. */
export function createCedarOracle({ onFailure = () => undefined }: CedarOptions = {}): Oracle {
  let engine: Engine | undefined;
  return (question) => {
    try {
      engine ??= startEngine();
      return ask(engine, question);
    } catch (error) {
      const problem = error instanceof Error ? error.message : 'the engine stopped';
      const name = engine?.name ?? 'cedar';
      engine = undefined;
      onFailure(problem);
      return { kind: 'error', problem, engine: name };
    }
  };
}

function ask(engine: Engine, question: OracleQuestion): OracleAnswer {
  const unable = (problem: string): OracleAnswer => ({ kind: 'error', problem, engine: engine.name });
  const prepared = prepare(engine, question.cedar);
  if (typeof prepared === 'string') return unable(prepared);
  const context = cedarContext(question.attributes, question.mode);
  // JavaScript would round larger numbers before Cedar sees them.
  const rounded = Object.entries(context).find(
    ([, value]) => typeof value === 'number' && !Number.isSafeInteger(value),
  );
  if (rounded !== undefined) return unable(`${rounded[0]} is not a safe integer`);
  const answer = engine.cedar.statefulIsAuthorized({
    principal: { type: 'Agent', id: question.agent },
    action: { type: 'Action', id: question.action },
    resource: { type: 'Operation', id: 'operation' },
    context,
    entities: [],
    preparsedPolicySetId: prepared.name,
    preparsedSchemaName: SCHEMA_NAME,
    validateRequest: true,
  });
  if (answer.type === 'failure') return unable(answer.errors.map(({ message }) => message).join('; '));
  const { decision, diagnostics } = answer.response;
  // An erroring policy is skipped by Cedar: a forbid that fails would permit.
  if (diagnostics.errors.length > 0)
    return unable(`policies failed: ${diagnostics.errors.map(({ policyId }) => policyId).join(', ')}`);
  return { kind: 'answer', isAllowed: decision === 'allow', determining: diagnostics.reason, engine: engine.name };
}

/** The slot that holds these policies, parsing and validating them first when none does; a text says what is wrong. */
function prepare(engine: Engine, { schema, policies }: OracleQuestion['cedar']): Slot | string {
  engine.uses += 1;
  const same = engine.slots.find((slot) => slot.text !== '' && slot.policies === policies);
  const text = same?.text ?? JSON.stringify(policies);
  const known = same ?? engine.slots.find((slot) => slot.text === text);
  if (known !== undefined && engine.schema === schema) {
    known.policies = policies;
    known.usedAt = engine.uses;
    return known;
  }
  const problem = limitsOf(policies) ?? parseSchema(engine, schema) ?? validate(engine.cedar, schema, policies);
  if (problem !== undefined) return problem;
  const slot = engine.slots.reduce((oldest, candidate) => (candidate.usedAt < oldest.usedAt ? candidate : oldest));
  // Emptied first: a slot whose parsing fails holds nothing.
  slot.text = '';
  const parsed = engine.cedar.preparsePolicySet(slot.name, { staticPolicies: { ...policies } });
  if (parsed.type === 'failure') return parsed.errors.map(({ message }) => message).join('; ');
  slot.text = text;
  slot.policies = policies;
  slot.usedAt = engine.uses;
  return slot;
}

function limitsOf(policies: Readonly<Record<string, string>>): string | undefined {
  const texts = Object.values(policies);
  if (texts.length > MAX_POLICIES) return `${texts.length} policies, at most ${MAX_POLICIES} are read`;
  return texts.some(({ length }) => length > MAX_POLICY_LENGTH) ? 'a policy is too long' : undefined;
}

function parseSchema(engine: Engine, schema: string): string | undefined {
  if (engine.schema === schema) return undefined;
  const parsed = engine.cedar.preparseSchema(SCHEMA_NAME, schema);
  if (parsed.type === 'failure') return parsed.errors.map(({ message }) => message).join('; ');
  // Policies parsed against another schema are not trusted with this one.
  for (const slot of engine.slots) slot.text = '';
  engine.schema = schema;
  return undefined;
}

/** Every policy must fit the schema. Warnings (a rule that can never match) are the envelope lint's business. */
function validate(cedar: Cedar, schema: string, policies: Readonly<Record<string, string>>): string | undefined {
  const answer = cedar.validate({ schema, policies: { staticPolicies: { ...policies } } });
  if (answer.type === 'failure') return answer.errors.map(({ message }) => message).join('; ');
  const [first] = answer.validationErrors;
  return first === undefined ? undefined : `policy ${first.policyId}: ${first.error.message}`;
}
