/** An agent says who it is by signing with a key the trust bundle names for it (private_key_jwt, RFC 7523). */
import { createPublicKey } from 'node:crypto';
import { agentSharingKey, ok, refuse, type Agent, type Refusal, type Result } from '@countersign/core';
import { decodePublicKey, type PublicKey } from '@countersign/seal';
import { CLOCK_SKEW_S, isSignedBy, readCompact, wrongTime } from './compact-token.ts';

const MAX_LIFE_S = 120;
const JTI = /^[!-~]{8,128}$/;
const FORM = {
  algorithms: ['ES256', 'EdDSA'],
  types: ['client-authentication+jwt', 'JWT', undefined],
  maxCharacters: 2048,
} as const;

export interface AssertionRule {
  readonly agent: Agent;
  readonly agents: readonly Agent[];
  /** `organisation/agent`. */
  readonly clientId: string;
  /** The one audience an assertion may have: the issuer, not the address it is sent to, so that no other server can use it here. */
  readonly audience: string;
  readonly nowMs: number;
}

export interface Assertion {
  readonly once: string;
  readonly untilMs: number;
}

export async function checkAssertion(text: string, rule: AssertionRule): Promise<Result<Assertion>> {
  const read = readCompact(text, FORM);
  if (!read.ok) return no(`the assertion ${read.refusal}`);
  const token = read.value;
  const { claims } = token;
  const signed = (
    await Promise.all(keysOf(rule.agent).map(async (key) => ((await isBy(token, key)) ? [key] : [])))
  ).flat();
  const [key] = signed;
  if (key === undefined) return no('the assertion is not signed by a key the trust bundle names for this agent');
  const other = agentSharingKey(rule.agents, rule.agent, key.encoded);
  if (other !== undefined)
    return no(`the key is also named for agent \`${other.id}\`: it says nothing about who signs`);
  if (claims.text('iss') !== rule.clientId || claims.text('sub') !== rule.clientId)
    return no(`the assertion is not by and about \`${rule.clientId}\``);
  const audiences = claims.texts('aud');
  if (audiences.length !== 1 || audiences[0] !== rule.audience)
    return no(`the assertion is not for \`${rule.audience}\` alone`);
  const wrong = wrongTime(claims, { nowMs: rule.nowMs, maxLifeS: MAX_LIFE_S, needsEnd: true });
  if (wrong !== undefined) return no(`the assertion ${wrong}`);
  const jti = claims.text('jti') ?? '';
  if (!JTI.test(jti)) return no('the assertion has no `jti` of 8 to 128 characters');
  // Remembered beyond its end: another process, whose clock is behind, still takes it then.
  const untilMs = ((claims.seconds('exp') ?? 0) + 2 * CLOCK_SKEW_S) * 1000;
  return ok({ once: `assertion ${rule.clientId} ${jti}`, untilMs });
}

const no = (detail: string): { readonly ok: false; readonly refusal: Refusal } =>
  refuse('bad-client-assertion', detail, { clause: 'L8' });

interface AgentKey {
  readonly encoded: string;
  readonly key: PublicKey;
}

/** Small-order points and odd spellings are no keys; the rest of the list still counts. */
function keysOf(agent: Agent): readonly AgentKey[] {
  return (agent.keys ?? []).flatMap((encoded) => {
    const key = decodePublicKey(encoded);
    return key.ok ? [{ encoded, key: key.value }] : [];
  });
}

/** The algorithm comes from the key; what the token names must be the same. */
async function isBy(token: Parameters<typeof isSignedBy>[0], { key }: AgentKey): Promise<boolean> {
  const algorithm = key.kind === 'ed25519' ? 'EdDSA' : 'ES256';
  if (token.header['alg'] !== algorithm) return false;
  return isSignedBy(token, createPublicKey({ key: Buffer.from(key.spki()), format: 'der', type: 'spki' }));
}
