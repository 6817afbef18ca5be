/** The strict form of a recorded dry run: what a replay reads (D2, D4). */
import { HEALTHS, type ForeseenFlow, type ForeseenHealth, type Prediction } from '../impact/prediction.ts';
import { id, integer, list, object, oneOf, optional, text, type Shape } from '../shared/shape.ts';

const count = integer({ min: 0, max: 10_000_000_000 });
const percent = integer({ min: 0, max: 1_000_000 });

export const predictionShape: Shape<Prediction> = object<Prediction>({
  dependants: list(
    object<ForeseenHealth>({
      node: id<'Node'>(),
      health: oneOf(...HEALTHS),
      capacityLeftPercent: optional(percent),
      because: text({ max: 20_000 }),
    }),
    { max: 100_000 },
  ),
  flows: list(
    object<ForeseenFlow>({
      from: id<'Node'>(),
      to: id<'Node'>(),
      after: oneOf('open', 'cut'),
      perMinute: optional(count),
    }),
    { max: 100_000 },
  ),
  capacityLeftPercent: optional(percent),
  downCount: count,
  unknownCount: count,
});
