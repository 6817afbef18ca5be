/** The feature folders put together: what carries a remediation from its proposal to its end. */
import type { Deps, Features } from './deps.ts';
import { enclaveRoutes } from './enclaves/routes.ts';
import { Release } from './enclaves/release.ts';
import { Flow } from './flow/flow.ts';
import { Remediations } from './flow/remediations.ts';
import { openCedar } from './policy/cedar.ts';
