/** Secrets and who may use what (scenario B): every user of a secret is in the plan, or is named as missing. */
import type { NodeId } from '../../shared/brand.ts';
import { eachNeighbour, nodeOf } from '../../graph/index-graph.ts';
import type { Step } from '../../proposal/step.ts';
import { LABELS, labelOf, nodeAt, wordsOf, type User } from '../wiring.ts';
import { counted, names, sorted, type Reading, type Study } from './study.ts';

type StepOf<A extends Step['adapter']> = Extract<Step, { adapter: A }>;

const usersOf = ({ wiring }: Study, node: NodeId): readonly User[] => wiring.usersOf.get(node) ?? [];

/**
 * Declared and observed users against the plan. Without the old secret a forgotten user stops at once; with both valid it
 * works until the old one ends, which is when it is verified.
 */
export function readRotation(study: Study, step: StepOf<'credential'>): Reading {
  const { credential, consumers, keepsOld } = step;
  const users = usersOf(study, credential);
  const planned = new Set(consumers);
  const forgotten = users.filter(({ node }) => !planned.has(node));
  const known = new Set(users.map(({ node }) => node));
  const strangers = sorted(consumers.filter((node) => !known.has(node)));
  const left = sorted(forgotten.map(({ node }) => node));
  return {
    findings: [
      ...(left.length === 0 ? [] : [forgottenFinding(credential, left)]),
      ...undeclared(credential, users),
      ...(strangers.length === 0
        ? []
        : [
            {
              kind: 'consumers-strangers' as const,
              clause: 'G4',
              text: `the plan gives ${credential} to ${names(strangers)}, of which no use is known`,
              nodes: strangers,
            },
          ]),
    ],
    missing: unknownUsers(study, credential, users),
    touched: [credential, ...known],
    missingConsumers: left,
    seeds: users.flatMap(({ node }) => seedOf(node, { credential, isPlanned: planned.has(node), keepsOld })),
    // What a cut-off user was about to write is gone, or waits somewhere nobody looked.
    ...(left.length > 0 && !keepsOld && { dataEffects: 'unknown' as const }),
    isFinal: !keepsOld,
  };
}

const forgottenFinding = (credential: NodeId, left: readonly NodeId[]): NonNullable<Reading['findings']>[number] => ({
  kind: 'consumers-missing',
  clause: 'AG-706 4.3',
  text: `${counted(left.length, 'user')} of ${credential} ${left.length === 1 ? 'is' : 'are'} not in the plan: ${names(left)}`,
  nodes: left,
});

/** Seen in logins and declared by nobody: the owner's picture is not whole. */
function undeclared(credential: NodeId, users: readonly User[]): NonNullable<Reading['findings']> {
  const seen = users.filter(({ isDeclared }) => !isDeclared).map(({ node }) => node);
  if (seen.length === 0) return [];
  const text = `${names(seen)} ${seen.length === 1 ? 'was' : 'were'} seen using ${credential}, which nobody declared`;
  return [{ kind: 'consumers-undeclared', clause: 'AG-706 4.3', text, nodes: seen }];
}

function unknownUsers({ index }: Study, credential: NodeId, users: readonly User[]): readonly string[] {
  if (!index.positions.has(credential)) return [`credential ${credential} in the graph`];
  return users.length === 0 ? [`who uses credential ${credential}`] : [];
}

function seedOf(
  node: NodeId,
  { credential, isPlanned, keepsOld }: { credential: NodeId; isPlanned: boolean; keepsOld: boolean },
): NonNullable<Reading['seeds']> {
  if (isPlanned)
    return keepsOld
      ? []
      : [[node, { health: 'degraded', because: `changes to the new ${credential} while the old is gone` }]];
  return keepsOld
    ? [[node, { health: 'degraded', because: `still uses the old ${credential}` }]]
    : [[node, { health: 'down', because: `uses ${credential} and is not in the plan` }]];
}

