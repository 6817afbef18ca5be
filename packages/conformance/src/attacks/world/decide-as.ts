/** The decision as the control plane of this world reaches it: the product's own function, whatever the attacker feeds it. */
import {
  activate,
  compileEnvelope,
  decide,
  evaluateAttributes,
  OWN_ENGINE,
  plusMs,
  type Decision,
  type DerivedFacts,
  type Envelope,
  type GraphSnapshot,
  type Proposal,
} from '@countersign/core';
import { digestOf } from '@countersign/seal';
import type { Signed } from './house.ts';
import { good, idOf } from './made.ts';
import type { World } from './world.ts';

export interface DecidedOn {
  readonly proposal: Proposal;
  readonly derived: DerivedFacts;
  readonly envelope: Signed<Envelope>;
  readonly graph: Signed<GraphSnapshot>;
}

export function decideAs(world: World, { proposal, derived, envelope, graph }: DecidedOn): Decision {
  const { document } = envelope;
  const digest = digestOf(envelope.bytes);
  const admins = world.bundle.people.filter(({ roles }) => roles.some((role) => role === 'policy-admin'));
  const signatures = admins.map(({ id, roles }) => ({ person: id, roles, digest }));
  // An envelope that is not in force is decided under as if it were: that is the attack.
  const facts = { ...derived.facts, now: plusMs(document.validFrom, 1) };
  const active = good(
    activate({
      envelope: { ...document, owner: idOf('nobody') },
      digest,
      now: facts.now,
      signatures,
      authors: [],
    }),
  );
  const compiled = compileEnvelope(active.envelope);
  const isDated = derived.facts.now < document.validFrom || derived.facts.now >= document.validUntil;
  return decide({
    proposal,
    stage: 'after-staging',
    derived: isDated ? { ...derived, facts } : derived,
    envelope: { kind: 'active', active },
    graph: { digest: digestOf(graph.bytes), version: graph.document.version },
    floor: world.bundle.floor,
    // The second engine is the control plane's own affair; a runner replays with one.
    oracle: ({ action, attributes, mode }) => {
      const { isAllowed, determining } = evaluateAttributes(compiled, { action, attributes, mode });
      return { kind: 'answer', isAllowed, determining, engine: OWN_ENGINE };
    },
    compiled,
  });
}
