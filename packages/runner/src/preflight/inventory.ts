/** `targets.json`: the enclave's own list of what it may touch, how critical each is and where its health is read (X1, G1). */
import {
  TIERS,
  id,
  list,
  map,
  object,
  optional,
  text,
  tierShape,
  where,
  type NodeId,
  type Shape,
  type TargetId,
  type Tier,
} from '@countersign/core';
import { httpUrl, path } from './configuration.ts';

export interface LocalTarget {
  readonly id: TargetId;
  /** Folder that holds everything an adapter may touch here. */
  readonly root: string;
  /** Address below which validation probes ask; absent: that of `healthUrl` without `/health`. */
  readonly baseUrl?: string;
  readonly healthUrl: string;
  readonly restartUrl: string;
  readonly tier: Tier;
  readonly labels: Readonly<Record<string, string>>;
}

export interface LocalDependant {
  readonly id: NodeId;
  readonly healthUrl: string;
}

export interface InventoryFile {
  readonly targets: readonly LocalTarget[];
  readonly dependants: readonly LocalDependant[];
}

const uniqueIds = (items: readonly { readonly id: string }[]): string | undefined =>
  new Set(items.map((item) => item.id)).size === items.length ? undefined : 'must not name an id twice';

export const inventoryShape: Shape<InventoryFile> = object<InventoryFile>({
  targets: where(
    list(
      object<LocalTarget>({
        id: id(),
        root: path,
        baseUrl: optional(httpUrl),
        healthUrl: httpUrl,
        restartUrl: httpUrl,
        tier: tierShape,
        labels: map(text({ max: 120 }), { max: 32 }),
      }),
      { max: 100_000 },
    ),
    uniqueIds,
  ),
  dependants: where(list(object<LocalDependant>({ id: id(), healthUrl: httpUrl }), { max: 20_000 }), uniqueIds),
});

/** The file by id, with absolute paths. */
export interface Inventory {
  readonly targets: ReadonlyMap<string, LocalTarget>;
  readonly dependants: ReadonlyMap<string, LocalDependant>;
}

export function inventoryOf(file: InventoryFile, at: (path: string) => string): Inventory {
  const targets = file.targets.map((target): readonly [string, LocalTarget] => [
    target.id,
    { ...target, root: at(target.root) },
  ]);
  return { targets: new Map(targets), dependants: new Map(file.dependants.map((entry) => [entry.id, entry])) };
}

/** The more critical of two: a lower word from elsewhere is ignored (G1). */
export const higherTier = (a: Tier, b: Tier): Tier => (TIERS.indexOf(a) >= TIERS.indexOf(b) ? a : b);

export const probeBase = ({ baseUrl, healthUrl }: LocalTarget): string => baseUrl ?? healthUrl.replace(/\/health$/, '');
