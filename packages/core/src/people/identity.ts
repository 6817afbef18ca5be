/**
 * Who an outside identity is here, and what it may ask for (L8, O4). Every comparison is byte for byte; an identity that two names
 * share stands for neither, so nobody changes their duty by choosing a name (I18).
 */
import type { Instant } from '../shared/brand.ts';
import { ok, refuse, type Result } from '../shared/result.ts';
import type { PersonIdentity, WorkloadIdentity } from './outside-identity.ts';
import type { Agent, Person } from './person.ts';

/**
 * What a token of an agent can hold. There is no word for approving, resuming, lifting or changing an envelope: those take a
 * person's signature. `start` asks the runner's side for an authorised capsule; no address of the control plane takes it (X3).
 */
export type AgentScope = 'read' | 'propose' | 'start';

/** The whole of what a duty may ask for. No duty holds another: a proposer cannot start, a starter cannot propose. */
export const SCOPES_OF_DUTY: Readonly<Record<Agent['duty'], readonly AgentScope[]>> = {
  observe: ['read'],
  decide: ['read', 'propose'],
  execute: ['read', 'start'],
};

/** The roster as far as agents need it. */
export interface AgentRoster {
  readonly people: readonly Pick<Person, 'id'>[];
  readonly agents: readonly Agent[];
}

/** The agent of this name while it may act: it is on the roster, has not ended, and its owner is still there. */
export function standingAgent(roster: AgentRoster, id: string, now: Instant): Result<Agent> {
  const agent = roster.agents.find((one) => one.id === id);
  if (agent === undefined)
    return refuse('agent-unknown', 'the trust bundle names no such agent', {
      clause: 'L8',
      next: ['have the agent added to the trust bundle'],
    });
  if (now >= agent.expiresAt)
    return refuse('agent-expired', `the identity of agent \`${agent.id}\` ended at ${agent.expiresAt}`, {
      clause: 'L8',
      eligible: [agent.owner],
    });
  if (!roster.people.some((person) => person.id === agent.owner))
    return refuse('agent-expired', `nobody answers for agent \`${agent.id}\`: its owner is not on the roster`, {
      clause: 'L8',
      next: ['name another owner in the trust bundle'],
    });
  return ok(agent);
}

/** What the agent gets: all of its duty, or the part it asks for. More than its duty is refused, not cut down. */
export function grantedScopes(agent: Agent, asked: string | undefined): Result<readonly AgentScope[]> {
  const duty = SCOPES_OF_DUTY[agent.duty];
  if (asked === undefined) return ok(duty);
  const words = asked.split(' ');
  const granted = duty.filter((scope) => words.includes(scope));
  if (granted.length === words.length) return ok(granted);
  return refuse('scope-refused', `an agent with duty \`${agent.duty}\` may ask for: ${duty.join(', ')}`, {
    clause: 'L8',
    next: ['ask for less, or leave `scope` out'],
  });
}

/** The other agent that shows the same key, if any: then the key says nothing about who signs. */
export const agentSharingKey = (agents: readonly Agent[], agent: Agent, publicKey: string): Agent | undefined =>
  agents.find((other) => other.id !== agent.id && (other.keys ?? []).includes(publicKey));

const isSameWorkload = (one: WorkloadIdentity, other: WorkloadIdentity): boolean =>
  one.iss === other.iss && one.sub === other.sub && one.aud === other.aud;

/** Whether this workload stands for this agent, and for no other. */
export function standsForAgent(agents: readonly Agent[], agent: Agent, workload: WorkloadIdentity): Result<true> {
  const isListed = (one: Agent): boolean => (one.issuers ?? []).some((known) => isSameWorkload(known, workload));
  if (!isListed(agent))
    return refuse('exchange-refused', `this workload identity does not stand for agent \`${agent.id}\``, {
      clause: 'L8',
      next: ['have issuer, subject and audience listed for the agent in the trust bundle'],
    });
  // One workload for an observer and a decider would let the observer rise by asking under the other name. The audience does not
  // part them: who may ask for a token of one audience may mostly ask for another.
  const other = agents.find(
    (one) =>
      one.id !== agent.id && (one.issuers ?? []).some(({ iss, sub }) => iss === workload.iss && sub === workload.sub),
  );
  return other === undefined
    ? ok(true)
    : refuse('exchange-refused', `this workload identity also stands for agent \`${other.id}\``, {
        clause: 'L8',
        next: ['give each agent an identity of its own'],
      });
}

/** The person behind an OpenID Connect identity (O4). */
export function personOfIdentity(people: readonly Person[], { iss, sub }: PersonIdentity): Result<Person> {
  const found = people.filter((person) =>
    (person.identities ?? []).some((known) => known.iss === iss && known.sub === sub),
  );
  const [person] = found;
  if (person !== undefined && found.length === 1) return ok(person);
  return refuse(
    'sign-in-refused',
    person === undefined
      ? 'the trust bundle knows nobody with this identity'
      : 'two people of the trust bundle share this identity',
    { clause: 'O4', next: ['have issuer and subject listed for exactly one person in the trust bundle'] },
  );
}
