/** Named humans, their keys and duties (A2, A4), and the agents they own (L8). */
import type { AgentId, Id, Instant, PersonId } from '../shared/brand.ts';
import { boolean, id, instant, list, literal, object, oneOf, text, union, type Shape } from '../shared/shape.ts';

/** A duty, e.g. `release-approver`, `service-owner`, `policy-admin`, `operator`; organisations name their own. */
export type Role = Id<'Role'>;

/** What proves a person's signature. Origins and the relying party are pinned per credential, never taken from a signature. */
export type Credential =
  | {
      readonly kind: 'passkey';
      /** Credential id, base64url. */
      readonly id: string;
      /** COSE public key, base64url. */
      readonly cose: string;
      readonly rpId: string;
      readonly origins: readonly string[];
      /** Whether a passkey that a vendor synchronises between devices is accepted. */
      readonly allowBackup: boolean;
    }
  | {
      readonly kind: 'ssh';
      /** One OpenSSH public key line: type and base64 blob. */
      readonly publicKey: string;
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
}

/** An agent and the human who answers for it; `decide` may propose, `observe` may read. */
export interface Agent {
  readonly id: AgentId;
  readonly owner: PersonId;
  readonly duty: 'observe' | 'decide' | 'execute';
  readonly purpose: string;
  readonly expiresAt: Instant;
}

const origin = text({ min: 8, max: 200, pattern: /^https?:\/\/[a-z0-9.-]+(?::\d{1,5})?$/ });
const base64 = text({ min: 1, max: 4000, pattern: /^[A-Za-z0-9+/=_-]+$/ });

export const credentialShape: Shape<Credential> = union<Credential>('kind', {
  passkey: object({
    kind: literal('passkey'),
    id: base64,
    cose: base64,
    rpId: text({ min: 1, max: 200 }),
    origins: list(origin, { min: 1, max: 8 }),
    allowBackup: boolean,
  }),
  ssh: object({
    kind: literal('ssh'),
    publicKey: text({ min: 20, max: 4000, pattern: /^[a-z0-9@.-]+ [A-Za-z0-9+/=]+$/ }),
  }),
  raw: object({ kind: literal('raw'), publicKey: base64 }),
});

export const personShape: Shape<Person> = object<Person>({
  id: id(),
  name: text({ min: 1, max: 120 }),
  roles: list(id<'Role'>(), { max: 16 }),
  credentials: list(credentialShape, { max: 8 }),
});

export const agentShape: Shape<Agent> = object<Agent>({
  id: id(),
  owner: id(),
  duty: oneOf('observe', 'decide', 'execute'),
  purpose: text({ min: 1, max: 400 }),
  expiresAt: instant,
});

/** One demand of a quorum: so many different people who hold this role. */
export interface Demand {
  readonly role: Role;
  readonly count: number;
}
