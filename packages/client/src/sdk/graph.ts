/** What the server says about the system graph in force (G1, G3); the graph itself is read with the documents that rule. */
import { optional, type Shape } from '@countersign/core';
import type { Http } from './http.ts';
import { anyNumber, anyText, view } from './view-shape.ts';
import { many } from './views.ts';

/** How many there are, and the first of them. */
export interface ListedView<T> {
  readonly count: number;
  readonly first: readonly T[];
}
export interface OwnerView {
  /** Absent: nobody. */
  readonly owner?: string;
  readonly nodes: number;
  readonly perTier: TierCountsView;
}
interface TierCountsView {
  readonly 'non-critical': number;
  readonly 'production-critical': number;
  readonly 'safety-critical': number;
}
export interface OwnersView {
  readonly version: number;
  readonly owners: readonly OwnerView[];
  readonly unownedCritical: ListedView<{ readonly node: string; readonly tier: string }>;
}
interface LoweredView {
  readonly node: string;
  readonly declared: string;
  readonly effective: string;
}
interface DanglingView {
  readonly from: string;
  readonly to: string;
  readonly kind: string;
}
export interface GraphReportView {
  readonly version: number;
  readonly digest: string;
  readonly takenAt: string;
  readonly nodes: number;
  readonly edges: number;
  readonly lowered: ListedView<LoweredView>;
  readonly unknownTier: ListedView<string>;
  readonly unowned: ListedView<string>;
  readonly dangling: ListedView<DanglingView>;
  readonly cycles: ListedView<ListedView<string>>;
  readonly selfDependencies: ListedView<string>;
  readonly repeated: ListedView<string>;
}
export interface GraphCalls {
  readonly graphOwners: () => Promise<OwnersView>;
  readonly graphReport: () => Promise<GraphReportView>;
}

const listed = <T>(item: Shape<T>): Shape<ListedView<T>> =>
  view<ListedView<T>>({ count: anyNumber, first: many(item) });
const names = listed(anyText);
const ownersView = view<OwnersView>({
  version: anyNumber,
  owners: many(
    view<OwnerView>({
      owner: optional(anyText),
      nodes: anyNumber,
      perTier: view<TierCountsView>({
        'non-critical': anyNumber,
        'production-critical': anyNumber,
        'safety-critical': anyNumber,
      }),
    }),
  ),
  unownedCritical: listed(view<{ node: string; tier: string }>({ node: anyText, tier: anyText })),
});
const reportView = view<GraphReportView>({
  version: anyNumber,
  digest: anyText,
  takenAt: anyText,
  nodes: anyNumber,
  edges: anyNumber,
  lowered: listed(view<LoweredView>({ node: anyText, declared: anyText, effective: anyText })),
  unknownTier: names,
  unowned: names,
  dangling: listed(view<DanglingView>({ from: anyText, to: anyText, kind: anyText })),
  cycles: listed(names),
  selfDependencies: names,
  repeated: names,
});

export const graphCalls = (http: Http): GraphCalls => ({
  graphOwners: () => http.get(ownersView, '/graph/owners'),
  graphReport: () => http.get(reportView, '/graph/report'),
});
