/**
 * Program: the relay of one source. `node relay.ts CONFIG` watches the folder of its configuration;
 * `node relay.ts CONFIG DOCUMENT` sends one file, `node relay.ts CONFIG -` one document from standard input.
 */
import { readFileSync } from 'node:fs';
import { configPath } from './preflight/configuration.ts';
import { giveUp, runProgram } from './preflight/lifecycle.ts';
import { stderrLog } from './preflight/log.ts';
import { readBounded } from './preflight/read-file.ts';
import { loadKey } from './preflight/own-key.ts';
import { loadRelayConfig } from './relay/relay-config.ts';
import { forward, startRelay } from './relay/run-relay.ts';
import { httpCaller } from './watch/ask.ts';
import { MAX_DOCUMENT_BYTES } from './relay/sign-signals.ts';

const log = stderrLog('relay');
const config = loadRelayConfig(configPath() ?? 'relay.json');
if (!config.ok) giveUp(log, config.refusal);
const signer = loadKey(config.value.keyFile);
if (!signer.ok) giveUp(log, signer.refusal);
const { folder } = config.value;
const [, , , document] = process.argv;
if (document !== undefined || folder === undefined) {
  const bytes =
    document === undefined || document === '-'
      ? { ok: true as const, value: readFileSync(0) }
      : readBounded(document, MAX_DOCUMENT_BYTES);
  if (!bytes.ok) giveUp(log, bytes.refusal);
  const caller = httpCaller();
  const sent = await forward({ config: config.value, signer: signer.value, caller }, bytes.value);
  caller.close();
  if (!sent.ok) giveUp(log, sent.refusal);
  process.stdout.write(`${JSON.stringify({ forwarded: sent.value })}\n`);
} else await runProgram('relay', log, async () => startRelay({ ...config.value, folder }, signer.value, log));
