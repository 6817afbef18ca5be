/** From control into the inbox. A delivery is on disk before the cursor moves past it, so none is lost and one may come twice. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { integer, object, type Shape } from '@countersign/core';
import type { PollAnswer } from '@countersign/seal';
import type { DropFolder } from '../inbox/drop-folder.ts';
import { writeDurable } from '../journal/durable-file.ts';
import type { Log } from '../preflight/log.ts';
import { readDocument } from '../preflight/read-file.ts';
import { Backoff } from './backoff.ts';
import type { ControlLink } from './control-link.ts';

interface CursorFile {
  readonly next: number;
}
const cursorShape: Shape<CursorFile> = object<CursorFile>({ next: integer({ min: 0, max: Number.MAX_SAFE_INTEGER }) });

export interface Receiving {
  readonly link: ControlLink;
  readonly inbox: DropFolder;
  readonly stateFolder: string;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Where the gateway continues; a spoilt file starts again from the beginning, which only repeats deliveries. */
export function readCursor(stateFolder: string): number {
  const path = cursorPath(stateFolder);
  if (!existsSync(path)) return 0;
  const read = readDocument(path, cursorShape);
  return read.ok ? read.value.next : 0;
}

const cursorPath = (stateFolder: string): string => join(stateFolder, 'cursor.json');

export async function receive({ link, inbox, stateFolder, log, signal }: Receiving): Promise<void> {
  const backoff = new Backoff();
  let cursor = readCursor(stateFolder);
  while (!signal.aborted) {
    const answer = await link.poll(cursor, signal);
    if (!answer.ok) {
      if (!signal.aborted) log('control-unreachable', { detail: answer.refusal.detail });
      await backoff.pause(signal);
      continue;
    }
    backoff.succeeded();
    putAll(inbox, answer.value);
    if (answer.value.next <= cursor) continue;
    cursor = answer.value.next;
    writeDurable(cursorPath(stateFolder), JSON.stringify({ next: cursor }));
  }
}

function putAll(inbox: DropFolder, { deliveries }: PollAnswer): void {
  for (const { seq, delivery } of deliveries)
    writeDurable(inbox.at(nameOf(seq, delivery.kind)), JSON.stringify(delivery));
}

/** Names sort in the order of delivery. */
const nameOf = (seq: number, kind: string): string => `${String(seq).padStart(16, '0')}-${kind}.json`;