/** Everything that logs in with the account stops; an account that runs something nobody declared is not known. */
export function readDisable(study: Study, { account }: StepOf<'account'>): Reading {
  const { index } = study;
  const node = nodeOf(index, account);
  const users = usersOf(study, account);
  const cut = sorted(users.map((user) => user.node));
  const isPerson = labelOf(node, LABELS.role) === 'person';
  return {
    findings: [
      ...(cut.length === 0
        ? []
        : [
            {
              kind: 'login-lost' as const,
              clause: 'AG-706 4.3',
              text: `${names(cut)} ${cut.length === 1 ? 'logs' : 'log'} in with ${account} and ${cut.length === 1 ? 'stops' : 'stop'}`,
              nodes: cut,
            },
          ]),
      ...undeclared(account, users),
      ...lastAdmin(study, account),
    ],
    missing: [
      ...(node === undefined ? [`account ${account} in the graph`] : []),
      ...(node !== undefined && cut.length === 0 && !isPerson ? [`who logs in with ${account}`] : []),
    ],
    touched: [account, ...cut],
    missingConsumers: cut,
    seeds: cut.map((user) => [user, { health: 'down', because: `logs in with ${account}, which is disabled` }]),
    ...(cut.length > 0 && { dataEffects: 'unknown' as const }),
  };
}

/** Resources that nobody can administer afterwards. */
function lastAdmin(study: Study, account: NodeId, only?: NodeId): NonNullable<Reading['findings']> {
  const lost = resourcesOf(study, account).filter(
    (resource) =>
      (only === undefined || resource === only) && adminsOf(study, resource).every((admin) => admin === account),
  );
  if (lost.length === 0) return [];
  return [
    { kind: 'last-admin', clause: 'L7', text: `${account} is the last administrator of ${names(lost)}`, nodes: lost },
  ];
}

/** What an administrator's account reaches by an edge, and what names it in its label `admins`. */
function resourcesOf({ index }: Study, account: NodeId): readonly NodeId[] {
  const found = new Set<NodeId>();
  const position = index.positions.get(account);
  if (position !== undefined && labelOf(nodeAt(index, position), LABELS.role) === 'admin')
    eachNeighbour(index.dependencies, position, (other) => {
      const id = nodeAt(index, other)?.id;
      if (id !== undefined) found.add(id);
    });
  for (const node of index.snapshot.nodes)
    if (wordsOf(labelOf(node, LABELS.admins)).includes(account)) found.add(node.id);
  return [...found].toSorted();
}

function adminsOf({ index }: Study, resource: NodeId): readonly string[] {
  const position = index.positions.get(resource);
  if (position === undefined) return [];
  const admins = new Set(wordsOf(labelOf(nodeAt(index, position), LABELS.admins)));
  eachNeighbour(index.dependants, position, (other) => {
    const node = nodeAt(index, other);
    if (node?.kind === 'account' && labelOf(node, LABELS.role) === 'admin') admins.add(node.id);
  });
  return [...admins];
}

/** A revocation cuts off who works through the principal; a grant opens what the resource leads to. */
export function readAccess(study: Study, { operation, resource, principal }: StepOf<'acl'>): Reading {
  const { index } = study;
  const missing = [resource, principal]
    .filter((node) => !index.positions.has(node))
    .map((node) => `${node} in the graph`);
  if (operation === 'grant')
    return { findings: [granted(study, resource, principal)], missing, touched: [resource, principal] };
  const workers = [principal, ...usersOf(study, principal).map(({ node }) => node)];
  const cut = sorted(workers.filter((node) => isTied(study, node, resource)));
  return {
    findings: [
      {
        kind: 'access',
        clause: 'L7',
        text:
          cut.length === 0
            ? `${principal} loses ${resource}; no use of it is known`
            : `${principal} loses ${resource}; ${names(cut)} ${cut.length === 1 ? 'needs' : 'need'} it`,
        nodes: sorted([resource, ...cut]),
      },
      ...lastAdmin(study, principal, resource),
    ],
    missing,
    touched: [resource, principal, ...cut],
    missingConsumers: cut,
    seeds: cut.map((node) => [node, { health: 'down', because: `loses ${resource}` }]),
    ...(cut.length > 0 && { dataEffects: 'unknown' as const }),
  };
}

function granted({ index }: Study, resource: NodeId, principal: NodeId): NonNullable<Reading['findings']>[number] {
  const isOpen = nodeOf(index, principal)?.isEntryPoint === true;
  const text = `${principal}${isOpen ? ', an entry point,' : ''} gains ${resource}`;
  return {
    kind: isOpen ? 'exposure' : 'access',
    clause: isOpen ? 'G5' : 'L7',
    text,
    nodes: sorted([resource, principal]),
  };
}

function isTied({ index }: Study, node: NodeId, resource: NodeId): boolean {
  const position = index.positions.get(node);
  let tied = false;
  if (position !== undefined)
    eachNeighbour(index.dependencies, position, (other) => {
      if (nodeAt(index, other)?.id !== resource) return undefined;
      tied = true;
      return 'stop';
    });
  return tied;
}
