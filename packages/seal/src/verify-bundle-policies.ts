/** The authority envelopes of a file, by the same rule as at the runner: two policy admins, or one and the proof that it narrows (E2, E3). */
import {
  ok,
  POLICY_ADMIN_ROLE,
  refuse,
  withoutWaitingKeys,
  type Instant,
  type OrganisationId,
  type Person,
  type Result,
  type TrustBundle,
} from '@countersign/core';
import { payloadOf, type DsseEnvelope } from './dsse.ts';
import { digestOf } from './digest.ts';
import { verifyHumanSignature } from './human-signature.ts';
import { openPolicy, readPolicy, type OpenedPolicy } from './open-policy.ts';

/** Versions before those that capsules name, by the digest of their payload. */
export type Predecessors = ReadonlyMap<string, DsseEnvelope>;

export function predecessorsIn(envelopes: readonly DsseEnvelope[]): Result<Predecessors> {
  const found = new Map<string, DsseEnvelope>();
  for (const envelope of envelopes) {
    const payload = payloadOf(envelope);
    if (!payload.ok) return payload;
    found.set(digestOf(payload.value), envelope);
  }
  return ok(found);
}

export interface PolicyContext {
  readonly organisation: OrganisationId;
  readonly versions: readonly TrustBundle[];
  readonly predecessors: Predecessors;
  /** When something first relied on it: a key that still waited then did not count (A2). */
  readonly at: Instant;
}

const usable = new WeakMap<readonly TrustBundle[], readonly Instant[]>();

/** How many times keys became usable by now: as long as it is the same number, the same keys count. */
export function keysUsable(versions: readonly TrustBundle[], at: Instant): number {
  const known = usable.get(versions);
  const times =
    known ??
    [
      ...new Set(
        versions.flatMap(({ people }) =>
          people.flatMap(({ credentials }) => credentials.map(({ usableFrom }) => usableFrom)),
        ),
      ),
    ].toSorted();
  if (known === undefined) usable.set(versions, times);
  const waiting = times.findIndex((from) => from > at);
  return waiting === -1 ? times.length : waiting;
}

/** The roster in force at that time is one of the versions; none is mixed with another. */
export function verifyBundledPolicy(policy: DsseEnvelope, context: PolicyContext): Result<OpenedPolicy> {
  const read = readPolicy(policy);
  if (!read.ok) return read;
  if (read.value.envelope.organisation !== context.organisation)
    return refuse('wrong-organisation', 'it is of another organisation', { clause: 'O3' });
  const since = chainBefore(read.value.envelope.supersedes, context.predecessors);
  let last: Result<never> = refuse('bad-signature', 'nobody is known who could have signed it', { clause: 'E2' });
  for (const { people } of context.versions.toReversed()) {
    const admins = withoutWaitingKeys(people, context.at).filter(({ roles }) =>
      roles.some((role) => role === POLICY_ADMIN_ROLE),
    );
    const opened = openPolicy({ policy, since }, { signersOf: (one) => admins.filter((who) => hasSigned(one, who)) });
    if (!opened.ok) {
      last = opened;
      continue;
    }
    if (isEachOfThese(policy, admins)) return opened;
    last = refuse('bad-signature', 'a signature is not of a policy admin', { clause: 'E2' });
  }
  return last;
}

/** Newest first, as far as the file holds them; a chain that is too short proves nothing and is refused where it is needed. */
function chainBefore(supersedes: string | undefined, predecessors: Predecessors): readonly DsseEnvelope[] {
  const chain: DsseEnvelope[] = [];
  let wanted = supersedes;
  while (wanted !== undefined && chain.length < predecessors.size) {
    const policy = predecessors.get(wanted);
    const before = policy === undefined ? undefined : readPolicy(policy);
    if (policy === undefined || before?.ok !== true) break;
    chain.push(policy);
    wanted = before.value.envelope.supersedes;
  }
  return chain;
}

const hasSigned = (signed: DsseEnvelope, { credentials }: Person): boolean =>
  credentials.some((credential) =>
    signed.signatures.some((_, place) => verifyHumanSignature(signed, place, credential).ok),
  );

/** Every byte of a file is accounted for: a signature of somebody else is a changed byte. */
const isEachOfThese = (signed: DsseEnvelope, people: readonly Person[]): boolean =>
  signed.signatures.every((_, place) =>
    people.some(({ credentials }) =>
      credentials.some((credential) => verifyHumanSignature(signed, place, credential).ok),
    ),
  );
