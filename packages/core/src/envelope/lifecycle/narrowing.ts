/**
 * The proof that a version only narrows the one before it (E3): with it one policy admin is enough, at once; without it two. Made here
 * and nowhere else, from two documents, by whoever has to believe it: the control plane at activation, the runner offline.
 */
import type { Digest } from '../../shared/brand.ts';
import { ok, refuse, type Result } from '../../shared/result.ts';
import type { SignedEnvelope } from '../activate-signed.ts';
import type { Envelope } from '../envelope.ts';
import { wideningLines, wideningOf } from './widening.ts';

/** So many versions one person may narrow one after the other before two people have to sign the whole again. */
export const MAX_NARROWINGS = 16;

export class ProvedNarrowing {
  readonly #proof: { readonly before: SignedEnvelope; readonly after: Digest };

  private constructor(before: SignedEnvelope, after: Digest) {
    this.#proof = { before, after };
  }

  /** Whether this is about exactly this document. */
  isOf(digest: Digest): boolean {
    return this.#proof.after === digest;
  }

  /** How many versions it takes back to one that two people signed. */
  get steps(): number {
    return this.#proof.before.narrowings + 1;
  }

  static check(
    before: SignedEnvelope,
    after: { readonly envelope: Envelope; readonly digest: Digest },
  ): Result<ProvedNarrowing> {
    const { envelope, digest } = after;
    if (envelope.supersedes !== before.digest || envelope.version <= before.envelope.version)
      return refuse('envelope-widens', `version ${envelope.version} does not name the version it is compared with`, {
        clause: 'E3',
      });
    if (before.narrowings + 1 > MAX_NARROWINGS)
      return refuse(
        'envelope-widens',
        `${MAX_NARROWINGS} versions were signed by one person each: two have to sign this one`,
        {
          clause: 'E3',
        },
      );
    const report = wideningOf(before.envelope, envelope);
    if (!report.isWidening) return ok(new ProvedNarrowing(before, digest));
    const [first = 'nothing was proved', ...more] = wideningLines(report);
    const rest = more.length === 0 ? '' : ` and ${more.length} more`;
    return refuse('envelope-widens', `version ${envelope.version} is not shown to narrow: ${first}${rest}`, {
      clause: 'E3',
      complaints: [first, ...more].map((problem) => ({ at: '', problem })),
      next: ['have two policy admins sign it, neither its author nor its owner'],
    });
  }
}

/** The proof, or the first thing that speaks against it with all others as complaints. */
export const proveNarrowing = (
  before: SignedEnvelope,
  after: { readonly envelope: Envelope; readonly digest: Digest },
): Result<ProvedNarrowing> => ProvedNarrowing.check(before, after);
