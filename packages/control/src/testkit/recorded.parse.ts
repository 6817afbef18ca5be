/** What a replay in another process is given: written by the test that starts it. */
import type { Decision, Envelope, Person, TrustBundle } from '@countersign/core';

export interface RecordedCase {
  readonly decision: Decision;
  readonly envelope: Envelope;
  readonly floor: TrustBundle['floor'];
  readonly signers: readonly Pick<Person, 'id' | 'roles'>[];
}

export const readCase = (bytes: string): RecordedCase => JSON.parse(bytes) as RecordedCase;
