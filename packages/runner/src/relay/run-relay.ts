/** Sends what a source said, once signed, to the control plane. A document stays in the folder until control has it. */
import { ok, refuse, type Result } from '@countersign/core';
import type { SignerKey } from '@countersign/seal';
import { readToken } from '../gateway/gateway-config.ts';
import { DropFolder, watchFolder } from '../inbox/drop-folder.ts';
import { systemClock, type Clock } from '../preflight/clock.ts';
import type { Running } from '../preflight/lifecycle.ts';
import type { Log } from '../preflight/log.ts';
import { readBounded } from '../preflight/read-file.ts';
import { httpCaller, type Caller } from '../watch/ask.ts';
import type { RelayConfig } from './relay-config.ts';
import { MAX_DOCUMENT_BYTES, signSignals } from './sign-signals.ts';

const RESCAN_MS = 2000;
const SEND_TIMEOUT_MS = 30_000;

export interface Relaying {
  readonly config: RelayConfig;
  readonly signer: SignerKey;
  readonly caller: Caller;
  readonly clock?: Clock;
}

/** How many signals were forwarded. */
export async function forward(
  { config, signer, caller, clock = systemClock }: Relaying,
  bytes: Uint8Array,
): Promise<Result<number>> {
  const { source, format } = config;
  const forwarded = signSignals({ source, format, bytes, receivedAt: clock.now() }, signer);
  if (!forwarded.ok) return forwarded;
  const token = readToken(config.tokenFile);
  if (!token.ok) return token;
  const headers = { authorization: `Bearer ${token.value}`, 'content-type': 'application/json' };
  const url = `${config.url.replace(/\/$/, '')}/api/v1/signals/${format}`;
  const body = Buffer.from(JSON.stringify(forwarded.value));
  const answer = await caller.ask({ method: 'POST', url, headers, body, timeoutMs: SEND_TIMEOUT_MS });
  if (!answer.ok) return answer;
  const { status } = answer.value;
  if (status >= 200 && status < 300) return ok(forwarded.value.statements.length);
  return refuse(
    status >= 400 && status < 500 && status !== 401 && status !== 429 ? 'rejected' : 'no-answer',
    `control answered with status ${status}`,
  );
}

export function startRelay(config: RelayConfig & { readonly folder: string }, signer: SignerKey, log: Log): Running {
  const caller = httpCaller();
  const folder = new DropFolder(config.folder);
  const rejected = new DropFolder(`${config.folder}/rejected`);
  const look = async (): Promise<void> => {
    for (const name of folder.names()) {
      const bytes = readBounded(folder.at(name), MAX_DOCUMENT_BYTES);
      const sent = bytes.ok ? await forward({ config, signer, caller }, bytes.value) : bytes;
      if (!sent.ok) log('not-forwarded', { name, code: sent.refusal.code, detail: sent.refusal.detail });
      // What may still be taken later stays for the next look.
      if (!sent.ok && (sent.refusal.code === 'no-answer' || sent.refusal.code === 'no-token')) continue;
      // Kept as it came, also when it is too large to be read: nothing a source said is thrown away here.
      if (sent.ok) folder.remove(name);
      else folder.moveTo(rejected, name);
    }
  };
  const watching = watchFolder(folder, look, RESCAN_MS);
  return {
    stop() {
      watching.close();
      caller.close();
    },
  };
}
