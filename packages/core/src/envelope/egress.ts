/** What of the evidence leaves the enclave (V2). Nothing leaves by default. */
export const EGRESS_MODES = ['local-only', 'metadata-only', 'sanitized'] as const;
export type EgressMode = (typeof EGRESS_MODES)[number];
