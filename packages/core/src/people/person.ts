/** Named humans, their keys and duties (A2, A4), and the agents they own (L8). */
import type { AgentId, Id, Instant, PersonId } from '../shared/brand.ts';
import {
  boolean,
  id,
  instant,
  list,
  literal,
  object,
  oneOf,
  optional,
  text,
  union,
  type Shape,
} from '../shared/shape.ts';
import {
  personIdentitiesShape,
  workloadIdentitiesShape,
  type PersonIdentity,
  type WorkloadIdentity,
} from './outside-identity.ts';

/** A duty, e.g. `release-approver`, `service-owner`, `policy-admin`, `operator`; organisations name their own. */
export type Role = Id<'Role'>;

/** Who delivers the page or program on which this key signs: the server itself, or the organisation (A2). */
export type Surface = 'served' | 'own';

/** What the registrars say of every key. */
export interface Enrolled {
  readonly surface: Surface;
  readonly enrolledAt: Instant;
  /** The cooling-off time is over: before this the key counts for nothing. */
  readonly usableFrom: Instant;
}

/** What proves a person's signature. Origin and relying party are pinned per credential, never taken from a signature. */
export type Credential = Enrolled & PersonalKey;

export type PersonalKey =
  | {
      readonly kind: 'passkey';
      /** Credential id, base64url. */
      readonly id: string;
      /** COSE public key, base64url. */
      readonly cose: string;
      readonly rpId: string;
      /** Exactly one: a passkey belongs to one page. */
      readonly origins: readonly string[];
      /** Whether a passkey that a vendor synchronises between devices is accepted. */
      readonly allowBackup: boolean;
    }
  | {
      readonly kind: 'ssh';
      /** One OpenSSH public key line: type and base64 blob. */
      readonly publicKey: string;
      /** For hardware keys: PIN or biometrics at every signature. */
      readonly requireUserVerification?: boolean;
    }
  | {
      readonly kind: 'raw';
      /** SubjectPublicKeyInfo, base64; Ed25519 or P-256. */
      readonly publicKey: string;
    };

export interface Person {
  readonly id: PersonId;
  readonly name: string;
  readonly roles: readonly Role[];
  readonly credentials: readonly Credential[];
  /** Who they are at an identity provider (O4): exactly these pairs, never a mail address or a name. */
  readonly identities?: readonly PersonIdentity[];
  /** Roles that were given and are not held yet: a later bundle moves them to `roles`, no earlier than their time. */
  readonly grants?: readonly RoleGrant[];
}

export interface RoleGrant {
  readonly role: Role;
  readonly usableFrom: Instant;
}

/** An agent and the human who answers for it; `decide` may propose, `observe` may read. */
export interface Agent {
  readonly id: AgentId;
  readonly owner: PersonId;
  readonly duty: 'observe' | 'decide' | 'execute';
  readonly purpose: string;
  readonly expiresAt: Instant;
  /** Public keys it signs its assertions with: SubjectPublicKeyInfo, base64; Ed25519 or P-256. */
  readonly keys?: readonly string[];
  /** Workload identities that may stand for it. */
  readonly issuers?: readonly WorkloadIdentity[];
}

const origin = text({ min: 8, max: 200, pattern: /^https?:\/\/[a-z0-9.-]+(?::\d{1,5})?$/ });
const base64 = text({ min: 1, max: 4000, pattern: /^[A-Za-z0-9+/=_-]+$/ });

const surface: Shape<Surface> = oneOf('served', 'own');
/** A key that is no passkey signs in a program that the organisation installed. */
const enrolled = { surface: literal('own'), enrolledAt: instant, usableFrom: instant };

export const credentialShape: Shape<Credential> = union<Credential>('kind', {
  passkey: object({
    kind: literal('passkey'),
    id: base64,
    cose: base64,
    rpId: text({ min: 1, max: 200 }),
    origins: list(origin, { min: 1, max: 1 }),
    allowBackup: boolean,
    ...enrolled,
    surface,
  }),
  ssh: object<Extract<Credential, { kind: 'ssh' }>>({
    kind: literal('ssh'),
    publicKey: text({ min: 20, max: 4000, pattern: /^[a-z0-9@.-]+ [A-Za-z0-9+/=]+$/ }),
    requireUserVerification: optional(boolean),
    ...enrolled,
  }),
  raw: object({ kind: literal('raw'), publicKey: base64, ...enrolled }),
});

export const personShape: Shape<Person> = object<Person>({
  id: id(),
  name: text({ min: 1, max: 120 }),
  roles: list(id<'Role'>(), { max: 16 }),
  credentials: list(credentialShape, { max: 8 }),
  identities: optional(personIdentitiesShape),
  grants: optional(list(object<RoleGrant>({ role: id(), usableFrom: instant }), { max: 16 })),
});

export const agentShape: Shape<Agent> = object<Agent>({
  id: id(),
  owner: id(),
  duty: oneOf('observe', 'decide', 'execute'),
  purpose: text({ min: 1, max: 400 }),
  expiresAt: instant,
  keys: optional(list(base64, { max: 4 })),
  issuers: optional(workloadIdentitiesShape),
});

/** One demand of a quorum: so many different people who hold this role. */
export interface Demand {
  readonly role: Role;
  readonly count: number;
}
