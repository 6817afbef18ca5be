/** What a gateway leaves for the runner in the place of a delivery it did not let in, so that the refusal is journaled and reported. */
import { digest, literal, object, text, type Digest, type Refusal, type Shape } from '@countersign/core';
import { digestOf, payloadOf, type Delivery } from '@countersign/seal';

export interface RefusedAtGateway {
  readonly kind: 'refused-at-gateway';
  /** Digest of the capsule's payload when there is one, else of the delivery. */
  readonly subject: Digest;
  readonly code: string;
  readonly detail: string;
}

const SUFFIX = '-refused.json';

export const noticeShape: Shape<RefusedAtGateway> = object<RefusedAtGateway>({
  kind: literal('refused-at-gateway'),
  subject: digest,
  code: text({ min: 1, max: 64 }),
  detail: text({ max: 400 }),
});

const NUMBERED = /^\d{16}-/;

/** Names sort in the order of delivery. */
export const placeOf = (seq: number): string => String(seq).padStart(16, '0');
/** Whether a gateway named the file by the number of its delivery. */
export const isNumbered = (name: string): boolean => NUMBERED.test(name);

export const isNotice = (name: string): boolean => name.endsWith(SUFFIX);
export const noticeName = (place: string): string => `${place}${SUFFIX}`;

export function noticeOf(delivery: Delivery, { code, detail }: Refusal): RefusedAtGateway {
  const payload = delivery.kind === 'capsule' ? payloadOf(delivery.capsule) : undefined;
  const bytes = payload?.ok === true ? payload.value : Buffer.from(JSON.stringify(delivery));
  return {
    kind: 'refused-at-gateway',
    subject: digestOf(bytes),
    code,
    detail: `at the gateway: ${detail}`.slice(0, 400),
  };
}
