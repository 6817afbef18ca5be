/** Bodies for tests that walk every route: the smallest that each reader of input lets through. */

/** Why somebody rejects; no code of a refusal. */
const OTHER = 'other';

/** What gets past the reader, where a body is asked for, so that it is the organisation that stops the request. */
const BODIES: readonly (readonly [RegExp, object])[] = [
  [/\/reject$/, { code: OTHER, rationale: 'not ours' }],
  [/\/(?:halt|rollback|withdraw)$/, {}],
  [/\/suspend$/, { reason: 'not ours' }],
  [/\/label$/, { label: 'false', rationale: 'not ours' }],
  [/\/lift$/, { reason: 'not ours' }],
  [/\/manual-work\/[^/]+\/done$/, { note: 'not ours' }],
  [/\/manual-work\/[^/]+\/closed?$/, { result: 'passed', note: 'not ours' }],
  [/\/owner$/, { owner: 'kim' }],
];
export const bodyFor = (url: string): object => BODIES.find(([pattern]) => pattern.test(url))?.[1] ?? {};
