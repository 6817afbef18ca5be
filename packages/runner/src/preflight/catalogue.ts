/** X2: what this runner can be asked to do at all. Exact names only; a pattern would be a policy, and policy is not local. */
import {
  ACTION_TYPES,
  id,
  isRunnable,
  list,
  literal,
  object,
  oneOf,
  refuse,
  text,
  type ActionType,
  type Change,
  type Result,
  type RunnableStep,
  type Shape,
  type Step,
} from '@countersign/core';

export interface CatalogueEntry {
  readonly action: ActionType;
  readonly adapters: readonly RunnableStep['adapter'][];
  /** Files that `config` may write, relative to a target's root. */
  readonly paths: readonly string[];
  /** Services that `service` may restart. */
  readonly services: readonly string[];
}

export interface Catalogue {
  readonly type: 'catalogue';
  readonly runner: string;
  readonly entries: readonly CatalogueEntry[];
}

export const catalogueShape: Shape<Catalogue> = object<Catalogue>({
  type: literal('catalogue'),
  runner: id(),
  entries: list(
    object<CatalogueEntry>({
      action: oneOf(...ACTION_TYPES),
      adapters: list(oneOf('config', 'service'), { min: 1, max: 2 }),
      paths: list(text({ min: 1, max: 200 }), { max: 500 }),
      services: list(text({ min: 1, max: 64 }), { max: 500 }),
    }),
    { max: 64 },
  ),
});

/** Whether every step of the change is in the catalogue for its action. */
export function checkCatalogue(catalogue: Catalogue, change: Change): Result<true> {
  const entries = catalogue.entries.filter(({ action }) => action === change.action);
  if (entries.length === 0)
    return refuse('not-in-catalogue', `this runner has no action ${change.action}`, { clause: 'X2' });
  const missing = change.steps.find((step) => !isRunnable(step) || !entries.some((entry) => allows(entry, step)));
  if (missing === undefined) return { ok: true, value: true };
  return refuse(
    'not-in-catalogue',
    `this runner's catalogue does not allow ${describe(missing)} for ${change.action}`,
    {
      clause: 'X2',
    },
  );
}

function allows(entry: CatalogueEntry, step: RunnableStep): boolean {
  if (!entry.adapters.includes(step.adapter)) return false;
  switch (step.adapter) {
    case 'config':
      return entry.paths.includes(step.path);
    case 'service':
      return entry.services.includes(step.service);
  }
}

function describe(step: Step): string {
  if (!isRunnable(step)) return `the adapter \`${step.adapter}\``;
  switch (step.adapter) {
    case 'config':
      return `writing \`${step.path}\``;
    case 'service':
      return `restarting \`${step.service}\``;
  }
}
