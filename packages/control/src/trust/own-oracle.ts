/** Our own evaluator in the place of the second engine: for questions that are asked by the thousand and authorise nothing. */
import { evaluateAttributes, OWN_ENGINE, type CompiledEnvelope, type Oracle } from '@countersign/core';

export const ownOracle =
  (compiled: CompiledEnvelope): Oracle =>
  ({ action, attributes, mode }) => {
    const { isAllowed, determining } = evaluateAttributes(compiled, { action, attributes, mode });
    return { kind: 'answer', isAllowed, determining, engine: OWN_ENGINE };
  };
