/** Validation specs and what they cover (W1, W4). */
import { boolean, optional, type Shape, type ValidationSpec } from '@countersign/core';
import type { Http, Writing } from './http.ts';
import type { PageOptions } from './proposals.ts';
import { anyNumber, anyText, anything, view } from './view-shape.ts';
import { many, page, type Page } from './views.ts';

export interface SpecView {
  readonly digest: string;
  /** The document as registered. */
  readonly spec?: unknown;
  readonly registeredBy: string;
}
export interface CheckCoverageView {
  readonly check: string;
  readonly what: string;
  readonly last?: { readonly run: string; readonly result: string; readonly at: string };
  readonly isFlaky: boolean;
  readonly actionClasses: readonly string[];
}
/** What is missing; which other fields it has follows from its kind. */
export interface GapView {
  readonly kind: string;
  readonly spec?: string;
  readonly check?: string;
  readonly action?: string;
  readonly run?: string;
}
export interface ModuleCoverageView {
  readonly module: string;
  readonly coveredPercent: number;
  readonly specs: readonly {
    readonly spec: string;
    readonly version: number;
    readonly owner: string;
    readonly checks: readonly CheckCoverageView[];
  }[];
  readonly missing: readonly GapView[];
}
export interface CoverageView {
  readonly modules: readonly ModuleCoverageView[];
  readonly unknownRuns: readonly unknown[];
}
export interface SpecCalls {
  readonly specs: (options?: PageOptions) => Promise<Page<SpecView>>;
  readonly registerSpec: (spec: ValidationSpec, writing?: Writing) => Promise<unknown>;
  readonly coverage: (options?: { readonly module?: string }) => Promise<CoverageView>;
}

const specView = view<SpecView>({ digest: anyText, spec: optional(anything), registeredBy: anyText });
const checkView: Shape<CheckCoverageView> = view<CheckCoverageView>({
  check: anyText,
  what: anyText,
  last: optional(view<NonNullable<CheckCoverageView['last']>>({ run: anyText, result: anyText, at: anyText })),
  isFlaky: boolean,
  actionClasses: many(anyText),
});
const gapView: Shape<GapView> = view<GapView>({
  kind: anyText,
  spec: optional(anyText),
  check: optional(anyText),
  action: optional(anyText),
  run: optional(anyText),
});
const coverageView: Shape<CoverageView> = view<CoverageView>({
  modules: many(
    view<ModuleCoverageView>({
      module: anyText,
      coveredPercent: anyNumber,
      specs: many(
        view<ModuleCoverageView['specs'][number]>({
          spec: anyText,
          version: anyNumber,
          owner: anyText,
          checks: many(checkView),
        }),
      ),
      missing: many(gapView),
    }),
  ),
  unknownRuns: many(anything),
});

export const specCalls = (http: Http): SpecCalls => ({
  specs: (options = {}) => http.get(page(specView), '/specs', { query: { ...options } }),
  registerSpec: (spec, writing) => http.post(anything, '/specs', spec, writing),
  coverage: (options = {}) => http.get(coverageView, '/coverage', { query: { ...options } }),
});
