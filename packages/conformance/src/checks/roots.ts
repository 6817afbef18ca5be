/** The root of trust an auditor was given on another way than the bundle. */
import { type BundleTrust } from '@countersign/seal';
import { demoRoot } from '../demo/trust.ts';
import type { Product } from './product.ts';

export const rootsOf = ({ agent }: Product): BundleTrust => ({
  root: demoRoot(agent.keys),
});
