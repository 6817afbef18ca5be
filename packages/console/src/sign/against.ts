/**
 * What speaks against signing: facts that were computed or signed by those who know, never the agent's words. An empty list is
 * no recommendation; it says that none of these was found.
 */
import { readShape, validationReportShape, type Capsule, type ValidationReport } from '@countersign/core';
import type { DecisionView } from '@countersign/client';

/** The numbers and flags of the decision's facts that are read here; one that is absent is itself a concern. */
export interface KnownFacts {
  readonly independentSignals: number | undefined;
  readonly unhandledDependants: number | undefined;
  readonly unknownTargets: number | undefined;
  readonly matchesKnownBenign: boolean | undefined;
  readonly isGraphFresh: boolean | undefined;
  readonly overlapsOperation: boolean | undefined;
}

export function factsOf(decision: DecisionView): KnownFacts {
  const facts = new Map<string, unknown>(Object.entries(objectIn(decision, 'facts')));
  const count = (name: string): number | undefined => {
    const value = facts.get(name);
    return typeof value === 'number' ? value : undefined;
  };
  const flag = (name: string): boolean | undefined => {
    const value = facts.get(name);
    return typeof value === 'boolean' ? value : undefined;
  };
  return {
    independentSignals: count('independentSignals'),
    unhandledDependants: count('unhandledDependants'),
    unknownTargets: count('unknownTargets'),
    matchesKnownBenign: flag('matchesKnownBenign'),
    isGraphFresh: flag('isGraphFresh'),
    overlapsOperation: flag('overlapsOperation'),
  };
}

function objectIn(value: object, name: string): object {
  const found: unknown = Reflect.get(value, name);
  return typeof found === 'object' && found !== null ? found : {};
}

/** The staging runner's report; undefined when there is none in its form. */
export function validationOf(document: unknown): ValidationReport | undefined {
  const read = readShape(validationReportShape, document);
  return read.ok ? read.value : undefined;
}

interface Judged {
  readonly capsule: Capsule;
  readonly decision: DecisionView;
  readonly validation: ValidationReport | undefined;
}

export function concerns({ capsule, decision, validation }: Judged): readonly string[] {
  const facts = factsOf(decision);
  const { rollback } = capsule;
  const found: readonly (readonly [boolean, string])[] = [
    [decision.verdict === 'prohibited', 'Policy prohibits this.'],
    [facts.matchesKnownBenign !== false, 'The trigger fits a pattern that is known to be harmless.'],
    [(facts.independentSignals ?? 0) < 2, 'No independent second source confirms the trigger.'],
    [(facts.unknownTargets ?? 1) > 0, 'Some targets are not in the system graph.'],
    [
      (facts.unhandledDependants ?? 1) > 0,
      `Nobody can vouch for ${facts.unhandledDependants ?? 'an unknown number of'} dependants.`,
    ],
    [facts.isGraphFresh !== true, 'The system graph is older than the envelope allows.'],
    [facts.overlapsOperation !== false, 'It overlaps with another operation.'],
    [rollback.kind === 'none', 'It cannot be undone.'],
    [
      rollback.dataEffects === 'lost' || rollback.dataEffects === 'unknown',
      `Going back: data written since is ${rollback.dataEffects}.`,
    ],
    [validation === undefined, 'There is no result of a staging run.'],
    [validation?.isReproduced === false, 'The problem was not reproduced in staging.'],
    [validation?.isPassed === false, 'The validation in staging failed.'],
    [
      validation !== undefined && validation.changeDigest !== capsule.changeDigest,
      'The staging run tried another change.',
    ],
    [capsule.targets.some(({ tier }) => tier === 'safety-critical'), 'Safety-critical targets are touched.'],
  ];
  return [
    ...found.flatMap(([isSo, text]) => (isSo ? [text] : [])),
    ...(decision.missing ?? []).map((fact) => `Missing: ${fact}.`),
  ];
}
