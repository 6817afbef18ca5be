/** The root keys an auditor was given on another way than the bundle. */
import { publicKeyOf, type BundleTrust } from '@countersign/seal';
import { ROOT_THRESHOLD, ROOTS } from '../demo/trust.ts';
import type { Product } from './product.ts';

export const rootsOf = ({ agent }: Product): BundleTrust => ({
  rootKeys: ROOTS.map((name) => publicKeyOf(agent.keys.signer(name))),
  threshold: ROOT_THRESHOLD,
});
