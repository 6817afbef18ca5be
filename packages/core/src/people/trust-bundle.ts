/**
 * What a runner believes without asking anyone: people, agents, floor, tiers, keys and revocations. It is one document, the one
 * target of the trust metadata: two registrars sign it, a root pinned at the runner says who they are. The control plane can
 * deliver a bundle but not make one (X1).
 */
import type { EnclaveId, Instant, OrganisationId, RunnerId, SourceId } from '../shared/brand.ts';
import { boolean, id, instant, integer, list, literal, object, oneOf, text, type Shape } from '../shared/shape.ts';
import { enrolmentPolicyShape, type EnrolmentPolicy } from './enrolment.ts';
import { revocationShape, type Revocation } from './revocation.ts';
import { tierRuleShape, type TierRule } from './tier-rule.ts';
import { agentShape, personShape, type Agent, type Demand, type Person } from './person.ts';

/** Floor (L7): what no envelope, capsule, graph or server can lower. It can only add to the rules in code. */
export interface Floor {
  /** People owed for every act in an environment that is not autonomous. */
  readonly quorums: readonly { readonly environment: string; readonly demands: readonly Demand[] }[];
  /** Action types that always need people here, beyond those the code names. */
  readonly humanOnlyActions: readonly string[];
  /** Most targets of one autonomous operation, whatever the envelope says. */
  readonly autonomousTargets: number;
}

export interface TrustKey {
  readonly name: string;
  /** SubjectPublicKeyInfo, base64. */
  readonly publicKey: string;
}

export interface TrustBundle {
  readonly type: 'trust-bundle';
  readonly organisation: OrganisationId;
  readonly version: number;
  readonly issuedAt: Instant;
  /** After this no new act starts; a verified rollback of own acts stays possible. */
  readonly expiresAt: Instant;
  /** Demo keys are refused by a production root. */
  readonly isDemo: boolean;
  readonly people: readonly Person[];
  readonly agents: readonly Agent[];
  readonly floor: Floor;
  readonly enrolment: EnrolmentPolicy;
  /** Local classification: what a runner takes something for at least, whatever a graph or capsule says (G1, T17). */
  readonly tiers: readonly TierRule[];
  /** Keys whose later signatures do not count; what they signed before stays verifiable. */
  readonly revocations: readonly Revocation[];
  readonly keys: {
    readonly capsuleSigners: readonly TrustKey[];
    readonly graphOwners: readonly TrustKey[];
    readonly relays: readonly (TrustKey & { readonly source: SourceId; readonly lineage: readonly string[] })[];
    readonly runners: readonly (TrustKey & {
      readonly runner: RunnerId;
      readonly enclave: EnclaveId;
      readonly environment: string;
    })[];
    readonly statusSigners: readonly TrustKey[];
    /** Signed-note verifier key of the record, `name+hash+key`. */
    readonly log: string;
    /** Signed-note verifier keys of the witnesses. */
    readonly witnesses: readonly string[];
    /** How many witnesses must have cosigned a checkpoint. */
    readonly witnessQuorum: number;
  };
}

export const ENVIRONMENTS = ['staging', 'pre-production', 'production'] as const;
export type Environment = (typeof ENVIRONMENTS)[number];
export const environmentShape: Shape<Environment> = oneOf(...ENVIRONMENTS);

const keyFields = {
  name: text({ min: 1, max: 120 }),
  publicKey: text({ min: 40, max: 400, pattern: /^[A-Za-z0-9+/=]+$/ }),
};
const key: Shape<TrustKey> = object<TrustKey>(keyFields);
const keys: Shape<readonly TrustKey[]> = list(key, { max: 32 });
export const demandShape: Shape<Demand> = object<Demand>({ role: id(), count: integer({ min: 1, max: 9 }) });

export const trustBundleShape: Shape<TrustBundle> = object<TrustBundle>({
  type: literal('trust-bundle'),
  organisation: id(),
  version: integer({ min: 1, max: 1_000_000_000 }),
  issuedAt: instant,
  expiresAt: instant,
  isDemo: boolean,
  people: list(personShape, { max: 5000 }),
  agents: list(agentShape, { max: 1000 }),
  floor: object<Floor>({
    quorums: list(
      object<Floor['quorums'][number]>({
        environment: environmentShape,
        demands: list(demandShape, { min: 1, max: 8 }),
      }),
      { max: 8 },
    ),
    humanOnlyActions: list(text({ min: 1, max: 64 }), { max: 64 }),
    autonomousTargets: integer({ min: 0, max: 1_000_000 }),
  }),
  enrolment: enrolmentPolicyShape,
  tiers: list(tierRuleShape, { max: 10_000 }),
  revocations: list(revocationShape, { max: 1000 }),
  keys: object<TrustBundle['keys']>({
    capsuleSigners: keys,
    graphOwners: keys,
    relays: list(
      object<TrustBundle['keys']['relays'][number]>({
        ...keyFields,
        source: id(),
        lineage: list(text({ min: 1, max: 120 }), { max: 16 }),
      }),
      { max: 200 },
    ),
    runners: list(
      object<TrustBundle['keys']['runners'][number]>({
        ...keyFields,
        runner: id(),
        enclave: id(),
        environment: environmentShape,
      }),
      { max: 2000 },
    ),
    statusSigners: keys,
    log: text({ min: 20, max: 400 }),
    witnesses: list(text({ min: 20, max: 400 }), { max: 16 }),
    witnessQuorum: integer({ min: 0, max: 16 }),
  }),
});
