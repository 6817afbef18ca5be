/** AG-706 4.8 as a question to one bundle: are the six facts of an act that ran alone there, signed by whoever knows them? */
import type { BundleView } from './bundle-view.ts';

export const FACTS = [
  'trigger',
  'classification',
  'dependency-analysis',
  'action',
  'health-afterwards',
  'rollback-availability',
] as const;
export type Fact = (typeof FACTS)[number];

/** Facts that are missing or contradict each other. */
export function missingFacts(view: BundleView): readonly Fact[] {
  return FACTS.filter((fact) => !hasFact(view, fact));
}

function hasFact({ capsules, documents, events, signals, leaves }: BundleView, fact: Fact): boolean {
  const capsule = capsules.find(({ purpose }) => purpose === 'rollout');
  if (capsule === undefined) return false;
  const decision = documents.get(capsule.decision.digest);
  switch (fact) {
    case 'trigger':
      return capsule.proposal.signals.length > 0 && signals >= capsule.proposal.signals.length;
    case 'classification':
      return (
        decision !== undefined &&
        decision['verdict'] === capsule.decision.verdict &&
        isFilled(decision['rules']) &&
        isFilled(decision['reasons'])
      );
    case 'dependency-analysis': {
      const analysed = leaves.findIndex(({ event }) => event === 'decision.made');
      const dispatched = leaves.findIndex(({ event, body }) => event === 'capsule.dispatched' && body !== undefined);
      const facts = decision?.['facts'];
      return facts !== undefined && capsule.dependants.length > 0 && analysed >= 0 && analysed < dispatched;
    }
    case 'action': {
      const acted = new Set(events.flatMap((event) => (event.type === 'leased' ? [event.target] : [])));
      return capsule.change.steps.length > 0 && capsule.targets.every(({ id }) => acted.has(id));
    }
    case 'health-afterwards': {
      const judged = new Set(events.flatMap((event) => (event.type === 'verdict' ? [event.target] : [])));
      return capsule.targets.every(({ id }) => judged.has(id)) && events.some(({ type }) => type === 'dependants');
    }
    case 'rollback-availability':
      return capsule.rollback.kind === 'restore' && capsule.rollback.windowMinutes > 0;
  }
}

const isFilled = (value: unknown): boolean => Array.isArray(value) && value.length > 0;
