/**
 * Ansible as a careful user would run a rollout: canary, growing batches, no failure tolerated, a health check a host, on
 * local connections with pipelining. Its CPU time is all of `ansible-playbook` and its workers.
 */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runChild } from '../measure/run-child.ts';
import type { PeerRun } from './peer-run.ts';

const TIMEOUT_MS = 120_000;
/** As many at a time as our own window. */
const FORKS = 10;

export async function rollByAnsible(folder: string, hosts: number): Promise<PeerRun> {
  const fleet = join(folder, 'fleet');
  mkdirSync(fleet, { recursive: true });
  const write = (name: string, content: string): string => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };
  const inventory = write('inventory.ini', inventoryOf(hosts));
  // JSON is YAML, so the play is written as what it is: data.
  const play = write('play.yml', `${JSON.stringify([playOf(fleet)], null, 2)}\n`);
  const run = await runChild('ansible-playbook', ['-i', inventory, play], {
    cwd: folder,
    env: environmentOf(folder),
    timeoutMs: TIMEOUT_MS,
  });
  const changed = readdirSync(fleet).length;
  if (run.status !== 0 || changed !== hosts)
    throw new Error(`ansible-playbook ended with ${run.status} and changed ${changed} of ${hosts} hosts: ${run.tail}`);
  return { hosts, cpuUs: run.cpuUs, wallMs: run.wallMs };
}

function inventoryOf(hosts: number): string {
  const names = Array.from({ length: hosts }, (_, index) => `h${index + 1}`);
  // The interpreter is named, so that no time goes into looking for one.
  const variables = ['ansible_connection=local', 'ansible_python_interpreter={{ ansible_playbook_python }}'];
  return ['[fleet]', ...names, '[fleet:vars]', ...variables, ''].join('\n');
}

function playOf(fleet: string): object {
  const file = `${fleet}/{{ inventory_hostname }}.conf`;
  return {
    hosts: 'fleet',
    gather_facts: false,
    serial: [1, 10, '10%'],
    max_fail_percentage: 0,
    tasks: [
      { name: 'write the file', 'ansible.builtin.copy': { content: 'version=2\n', dest: file, mode: '0644' } },
      {
        name: 'ask for health',
        'ansible.builtin.command': { argv: ['grep', '-q', 'version=2', file] },
        changed_when: false,
      },
    ],
  };
}

/** Everything Ansible would keep in a home folder stays in the folder of this run. */
function environmentOf(folder: string): Readonly<Record<string, string>> {
  return {
    ANSIBLE_HOME: join(folder, 'home'),
    ANSIBLE_LOCAL_TEMP: join(folder, 'local'),
    ANSIBLE_REMOTE_TEMP: join(folder, 'remote'),
    ANSIBLE_CONFIG: join(folder, 'no-such-file'),
    ANSIBLE_RETRY_FILES_ENABLED: 'False',
    ANSIBLE_DEPRECATION_WARNINGS: 'False',
    ANSIBLE_STDOUT_CALLBACK: 'minimal',
    ANSIBLE_PIPELINING: 'True',
    ANSIBLE_FORKS: String(FORKS),
    ANSIBLE_NOCOLOR: '1',
  };
}
