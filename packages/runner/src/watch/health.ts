/** What a target or a dependant says about itself. Only a reading that is complete, fresh and good counts (X4, I10). */
import { parseInstant, type Instant, type Result } from '@countersign/core';
import { escapeHostile, isJsonObject, readStrictJson, type JsonObject } from '@countersign/seal';
import type { Answer, Caller } from './ask.ts';

export type TargetHealth =
  | {
      readonly state: 'running';
      /** Changes with every start: the proof of a restart. */
      readonly instance: string;
      readonly startedAt: Instant;
      readonly observedAt: Instant;
      readonly versions: Readonly<Record<string, string>>;
    }
  /** It says itself that it does not run. */
  | { readonly state: 'failed'; readonly detail: string; readonly observedAt: Instant }
  | { readonly state: 'no-data'; readonly detail: string };

export type ServiceHealth =
  | { readonly state: 'ok'; readonly detail: string; readonly observedAt: Instant }
  | { readonly state: 'degraded'; readonly detail: string; readonly observedAt: Instant }
  | { readonly state: 'no-data'; readonly detail: string };

const MAX_DETAIL = 300;
const MAX_VERSIONS = 64;

export async function askTarget(caller: Caller, url: string, timeoutMs: number): Promise<TargetHealth> {
  return readTargetHealth(await caller.ask({ method: 'GET', url, timeoutMs }));
}

export async function askService(caller: Caller, url: string, timeoutMs: number): Promise<ServiceHealth> {
  return readServiceHealth(await caller.ask({ method: 'GET', url, timeoutMs }));
}

export function readTargetHealth(answer: Result<Answer>): TargetHealth {
  const read = readAnswer(answer);
  if (!read.ok) return { state: 'no-data', detail: read.refusal.detail };
  const { status, json } = read.value;
  const observedAt = moment(json, 'observedAt');
  if (observedAt === undefined) return { state: 'no-data', detail: 'the answer does not say when it was observed' };
  if (json['state'] === 'failed') return { state: 'failed', detail: words(json, 'error'), observedAt };
  const startedAt = moment(json, 'startedAt');
  const { instance } = json;
  const versions = versionsOf(json);
  const isComplete =
    status === 200 && json['state'] === 'running' && typeof instance === 'string' && startedAt !== undefined;
  if (!isComplete || versions === undefined)
    return { state: 'no-data', detail: `an incomplete answer with status ${status}` };
  return { state: 'running', instance, startedAt, observedAt, versions };
}

export function readServiceHealth(answer: Result<Answer>): ServiceHealth {
  const read = readAnswer(answer);
  if (!read.ok) return { state: 'no-data', detail: read.refusal.detail };
  const { status, json } = read.value;
  const observedAt = moment(json, 'observedAt');
  if (observedAt === undefined) return { state: 'no-data', detail: 'the answer does not say when it was observed' };
  const detail = serviceDetail(json);
  if (status === 200 && json['state'] === 'ok') return { state: 'ok', detail, observedAt };
  if (json['state'] === 'degraded') return { state: 'degraded', detail, observedAt };
  return { state: 'no-data', detail: `an incomplete answer with status ${status}` };
}

function readAnswer(answer: Result<Answer>): Result<{ readonly status: number; readonly json: JsonObject }> {
  if (!answer.ok) return answer;
  const json = readStrictJson(answer.value.body, { maxDepth: 8, allowFloats: true });
  if (!json.ok) return json;
  if (!isJsonObject(json.value))
    return { ok: false, refusal: { code: 'malformed', detail: 'the answer is not an object' } };
  return { ok: true, value: { status: answer.value.status, json: json.value } };
}

function moment(json: JsonObject, field: string): Instant | undefined {
  const value = json[field];
  return typeof value === 'string' ? parseInstant(value) : undefined;
}

function words(json: JsonObject, field: string): string {
  const value = json[field];
  return typeof value === 'string' ? escapeHostile(value, MAX_DETAIL) : 'no reason given';
}

function versionsOf(json: JsonObject): Readonly<Record<string, string>> | undefined {
  const { versions } = json;
  if (versions === undefined) return {};
  if (!isJsonObject(versions)) return undefined;
  const entries = Object.entries(versions).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string' && entry[1].length <= MAX_DETAIL,
  );
  return entries.length > MAX_VERSIONS ? undefined : Object.fromEntries(entries);
}

function serviceDetail(json: JsonObject): string {
  const { successRate, queueDepth } = json;
  const rate = typeof successRate === 'number' ? `${successRate} per mille served` : 'no success rate';
  return typeof queueDepth === 'number' ? `${rate}, ${queueDepth} waiting` : rate;
}
