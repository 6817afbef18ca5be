/**
 * The built-in playbook agent: a program of its own that knows the product only through the HTTP API, like any agent from
 * outside. It holds a key of its own and nothing else; its tokens last minutes and cannot approve, resume or change an envelope (I18).
 */
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { readShape } from '@countersign/core';
import { AgentCredential } from '../sdk/agent-credential.ts';
import { draftOf, playbookFor, playbooksShape, type Playbook } from './playbook.ts';
import { triageDetail, triageList } from './answer.parse.ts';

const WAIT_MS = 25_000;
const RETRY_MS = 2000;
const MAX_REMEMBERED = 10_000;

export interface AgentConfig {
  /** e.g. `http://localhost:4600` */
  readonly address: string;
  /** `fetch` as this agent. */
  readonly call: typeof fetch;
  readonly playbooks: readonly Playbook[];
}

export interface Outcome {
  readonly triage: string;
  readonly playbook?: string;
  readonly result: 'proposed' | 'refused' | 'no-playbook' | 'no-draft';
  readonly detail: string;
}

export class PlaybookAgent {
  readonly #config: AgentConfig;
  /** What was answered already, by triage and number of signals: a triage that grew is looked at again. */
  readonly #answered = new Set<string>();

  constructor(config: AgentConfig) {
    this.#config = config;
  }

  /** Waits for open triages until one is new to this agent, or the wait is over; answers all of them. */
  async watch(waitMs: number, signal: AbortSignal): Promise<readonly Outcome[]> {
    const { items } = triageList(await this.#get(`/triages?state=open&wait=${waitMs}`, signal));
    const outcomes: Outcome[] = [];
    for (const { id } of items) {
      const outcome = await this.#answer(id, signal);
      if (outcome !== undefined) outcomes.push(outcome);
    }
    return outcomes;
  }

  async #answer(triage: string, signal: AbortSignal): Promise<Outcome | undefined> {
    const found = triageDetail(await this.#get(`/triages/${encodeURIComponent(triage)}`, signal));
    // D8: what a stranger says opens a triage for people to look at, and is nothing to propose from.
    const signals = found.signals.filter(({ isAuthenticated }) => isAuthenticated).map(({ signal: told }) => told);
    const mark = `${triage}/${signals.length}`;
    if (this.#answered.has(mark)) return undefined;
    if (this.#answered.size >= MAX_REMEMBERED) this.#answered.clear();
    this.#answered.add(mark);
    const playbook = playbookFor(this.#config.playbooks, signals);
    if (playbook === undefined) return { triage, result: 'no-playbook', detail: 'no playbook knows these rules' };
    const draft = draftOf({ triage, playbook, signals });
    if (!draft.ok) {
      const complaints = (draft.refusal.complaints ?? []).map(({ at, problem }) => `${at} ${problem}`).join('; ');
      return { triage, playbook: playbook.name, result: 'no-draft', detail: complaints };
    }
    const answer = await this.#call(
      '/proposals',
      {
        method: 'POST',
        body: JSON.stringify({ ...draft.value, triage }),
        headers: {
          'content-type': 'application/json',
          'idempotency-key': `${triage}-${playbook.name}-${signals.length}`,
        },
      },
      signal,
    );
    return {
      triage,
      playbook: playbook.name,
      result: answer.ok ? 'proposed' : 'refused',
      detail: (await answer.text()).slice(0, 2000),
    };
  }

  async #get(path: string, signal: AbortSignal): Promise<unknown> {
    const answer = await this.#call(path, {}, signal);
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
    return answer.json();
  }

  #call(path: string, init: RequestInit, signal: AbortSignal): Promise<Response> {
    const { address, call } = this.#config;
    return call(`${address}/api/v1${path}`, { ...init, signal });
  }
}

/** Reads the playbook file; every complaint at once. */
export function readPlaybooks(path: string): readonly Playbook[] {
  const read = readShape(playbooksShape, JSON.parse(readFileSync(path, 'utf8')));
  if (read.ok) return read.value.playbooks;
  throw new Error(
    `${path}: ${(read.refusal.complaints ?? []).map(({ at, problem }) => `${at} ${problem}`).join('; ')}`,
  );
}

function configOf(environment: NodeJS.ProcessEnv): AgentConfig {
  const need = (name: string): string => {
    const value = environment[name];
    if (value === undefined || value === '') throw new Error(`${name} is not set`);
    return value;
  };
  const url = need('COUNTERSIGN_URL');
  const credential = new AgentCredential({
    url,
    origin: environment['COUNTERSIGN_ORIGIN'] ?? url,
    clientId: need('COUNTERSIGN_AGENT'),
    proof: { kind: 'key', pem: readFileSync(need('COUNTERSIGN_AGENT_KEY_FILE'), 'utf8') },
  });
  return {
    address: url,
    call: credential.fetch,
    playbooks: readPlaybooks(need('COUNTERSIGN_PLAYBOOKS')),
  };
}

const say = (line: object): boolean => process.stderr.write(`${JSON.stringify(line)}\n`);

async function run(): Promise<void> {
  const agent = new PlaybookAgent(configOf(process.env));
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'disconnect'] as const) process.once(name, () => stop.abort());
  process.send?.({ up: 'playbook-agent' });
  while (!stop.signal.aborted) {
    try {
      const outcomes = await agent.watch(WAIT_MS, stop.signal);
      for (const outcome of outcomes) say({ event: 'triage-answered', ...outcome });
      // Open triages nobody can answer are returned at once: without this the loop would ask without pause.
      if (outcomes.length === 0) await pause(RETRY_MS, undefined, { signal: stop.signal });
    } catch (error) {
      if (stop.signal.aborted) return;
      say({ event: 'control-not-reached', error: String(error) });
      await pause(RETRY_MS, undefined, { signal: stop.signal }).catch(() => undefined);
    }
  }
}

if (import.meta.main) {
  await run();
  // The channel to the parent would keep a program alive that has nothing more to do.
  if (process.connected) process.disconnect();
}
