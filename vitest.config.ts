import { defineConfig } from 'vitest/config';

const EVERY = ['packages/*/src/**/*.test.{ts,tsx}', 'architecture/*.test.ts'];
const SUITES = ['e2e', 'faults', 'long'];
const isUnit = (mode: string): boolean => !SUITES.includes(mode);

/** `vitest` runs the unit tests; `vitest --mode e2e` (or faults, long) runs the files `*.e2e.test.ts` and nothing else. */
export default defineConfig(({ mode }) => ({
  test: {
    globalSetup: ['packages/control/src/testkit/global-setup.ts'],
    setupFiles: isUnit(mode) ? ['architecture/property-seed.ts'] : [],
    include: isUnit(mode) ? EVERY : [`packages/*/src/**/*.${mode}.test.ts`],
    exclude: ['**/node_modules/**', ...(isUnit(mode) ? [`**/*.{${SUITES.join(',')}}.test.ts`] : [])],
    // These suites start whole products on this machine: one file at a time.
    maxWorkers: isUnit(mode) ? 2 : 1,
    testTimeout: isUnit(mode) ? 60_000 : 600_000,
    hookTimeout: isUnit(mode) ? 120_000 : 600_000,
  },
}));
