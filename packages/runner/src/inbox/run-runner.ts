/** Puts the runner together from its configuration. */
import { mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { msOf, ok, type Result } from '@countersign/core';
import { TaskCredentials, taskKey } from '../act/task-credentials.ts';
import { toolsOf } from '../act/tools.ts';
import { Outbox } from '../egress/outbox.ts';
import { Journal } from '../journal/journal.ts';
import { catalogueShape } from '../preflight/catalogue.ts';
import { systemClock, type Clock } from '../preflight/clock.ts';
import { inventoryOf, inventoryShape } from '../preflight/inventory.ts';
import type { Running } from '../preflight/lifecycle.ts';
import type { Log } from '../preflight/log.ts';
import { readDocument } from '../preflight/read-file.ts';
import { ownKey } from '../preflight/own-key.ts';
import type { RunnerConfig } from '../preflight/runner-config.ts';
import { httpCaller } from '../watch/ask.ts';
import { DropFolder, watchFolder } from './drop-folder.ts';
import { RunnerProgram } from './runner-program.ts';
import { Standing } from './standing.ts';

const RESCAN_MS = 1000;

export interface RunningRunner extends Running {
  readonly program: RunnerProgram;
}

/** The parent or the supervisor decides what comes next; this process only says that something is wrong. */
function endProgram(): void {
  process.exitCode = 1;
  process.kill(process.pid, 'SIGTERM');
}

/** What a test puts in the place of the machine. */
export interface RunnerSurroundings {
  readonly clock?: Clock;
  readonly onFault?: () => void;
  readonly openJournal?: (file: string) => Journal;
}

export function startRunner(
  config: RunnerConfig,
  log: Log,
  { clock = systemClock, onFault = endProgram, openJournal }: RunnerSurroundings = {},
): Result<RunningRunner> {
  const signer = ownKey(config.keyFile, `${config.keyFile}.pub`);
  if (!signer.ok) return signer;
  const targets = readDocument(config.targets, inventoryShape);
  if (!targets.ok) return targets;
  const catalogue = readDocument(config.catalogue, catalogueShape);
  if (!catalogue.ok) return catalogue;
  mkdirSync(config.state, { recursive: true, mode: 0o700 });
  const key = taskKey(config.state);
  if (!key.ok) return key;
  const file = join(config.state, 'journal.db');
  const journal = openJournal === undefined ? new Journal(file) : openJournal(file);
  const caller = httpCaller();
  const inventory = inventoryOf(targets.value, (path) => resolve(dirname(config.targets), path));
  const inbox = new DropFolder(config.inbox);
  const outbox = new Outbox(new DropFolder(config.outbox), signer.value, journal);
  const standing = new Standing(config, journal, clock);
  const nowMs = (): number => msOf(clock.now());
  const credentials = new TaskCredentials(config.runner, key.value, nowMs);
  const tools = toolsOf({ caller, inventory, clock, credentials });
  const program = new RunnerProgram({
    config,
    catalogue: catalogue.value,
    journal,
    standing,
    inbox,
    outbox,
    tools,
    log,
    onFault,
  });
  program.recover();
  const watching = watchFolder(inbox, () => program.look(), RESCAN_MS);
  return ok({
    program,
    stop() {
      watching.close();
      program.stop();
      outbox.close();
      caller.close();
      journal.close();
    },
  });
}
