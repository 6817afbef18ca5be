/** Enrolled keys for tests: one that counts, changed where a test says so. */
import { instantOf } from '../shared/brand.ts';
import type { Credential, Enrolled } from '../people/person.ts';

export const aKey = (change: Partial<Enrolled> = {}): Credential => ({
  kind: 'passkey',
  id: 'AbC',
  cose: 'pQEC',
  rpId: 'localhost',
  origins: ['https://localhost'],
  allowBackup: false,
  surface: 'own',
  enrolledAt: instantOf(0),
  usableFrom: instantOf(0),
  ...change,
});
