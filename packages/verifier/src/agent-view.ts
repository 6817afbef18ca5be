/** What the agent said it had before it, from the body of its proposal; only for bytes that were verified. */
import { isJsonObject, readStrictJson, type JsonObject, type JsonValue } from '@countersign/seal';

export interface AgentView {
  readonly agent: string;
  readonly model: string;
  readonly prompt: string;
  readonly toolCalls: number;
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

function jsonIn(encoded: string): JsonObject | undefined {
  const json = readStrictJson(Buffer.from(encoded, 'base64'), { maxBytes: MAX_BYTES });
  return json.ok && isJsonObject(json.value) ? json.value : undefined;
}

/** Undefined when the body of the proposal is not in the file. */
export function agentIn(file: Uint8Array): AgentView | undefined {
  const json = readStrictJson(file, { maxBytes: MAX_BYTES });
  const bundle = json.ok && isJsonObject(json.value) ? objectAt(json.value, 'bundle') : undefined;
  const leaves = listAt(bundle, 'leaves').filter(isJsonObject);
  const made = leaves.find((leaf) => wordAt(jsonIn(wordAt(leaf, 'leaf')), 'event') === 'proposal.created');
  const body = wordAt(made, 'body');
  const proposal = body === '' ? undefined : jsonIn(body);
  if (proposal === undefined) return undefined;
  const [context, change] = [objectAt(proposal, 'context'), objectAt(proposal, 'change')];
  return {
    agent: wordAt(proposal, 'agent'),
    model: wordAt(context, 'model'),
    prompt: wordAt(context, 'prompt'),
    toolCalls: listAt(context, 'toolCalls').length,
    action: wordAt(change, 'action'),
    summary: wordAt(change, 'summary'),
  };
}
