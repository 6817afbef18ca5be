/** The token of a workload as its platform signed it (Kubernetes, GitHub, SPIFFE JWT-SVID): who it is, and nothing it may do (RFC 8693). */
import { ok, refuse, type OrganisationId, type Refusal, type Result, type WorkloadIdentity } from '@countersign/core';
import { isSignedBy, readCompact, wrongTime, type CompactToken } from './compact-token.ts';
import type { WorkloadIssuer } from './identity-config.ts';
import { IssuerKeys } from './issuer-keys.ts';

const MAX_LIFE_S = 86_400;
const MAX_CHARACTERS = 16_384;
/** Platforms add fingerprints of certificates; they are not looked at. */
const HARMLESS_HEADERS = ['x5t', 'x5t#S256'] as const;

interface Known {
  readonly issuer: WorkloadIssuer;
  readonly keys: IssuerKeys;
}

export class WorkloadTokens {
  readonly #known: readonly Known[];
  readonly #own: string;

  /** `own` is the issuer of this server's tokens: none of them is ever exchanged for another. */
  constructor(issuers: readonly WorkloadIssuer[], own: string) {
    this.#known = issuers.map((issuer) => ({ issuer, keys: new IssuerKeys(issuer.keys) }));
    this.#own = own;
  }

  async read(text: string, organisation: OrganisationId, nowMs: number): Promise<Result<readonly WorkloadIdentity[]>> {
    const algorithms = [...new Set(this.#known.flatMap(({ issuer }) => issuer.algorithms))];
    const read = readCompact(text, {
      algorithms,
      // An access token is for whoever it names, not for us to trade in; ours are of type `at+jwt`.
      types: [undefined, 'JWT', 'jwt'],
      headers: HARMLESS_HEADERS,
      maxCharacters: MAX_CHARACTERS,
    });
    if (!read.ok) return no(`the token ${read.refusal}`);
    const { claims } = read.value;
    const iss = claims.text('iss');
    if (iss === this.#own) return no('the token is of this server: no token of it becomes another');
    const known = this.#known.find(({ issuer }) => issuer.organisation === organisation && issuer.issuer === iss);
    if (known === undefined) return no('nobody here knows the issuer of the token');
    const signed = await isSigned(read.value, known, nowMs);
    if (!signed.ok) return signed;
    const wrong = wrongTime(claims, { nowMs, maxLifeS: MAX_LIFE_S, needsEnd: true }) ?? delegation(read.value);
    if (wrong !== undefined) return no(`the token ${wrong}`);
    const sub = claims.text('sub');
    const audiences = claims.texts('aud');
    if (sub === undefined || audiences.length === 0) return no('the token names no subject or no audience');
    return ok(audiences.map((aud) => ({ iss: known.issuer.issuer, sub, aud })));
  }
}

const no = (detail: string): { readonly ok: false; readonly refusal: Refusal } =>
  refuse('exchange-refused', detail, { clause: 'L8' });

/** Nobody acts for somebody else here, and nobody may be let to. */
const delegation = ({ claims }: CompactToken): string | undefined =>
  ['act', 'may_act'].some((name) => claims.has(name)) ? 'is a delegation' : undefined;

async function isSigned(token: CompactToken, { issuer, keys }: Known, nowMs: number): Promise<Result<true>> {
  const { alg, kid } = token.header;
  if (typeof alg !== 'string' || !issuer.algorithms.some((one) => one === alg))
    return no('the token uses an algorithm this issuer is not known for');
  const candidates = await keys.candidates(alg, typeof kid === 'string' ? kid : undefined, nowMs);
  if (!candidates.ok) return candidates;
  for (const key of candidates.value) if (await isSignedBy(token, key)) return ok(true);
  return no('the token is not signed by its issuer');
}
