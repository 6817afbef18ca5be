/** The state to capture (C1): what a runner writes down of a target before it touches it, so that there is a way back (X6). */
import { literal, object, text, union, type Shape } from '../shared/shape.ts';
import type { Change } from '../proposal/change.ts';
import { isRunnable, type Step } from '../proposal/step.ts';

/** Of a file its content and mode, or that there was none; of a service which instance ran. */
export type CapturedState =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'service'; readonly service: string };

export const capturedStateShape: Shape<CapturedState> = union<CapturedState>('kind', {
  file: object({ kind: literal('file'), path: text({ min: 1, max: 200 }) }),
  service: object({ kind: literal('service'), service: text({ min: 1, max: 120 }) }),
});

/** What a runner captures before it carries out these steps; a step no adapter carries out has nothing to capture. */
export const stateToCapture = ({ steps }: Pick<Change, 'steps'>): readonly CapturedState[] => steps.flatMap(captureOf);

function captureOf(step: Step): readonly CapturedState[] {
  if (!isRunnable(step)) return [];
  switch (step.adapter) {
    case 'config':
      return [{ kind: 'file', path: step.path }];
    case 'service':
      return [{ kind: 'service', service: step.service }];
  }
}
