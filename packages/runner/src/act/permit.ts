/** What an adapter needs before it touches a target: a permit is made from the gate's leave, or for going back (X6), and from nothing else. */
import { ok, type Digest, type Result } from '@countersign/core';

export class Permit {
  /** The capsule it is for. */
  readonly capsule: Digest;
  readonly #isPermit = true;

  private constructor(capsule: Digest) {
    this.capsule = capsule;
  }

  /** `leave`: asked of the gate last of all before the first step (I5). */
  static act(capsule: Digest, leave: Result<true>): Result<Permit> {
    return leave.ok ? ok(new Permit(capsule)) : leave;
  }

  /** Own acts may always be taken back; the counter-capsule was signed with the change. */
  static goBack(capsule: Digest): Permit {
    return new Permit(capsule);
  }

  toJSON(): string {
    return this.#isPermit ? this.capsule : '';
  }
}
