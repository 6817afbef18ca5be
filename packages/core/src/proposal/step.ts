/**
 * One typed step of a change; never shell text (X2). What a step says is what the impact analysis reads: an act whose meaning is
 * not in its steps can be neither foreseen nor approved. Names of credentials, segments, accounts and stores are graph nodes.
 */
import type { NodeId } from '../shared/brand.ts';
import {
  boolean,
  id,
  integer,
  list,
  literal,
  object,
  oneOf,
  optional,
  text,
  union,
  type Shape,
} from '../shared/shape.ts';

/** Steps an adapter of today's runner can carry out. Paths are relative to the target's root. */
export type RunnableStep =
  | {
      readonly adapter: 'config';
      readonly path: string;
      /** The whole new content. */
      readonly content: string;
      /** How the runner checks the content before it replaces the file. */
      readonly validate: 'json' | 'none';
    }
  | { readonly adapter: 'service'; readonly operation: 'restart'; readonly service: string };

/** Steps that are understood and analysed, and that no runner carries out yet: a catalogue never allows them. */
export type PlannedStep =
  | { readonly adapter: 'package'; readonly operation: 'install'; readonly name: string; readonly version: string }
  | {
      readonly adapter: 'credential';
      readonly operation: 'rotate';
      readonly credential: NodeId;
      /** Consumers that get the new secret in the same plan; every other user of the credential is cut off. */
      readonly consumers: readonly NodeId[];
      /** Whether old and new are both valid until the consumers are verified. */
      readonly keepsOld: boolean;
    }
  | {
      readonly adapter: 'firewall';
      readonly operation: 'block' | 'allow';
      /** CIDR blocks, IPv4 or IPv6. */
      readonly from: string;
      readonly to: string;
      /** Protocol and port like `tcp/445`; absent: all traffic. */
      readonly traffic?: string;
    }
  | { readonly adapter: 'network'; readonly operation: 'isolate'; readonly node: NodeId }
  | {
      readonly adapter: 'acl';
      readonly operation: 'grant' | 'revoke';
      readonly resource: NodeId;
      readonly principal: NodeId;
    }
  | { readonly adapter: 'account'; readonly operation: 'disable'; readonly account: NodeId }
  | { readonly adapter: 'process'; readonly operation: 'kill'; readonly process: string }
  | { readonly adapter: 'file'; readonly operation: 'quarantine'; readonly path: string }
  | { readonly adapter: 'flag'; readonly operation: 'set'; readonly flag: string; readonly value: string }
  | { readonly adapter: 'workload'; readonly operation: 'scale'; readonly workload: string; readonly replicas: number }
  | { readonly adapter: 'data'; readonly operation: 'restore' | 'destroy'; readonly store: NodeId };

export type Step = RunnableStep | PlannedStep;

export const isRunnable = (step: Step): step is RunnableStep => step.adapter === 'config' || step.adapter === 'service';

/** Relative, without `.` or `..` parts, without empty parts: it cannot leave the target's root. */
const RELATIVE = /^(?!\.{1,2}(?:\/|$))[A-Za-z0-9._-]+(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._-]+){0,15}$/;
const path = text({ min: 1, max: 200, pattern: RELATIVE });
const word = text({ min: 1, max: 120, pattern: /^[A-Za-z0-9][A-Za-z0-9._:@+~-]*$/ });
const cidr = text({ min: 3, max: 49, pattern: /^[0-9A-Fa-f:.]+\/\d{1,3}$/ });

export const stepShape: Shape<Step> = union<Step>('adapter', {
  config: object({
    adapter: literal('config'),
    path,
    content: text({ max: 65_536 }),
    validate: oneOf('json', 'none'),
  }),
  service: object({
    adapter: literal('service'),
    operation: literal('restart'),
    service: text({ min: 1, max: 64, pattern: /^[a-z0-9][a-z0-9-]*$/ }),
  }),
  package: object({ adapter: literal('package'), operation: literal('install'), name: word, version: word }),
  credential: object({
    adapter: literal('credential'),
    operation: literal('rotate'),
    credential: id<'Node'>(),
    consumers: list(id<'Node'>(), { max: 10_000 }),
    keepsOld: boolean,
  }),
  firewall: object<Extract<Step, { adapter: 'firewall' }>>({
    adapter: literal('firewall'),
    operation: oneOf('block', 'allow'),
    from: cidr,
    to: cidr,
    traffic: optional(text({ min: 3, max: 20, pattern: /^(?:tcp|udp|icmp|sctp)(?:\/\d{1,5})?$/ })),
  }),
  network: object({ adapter: literal('network'), operation: literal('isolate'), node: id<'Node'>() }),
  acl: object({
    adapter: literal('acl'),
    operation: oneOf('grant', 'revoke'),
    resource: id<'Node'>(),
    principal: id<'Node'>(),
  }),
  account: object({ adapter: literal('account'), operation: literal('disable'), account: id<'Node'>() }),
  process: object({ adapter: literal('process'), operation: literal('kill'), process: word }),
  file: object({ adapter: literal('file'), operation: literal('quarantine'), path }),
  flag: object({ adapter: literal('flag'), operation: literal('set'), flag: word, value: text({ max: 200 }) }),
  workload: object({
    adapter: literal('workload'),
    operation: literal('scale'),
    workload: word,
    replicas: integer({ min: 0, max: 10_000 }),
  }),
  data: object({ adapter: literal('data'), operation: oneOf('restore', 'destroy'), store: id<'Node'>() }),
});
