/** The control program: reads its configuration, starts what `compose` puts together, and ends in order when it is told to. */
import { randomBytes } from 'node:crypto';
import { escapeHostile } from '@countersign/seal';
import { compose } from './compose.ts';
import { readConfig, shownConfig } from './config.ts';
import { makeFeatures } from './features.ts';

/** One event a line; never text of callers unescaped. */
const say = (line: Readonly<Record<string, unknown>>): void => {
  process.stderr.write(`${JSON.stringify(line)}\n`);
};
const report = ({ where, error }: { readonly where: string; readonly error: string }): void =>
  say({ level: 'error', where, error: escapeHostile(error, 500) });

async function main(): Promise<void> {
  const config = readConfig(process.env, () => `control-${process.pid}-${randomBytes(4).toString('hex')}`);
  if (!config.ok) {
    for (const { at, problem } of config.refusal.complaints ?? []) process.stderr.write(`${at}: ${problem}\n`);
    process.exitCode = 2;
    process.disconnect?.();
    return;
  }
  say({ level: 'info', event: 'starting', ...shownConfig(config.value) });
  let stop: (() => Promise<void>) | undefined;
  let isStopping = false;
  const end = (status: number): void => {
    if (isStopping) return;
    isStopping = true;
    process.exitCode = status;
    void (stop?.() ?? Promise.resolve())
      .catch((error: unknown) => report({ where: 'stop', error: String(error) }))
      .finally(() => process.exit());
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => end(0));
  // Started by another program: when that one is gone nobody would stop this one.
  process.on('disconnect', () => end(0));
  const composition = await compose({
    config: config.value,
    report,
    features: (deps) => makeFeatures(deps, () => end(1)),
  });
  ({ stop } = composition);
  const { host, port, origin } = config.value;
  const url = await composition.app.listen({ host, port });
  const enclaves = await composition.door?.listen();
  say({ level: 'info', event: 'up', origin, url, ...(enclaves !== undefined && { enclaves }) });
  process.send?.({ up: 'control', url, ...(enclaves !== undefined && { enclaves }) });
}

try {
  await main();
} catch (error) {
  report({ where: 'start', error: error instanceof Error ? error.message : String(error) });
  process.exit(1);
}
