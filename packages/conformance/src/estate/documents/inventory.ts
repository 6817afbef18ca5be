/** What a runner of the estate's enclave is told about its targets and about the services that depend on them. */
import type { Tier } from '@countersign/core';
import { hostRoot } from '../host/host-files.ts';
import type { EstateLayout } from '../layout.ts';

interface InventoryTarget {
  readonly id: string;
  /** Folder that config steps are relative to. */
  readonly root: string;
  readonly healthUrl: string;
  readonly restartUrl: string;
  readonly tier: Tier;
  readonly labels: Readonly<Record<string, string>>;
}

export interface Inventory {
  readonly targets: readonly InventoryTarget[];
  readonly dependants: readonly { readonly id: string; readonly healthUrl: string }[];
}

/** `baseUrl` has no slash at its end; `stateDir` is absolute. */
export function inventoryOf(
  layout: EstateLayout,
  { baseUrl, stateDir }: { readonly baseUrl: string; readonly stateDir: string },
): Inventory {
  const targets = layout.hosts.map(({ id, tier, labels }) => {
    const root = hostRoot(stateDir, id);
    const healthUrl = `${baseUrl}/hosts/${id}/health`;
    const restartUrl = `${baseUrl}/hosts/${id}/restart`;
    return { id, root, healthUrl, restartUrl, tier, labels };
  });
  const dependants = layout.services.map(({ id }) => ({ id, healthUrl: `${baseUrl}/services/${id}/health` }));
  return { targets, dependants };
}
