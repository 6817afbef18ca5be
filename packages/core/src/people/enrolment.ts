/**
 * Which keys people may bring (A2): the registrars' policy, signed with the roster. What the code itself refuses, whatever the
 * policy says, is in `seal`: unknown algorithms, points of small order, points in a second spelling.
 */
import { refuse, type Result } from '../shared/result.ts';
import { boolean, id, integer, list, object, optional, text, type Shape } from '../shared/shape.ts';
import type { Role } from './person.ts';

export interface EnrolmentPolicy {
  /** How long a new key or role waits before it counts. */
  readonly coolingOffMs: number;
  /** Models of authenticators that may be enrolled, by AAGUID; empty means that none is named, so none is asked for. */
  readonly authenticators: readonly string[];
  /** Certificates of makers, DER in base64: an attestation has to lead to one of them. */
  readonly attestationRoots?: readonly string[];
  /** Whether a passkey may come without a statement of its maker about the authenticator. */
  readonly allowUnattested: boolean;
  /** Whether a passkey may be one that a vendor can synchronise between devices. */
  readonly allowBackup: boolean;
  /** Pairs of duties that one person may hold although they conflict (A4); shown in every access review. */
  readonly dutyExceptions?: readonly DutyPair[];
}

export interface DutyPair {
  readonly one: Role;
  readonly other: Role;
}

const MAX_COOLING_OFF_MS = 30 * 86_400_000;
/** Outside of demos nobody can shorten it further. */
export const LEAST_COOLING_OFF_MS = 3_600_000;

const aaguid = text({ min: 36, max: 36, pattern: /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/ });

export const enrolmentPolicyShape: Shape<EnrolmentPolicy> = object<EnrolmentPolicy>({
  coolingOffMs: integer({ min: 0, max: MAX_COOLING_OFF_MS }),
  authenticators: list(aaguid, { max: 64 }),
  attestationRoots: optional(list(text({ min: 40, max: 8000, pattern: /^[A-Za-z0-9+/=]+$/ }), { max: 64 })),
  allowUnattested: boolean,
  allowBackup: boolean,
  dutyExceptions: optional(list(object<DutyPair>({ one: id(), other: id() }), { max: 16 })),
});

/** What a registration says of the authenticator, after its signatures were verified. */
export interface OfferedPasskey {
  /** Format of the attestation statement; `none` when there is none. */
  readonly attestation: string;
  /** Whether the statement leads to a maker; self attestation proves only possession. */
  readonly isAttested: boolean;
  readonly aaguid: string;
  readonly isBackupEligible: boolean;
}

/** An authenticator that says nothing about itself could be any program. */
const NO_MODEL = '00000000-0000-0000-0000-000000000000';

const no = (detail: string, next: string): Result<never> =>
  refuse('key-not-allowed', detail, { clause: 'A2', next: [next] });

export function checkOfferedPasskey(offered: OfferedPasskey, policy: EnrolmentPolicy): Result<OfferedPasskey> {
  if (offered.isBackupEligible && !policy.allowBackup)
    return no(
      'the passkey can be synchronised between devices, which the trust bundle does not allow',
      'use a hardware key',
    );
  if (!offered.isAttested && !policy.allowUnattested)
    return no(
      `the passkey comes without an attestation (\`${offered.attestation}\`), which the trust bundle demands`,
      'use an authenticator whose maker vouches for it, and let the browser pass its statement on',
    );
  if (policy.authenticators.length === 0) return { ok: true, value: offered };
  // Without an attestation the model is only claimed.
  const isNamed = offered.aaguid !== NO_MODEL && policy.authenticators.includes(offered.aaguid);
  if (isNamed) return { ok: true, value: offered };
  return no(
    `authenticators of the model ${offered.aaguid} are not on the list of the trust bundle`,
    'ask a registrar which models are',
  );
}
