/** DSSE payload types of the documents this page reads and makes; a test holds them against those of `seal`. */
export const PAYLOAD_TYPES = {
  capsule: 'application/vnd.in-toto+json',
  approval: 'application/vnd.countersign.approval.v1+json',
} as const;
export const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1';
export const CAPSULE_PREDICATE = 'https://countersign.dev/capsule/v1';
