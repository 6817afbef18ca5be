/** The sources of the demo speak: real documents, signed by the relay program of each source, sent to control. */
import { fork } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { demoFiles, writeJson } from '../demo/files.ts';

const RELAY = fileURLToPath(new URL('../../../runner/src/relay.ts', import.meta.url));

export interface RelayedSignal {
  readonly source: 'hostscan' | 'alertmanager';
  readonly document: object;
}

/** Runs the relay once over one document; an error says what it printed. */
export async function relay(state: string, { source, document }: RelayedSignal): Promise<void> {
  const folder = demoFiles(state).relay(source);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, `document-${process.pid}-${performance.now().toFixed(3)}.json`);
  writeJson(file, document);
  const child = fork(RELAY, [join(folder, 'relay.json'), file], {
    execArgv: ['--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let said = '';
  child.stderr?.on('data', (data: Buffer) => (said = (said + data.toString('utf8')).slice(-2000)));
  const code = await new Promise<number | null>((done) => child.once('exit', done));
  if (code !== 0) throw new Error(`the relay of ${source} ended with ${code}: ${said}`);
}
