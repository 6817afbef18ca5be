/** For the test runner: each run has a database server of its own, so that two runs on one machine never end each other's. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbedded } from '../store/embedded.ts';
import { isTestServerRunning, TEST_STATE, testState } from './database.ts';

/** Workers inherit the environment. Nothing is started before a test asks for a database. */
export function setup(): void {
  process.env[TEST_STATE] = mkdtempSync(join(tmpdir(), 'countersign-test-'));
}

export async function teardown(): Promise<void> {
  if (isTestServerRunning()) {
    const server = await openEmbedded(testState());
    await server.stop();
  }
  rmSync(testState(), { recursive: true, force: true });
}
