/** A whole input to a decision: an active envelope, facts inside its grant, a second engine that agrees. */
import type { Floor } from '../people/trust-bundle.ts';
import { activate } from '../envelope/activate.ts';
import { anEnvelope, anId } from '../envelope/envelope.builder.ts';
import type { Envelope } from '../envelope/envelope.ts';
import { aDigest as digestOf } from '../signal/signal.builder.ts';
import type { DecisionInput } from './decide.ts';
import type { Decision } from './decision.ts';
import type { Facts } from './facts.ts';
import { aFloor, agreeingOracle, someFacts } from './facts.builder.ts';
import type { Oracle } from './oracle.ts';

/** The envelope as two policy admins signed it. */
function inForce(envelope: Envelope): DecisionInput['envelope'] {
  const digest = digestOf('e1');
  const signatures = ['paul', 'petra'].map((person) => ({
    person: anId<'Person'>(person),
    roles: [anId<'Role'>('policy-admin')],
    digest,
  }));
  const result = activate({ envelope, digest, now: envelope.validFrom, signatures, authors: [] });
  return result.ok ? { kind: 'active', active: result.value } : { kind: 'refused', refusal: result.refusal };
}

export interface Setting {
  readonly facts?: Facts;
  readonly envelope?: Envelope;
  readonly floor?: Floor;
  readonly stage?: Decision['stage'];
  readonly missing?: readonly string[];
  readonly oracle?: Oracle;
}

export const inputOf = ({
  facts = someFacts(),
  envelope = anEnvelope(),
  floor = aFloor(),
  stage = 'after-staging',
  missing = [],
  oracle,
}: Setting = {}): DecisionInput => ({
  proposal: { id: anId('p1'), revision: 3, changeDigest: digestOf('c1') },
  stage,
  derived: { facts, missing, findings: [], provenance: [] },
  envelope: inForce(envelope),
  graph: { digest: digestOf('91'), version: 4 },
  floor,
  oracle: oracle ?? agreeingOracle(envelope),
});
