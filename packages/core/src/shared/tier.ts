/** How critical something is. Two readers of trust use the same three words: the owner of the graph, and the registrars (G1, X1). */
import { oneOf, type Shape } from './shape.ts';

/** Least critical first; an unknown tier is treated as `safety-critical` (G1, T17). */
export const TIERS = ['non-critical', 'production-critical', 'safety-critical'] as const;
export type Tier = (typeof TIERS)[number];
export const tierShape: Shape<Tier> = oneOf(...TIERS);
