/**
 * What a trust bundle may say beyond its form (A2, X1, G1): it ends after it begins, no key in it counts before its cooling-off
 * time, its address ranges are ranges, and a record is marked DEMO exactly where its keys are demo keys. Who is on the roster, and what changed against the bundle before, is asked in `roster.ts` and `roster-change.ts`.
 */
import { plusMs } from '../shared/brand.ts';
import { ok, refuse, type Complaint, type Result } from '../shared/result.ts';
import { hasRange } from './tier-rule.ts';
import type { TrustBundle } from './trust-bundle.ts';

/**
 * The name of a demo's record begins so: it stands in each checkpoint and cosignature, hence in each proof that an entry is there, and a
 * record that was begun with demo keys is never gone on with in production.
 */
export const DEMO_MARK = 'DEMO/';

/** What a record is called where nobody says otherwise: its origin in every checkpoint. */
export const recordNameOf = (organisation: string, isDemo: boolean): string =>
  `${isDemo ? DEMO_MARK : ''}countersign/${organisation}`;

export function checkTrustBundle(bundle: TrustBundle): Result<TrustBundle> {
  const complaints = bundle.isDemo ? [] : impatient(bundle);
  for (const [place, rule] of bundle.tiers.entries())
    if (!hasRange(rule))
      complaints.push({ at: `/tiers/${place}/prefix`, problem: 'must be an address range like 10.4.0.0/16' });
  complaints.push(...mismarked(bundle));
  if (bundle.expiresAt <= bundle.issuedAt) complaints.push({ at: '/expiresAt', problem: 'must be after issuedAt' });
  if (complaints.length === 0) return ok(bundle);
  return refuse('trust-unsound', 'the trust bundle says what no bundle may', { clause: 'A2', complaints });
}

/** A runner that sees its first bundle has nothing to compare it with: then the bundle's own word on enrolment is held against it. */
function impatient({ people, enrolment }: TrustBundle): Complaint[] {
  return people.flatMap(({ credentials }, place) =>
    credentials.flatMap(({ enrolledAt, usableFrom }, index) =>
      usableFrom >= plusMs(enrolledAt, enrolment.coolingOffMs)
        ? []
        : [
            {
              at: `/people/${place}/credentials/${index}/usableFrom`,
              problem: 'must be after the cooling-off time that began with the enrolment',
            },
          ],
    ),
  );
}

/** A witness of a demo is marked too; it vouches for nothing in production. */
function mismarked({ isDemo, keys: { log, witnesses } }: TrustBundle): readonly Complaint[] {
  const named = [
    { at: '/keys/log', vkey: log },
    ...witnesses.map((vkey, at) => ({ at: `/keys/witnesses/${at}`, vkey })),
  ];
  return named.flatMap(({ at, vkey }) => {
    if (vkey.startsWith(DEMO_MARK) === isDemo) return [];
    const problem = isDemo ? `must be named ${DEMO_MARK}..., as every record of demo keys` : 'is of a demo';
    return [{ at, problem }];
  });
}
