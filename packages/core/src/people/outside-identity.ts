/** Names that others give to people and agents; what they mean here is in `identity.ts`. */
import { list, object, text, type Shape } from '../shared/shape.ts';

/** Issuer and subject of an OpenID Connect identity; both are compared byte for byte. */
export interface PersonIdentity {
  readonly iss: string;
  readonly sub: string;
}

/** A workload as its platform vouches for it, e.g. a Kubernetes service account; all three are compared byte for byte. */
export interface WorkloadIdentity extends PersonIdentity {
  readonly aud: string;
}

const issuer = text({ min: 8, max: 400, pattern: /^https?:\/\/[!-~]+$/ });
const word = text({ min: 1, max: 400, pattern: /^[!-~]+$/ });

export const personIdentitiesShape: Shape<readonly PersonIdentity[]> = list(
  object<PersonIdentity>({ iss: issuer, sub: word }),
  { max: 4 },
);
export const workloadIdentitiesShape: Shape<readonly WorkloadIdentity[]> = list(
  object<WorkloadIdentity>({ iss: issuer, sub: word, aud: word }),
  { max: 4 },
);
