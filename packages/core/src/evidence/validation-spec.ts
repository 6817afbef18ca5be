/** A validation spec (W1): what must hold for a module, and who answers for it. A version never changes; a change is a new version. */
import type { Id, PersonId } from '../shared/brand.ts';
import { ACTION_TYPES, type ActionType } from '../proposal/change.ts';
import { id, integer, list, literal, object, oneOf, optional, text, where, type Shape } from '../shared/shape.ts';

interface SpecCheck {
  readonly id: Id<'Check'>;
  /** What must hold, in words. */
  readonly what: string;
}

export interface ValidationSpec {
  readonly type: 'validation-spec';
  readonly id: Id<'Spec'>;
  readonly version: number;
  /** The part of the estate it is about: a service or a module of one. */
  readonly module: string;
  readonly owner: PersonId;
  readonly checks: readonly SpecCheck[];
  /** The check that must fail before the change and pass after it; one of `checks`. */
  readonly reproduction?: Id<'Check'>;
  /** Data and state the checks need to be there. */
  readonly fixtures: readonly string[];
  /** Where data may be: `synthetic`, `masked` or `staging-only`; never production data. */
  readonly dataBoundary: DataBoundary;
  /** Kinds of change whose effect the checks show. */
  readonly actionClasses: readonly ActionType[];
}

const DATA_BOUNDARIES = ['synthetic', 'masked', 'staging-only'] as const;
type DataBoundary = (typeof DATA_BOUNDARIES)[number];

export const validationSpecShape: Shape<ValidationSpec> = where(
  object<ValidationSpec>({
    type: literal('validation-spec'),
    id: id(),
    version: integer({ min: 1, max: 1_000_000 }),
    module: text({ min: 1, max: 64, pattern: /^[A-Za-z0-9][A-Za-z0-9._-]*$/ }),
    owner: id(),
    checks: list(object<SpecCheck>({ id: id(), what: text({ min: 3, max: 500 }) }), { min: 1, max: 64 }),
    reproduction: optional(id<'Check'>()),
    fixtures: list(text({ min: 1, max: 200 }), { max: 64 }),
    dataBoundary: oneOf(...DATA_BOUNDARIES),
    actionClasses: list(oneOf(...ACTION_TYPES), { min: 1, max: ACTION_TYPES.length }),
  }),
  ({ checks, reproduction, actionClasses }) => {
    const ids = checks.map((check) => check.id);
    if (new Set(ids).size < ids.length) return 'must not name a check twice';
    if (new Set(actionClasses).size < actionClasses.length) return 'must not name an action class twice';
    return reproduction === undefined || ids.includes(reproduction)
      ? undefined
      : 'must reproduce with one of its checks';
  },
);
