/** Where the demo keeps its things, all below one state folder. */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface DemoFiles {
  readonly state: string;
  readonly keys: string;
  readonly tokens: string;
  readonly controlConfig: string;
  readonly provision: string;
  /** The folder of the trust metadata, as every TUF program reads it. */
  readonly trust: string;
  /** The root of trust for `cs verify --roots`. */
  readonly root: string;
  readonly documents: string;
  /** The approval page as it is hosted, and its address. */
  readonly approvalPage: string;
  readonly approvalUrl: string;
  readonly enclave: (name: string) => string;
  readonly witness: string;
  readonly relay: (source: string) => string;
}

export function demoFiles(state: string): DemoFiles {
  const demo = join(state, 'demo');
  return {
    state,
    keys: join(demo, 'keys'),
    tokens: join(demo, 'tokens.json'),
    controlConfig: join(state, 'control.json'),
    provision: join(demo, 'provision.json'),
    trust: join(demo, 'trust'),
    root: join(demo, 'trust', '1.root.json'),
    documents: join(demo, 'documents'),
    approvalPage: join(demo, 'approval-page.html'),
    approvalUrl: join(demo, 'approval-page.txt'),
    enclave: (name) => join(state, 'enclaves', name),
    witness: join(state, 'witness'),
    relay: (source) => join(state, 'relays', source),
  };
}

/** Writes a whole file or nothing. */
export function writeJson(file: string, value: unknown): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const temporary = `${file}.${process.pid}.tmp`;
  writeFileSync(temporary, `${JSON.stringify(value, undefined, 1)}\n`, { mode: 0o600 });
  renameSync(temporary, file);
}
