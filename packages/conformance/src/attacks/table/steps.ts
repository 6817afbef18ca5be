/** Attacks on what is done and where: actions, paths, and hosts that are taken already (X2, I3, I4). */
import { lstatSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PATCHED_OPENSSL } from '../../estate/packages.ts';
import type { Attack, Scene } from '../attack.ts';
import { attemptOf, deliver } from '../trials.ts';
import { LINKED_HOST } from '../world/house.ts';
import { order, type OrderPlan } from '../world/order.ts';
import type { SeenReport } from '../world/reports.ts';
import { people, row } from '../world/shorthand.ts';

/** Where clouds keep credentials; no capsule can name any address, a runner asks only those of its own `targets.json`. */
const METADATA_ADDRESS = 'http://169.254.169.254/latest/meta-data/';

const writing = (path: string, content = '{}\n'): OrderPlan => ({
  ...people(),
  change: {
    action: 'package.patch',
    steps: [
      { adapter: 'config', path, content, validate: 'json' },
      { adapter: 'service', operation: 'restart', service: 'app' },
    ],
  },
});

/** The shape of a step refuses the path before anything is signed; an attacker signs it all the same. */
const smuggled = (path: string): OrderPlan => ({
  ...writing('lib/openssl.json', PATCHED_OPENSSL),
  capsule: ({ change }) => ({
    change: { ...change, steps: change.steps.map((step) => (step.adapter === 'config' ? { ...step, path } : step)) },
  }),
  approvals: () => [],
});

const outside = (name: string, claim: string, code: string, plan: OrderPlan): Attack =>
  row({ name, claim, threats: ['T22', 'I3'], requirements: ['X2'], code, plan: () => plan });

/** Whether it ended in a stop or a refusal, once either is known. */
function stopOrRefusal(report: SeenReport): boolean | undefined {
  switch (report.kind) {
    case 'refusal':
      return true;
    case 'evidence':
      return report.statement.outcome !== 'completed';
    case 'progress':
      return report.events.some(({ type }) => type === 'tripped') ? true : undefined;
    case 'receipt':
      return undefined;
  }
}

/** A link lies where the patch would write; what it points to must stay as it is. */
async function throughLink(scene: Scene): Promise<readonly string[]> {
  const { enclave, hosts, world } = scene;
  const kept = join(hosts.stateDir, 'not-of-any-host');
  const path = join(hosts.stateDir, 'hosts', LINKED_HOST, 'lib', 'openssl.json');
  const before = readFileSync(path, 'utf8');
  writeFileSync(kept, before);
  rmSync(path);
  symlinkSync(kept, path);
  const from = enclave.mark();
  const made = order(world, { ...writing('lib/openssl.json', PATCHED_OPENSSL), hosts: [LINKED_HOST] });
  deliver(scene, attemptOf(scene, made));
  const isStopped = await enclave.until(from, stopOrRefusal);
  const complaints = [
    ...(readFileSync(kept, 'utf8') === before ? [] : ['the file behind the link was written']),
    ...(lstatSync(path).isSymbolicLink() ? [] : ['the link was replaced']),
    ...(isStopped ? [] : ['it ran to its end']),
  ];
  rmSync(path);
  writeFileSync(path, before);
  return complaints;
}

export const STEP_ATTACKS: readonly Attack[] = [
  row({
    name: 'action-not-in-the-catalogue',
    claim: 'an approved action is one that this enclave never offered',
    threats: ['T4', 'I3'],
    requirements: ['X2'],
    code: 'not-in-catalogue',
    plan: () => ({
      ...people(),
      change: {
        action: 'flag.rollback',
        steps: [{ adapter: 'flag', operation: 'set', flag: 'new-checkout', value: 'off' }],
      },
    }),
    twin: people,
  }),
  row({
    name: 'service-not-in-the-catalogue',
    claim: 'an approved restart is of a service that this enclave never offered',
    threats: ['T4', 'I3'],
    requirements: ['X2'],
    code: 'not-in-catalogue',
    plan: () => ({ ...people(), change: { steps: [{ adapter: 'service', operation: 'restart', service: 'sshd' }] } }),
  }),
  row({
    name: 'path-outside-the-catalogue',
    claim: 'an approved change writes a file that this enclave never offered',
    threats: ['T22', 'I3'],
    requirements: ['X2'],
    code: 'not-in-catalogue',
    plan: () => writing('run/control.token'),
    twin: () => writing('lib/openssl.json', PATCHED_OPENSSL),
  }),
  row({
    name: 'service-that-is-an-address',
    claim: 'an approved restart names an address inside, to be asked by the runner',
    threats: ['T21', 'I3'],
    requirements: ['X2', 'X1'],
    code: 'malformed',
    plan: () => ({
      ...people(),
      capsule: ({ change }) => ({
        change: { ...change, steps: change.steps.map((step) => ({ ...step, service: METADATA_ADDRESS })) },
      }),
      approvals: () => [],
    }),
    twin: people,
  }),
  outside('path-with-dot-dot', 'a path climbs out of the host', 'malformed', smuggled('lib/../../other/openssl.json')),
  outside('path-absolute', 'a path begins at the root', 'malformed', smuggled('/etc/passwd')),
  outside(
    'path-with-an-empty-part',
    'a path hides its meaning behind empty parts',
    'malformed',
    smuggled('lib//openssl.json'),
  ),
  {
    name: 'link-at-the-path',
    claim: 'a link planted on the host leads the write somewhere else',
    threats: ['T22', 'I3'],
    requirements: ['X2', 'X4'],
    run: throughLink,
  },
];
