/** What the agent said it had before it, from the body of its proposal; only for bytes that were verified. */
import { isJsonObject, readStrictJson, type JsonObject, type JsonValue } from '@countersign/seal';

export interface AgentView {
  readonly agent: string;
  readonly model: string;
  readonly prompt: string;
  readonly toolCalls: number;
  readonly signals: readonly string[];
  readonly action: string;
  readonly summary: string;
}

const MAX_BYTES = 134_217_728;

const objectAt = (from: JsonObject | undefined, name: string): JsonObject | undefined => {
  const value = from?.[name];
  return value !== undefined && isJsonObject(value) ? value : undefined;
};
const wordAt = (from: JsonObject | undefined, name: string): string => {
  const value = from?.[name];
  return typeof value === 'string' ? value : '';
};
const isList = (value: JsonValue | undefined): value is readonly JsonValue[] => Array.isArray(value);
const listAt = (from: JsonObject | undefined, name: string): readonly JsonValue[] => {
  const value: JsonValue | undefined = from?.[name];
  return isList(value) ? value : [];
};

function jsonIn(bytes: Uint8Array): JsonObject | undefined {
  const json = readStrictJson(bytes, { maxBytes: MAX_BYTES });
  return json.ok && isJsonObject(json.value) ? json.value : undefined;
}
const bytesAt = (from: JsonObject | undefined, name: string): Uint8Array => Buffer.from(wordAt(from, name), 'base64');

/** Undefined when the body of the proposal is not in the bundle. */
export function agentIn(file: Uint8Array): AgentView | undefined {
  const leaves = listAt(objectAt(jsonIn(file), 'bundle'), 'leaves').filter(isJsonObject);
  const made = leaves.find((leaf) => wordAt(jsonIn(bytesAt(leaf, 'leaf')), 'event') === 'proposal.created');
  return agentFrom(bytesAt(made, 'body'));
}

/** The body of an entry `proposal.created`; undefined for anything else. */
export function agentFrom(body: Uint8Array | undefined): AgentView | undefined {
  const proposal = body === undefined || body.length === 0 ? undefined : jsonIn(body);
  if (proposal === undefined) return undefined;
  const [context, change] = [objectAt(proposal, 'context'), objectAt(proposal, 'change')];
  return {
    agent: wordAt(proposal, 'agent'),
    model: wordAt(context, 'model'),
    prompt: wordAt(context, 'prompt'),
    toolCalls: listAt(context, 'toolCalls').length,
    signals: listAt(proposal, 'signals').filter((one) => typeof one === 'string'),
    action: wordAt(change, 'action'),
    summary: wordAt(change, 'summary'),
  };
}
