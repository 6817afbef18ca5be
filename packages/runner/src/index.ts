/** The runner package is started, not imported: these are the shapes of its local files, for programs that write them. */
export { catalogueShape, type Catalogue, type CatalogueEntry } from './preflight/catalogue.ts';
export { inventoryShape, type InventoryFile, type LocalDependant, type LocalTarget } from './preflight/inventory.ts';
export { runnerFileShape, type RunnerConfig, type RunnerFile } from './preflight/runner-config.ts';
export { gatewayFileShape, type GatewayConfig, type GatewayFile } from './gateway/gateway-config.ts';
export { witnessConfigShape, type WitnessConfig } from './witness/witness-config.ts';
export { relayConfigShape, type RelayConfig } from './relay/relay-config.ts';
