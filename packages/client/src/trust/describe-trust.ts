/** A root, a bundle and a ceremony in lines for people; every value from a document is made safe for a terminal. */
import type { Instant, TrustBundle, TrustKey } from '@countersign/core';
import { keyidOfCredential, type RootSigned, type TufRoleName } from '@countersign/seal';
import { table } from '../cli/output.ts';
import { safe } from '../cli/safe-text.ts';
import { isComplete, keyLine, type DraftState } from './ceremony.ts';
import { bundleChanges, rootChanges } from './describe-changes.ts';
import type { TrustFolder } from './trust-folder.ts';

const ROLES: readonly (readonly [TufRoleName, string])[] = [
  ['root', 'root keys'],
  ['targets', 'registrars'],
  ['snapshot', 'online (snapshot)'],
  ['timestamp', 'online (timestamp)'],
];

export const rootLines = (root: RootSigned, bundle: TrustBundle | undefined): readonly string[] => [
  `root ${root.version} of \`${safe(root.organisation)}\`, valid until ${safe(root.expires)}${root.demo ? ', DEMO' : ''}`,
  ...ROLES.flatMap(([role, title]) => {
    const { keyids, threshold } = root.roles[role];
    return [
      `  ${title}: ${threshold} of ${keyids.length}`,
      ...keyids.flatMap((keyid) => {
        const key = root.keys[keyid];
        const line = `    ${safe(keyLine(keyid, key, bundle))}`;
        // The name of a passkey is not made from its key, and says nothing of its page.
        return key?.keytype === 'webauthn' ? [line, `      ${safe(JSON.stringify(key.keyval))}`] : [line];
      }),
    ];
  }),
];

const keyRow =
  (what: string) =>
  ({ name, publicKey }: TrustKey): readonly string[] => [
    `  ${what}`,
    safe(name),
    safe(keyidOfCredential({ kind: 'raw', publicKey }) ?? 'unreadable'),
  ];

/** Who holds what. */
export function bundleLines(bundle: TrustBundle, now: Instant): readonly string[] {
  const { people, agents, keys, revocations, enrolment } = bundle;
  return [
    `bundle ${bundle.version} of \`${safe(bundle.organisation)}\`, valid until ${bundle.expiresAt}${bundle.isDemo ? ', DEMO' : ''}`,
    `  new keys and roles wait ${enrolment.coolingOffMs / 3_600_000} h`,
    '  people:',
    ...people.flatMap(({ id, name, roles, grants = [], credentials }) => [
      `    ${safe(id)} (${safe(name)}): ${roles.length === 0 ? 'no role' : roles.map((role) => safe(role)).join(', ')}`,
      ...grants.map(({ role, usableFrom }) => `      ${safe(role)} from ${usableFrom}`),
      ...credentials.map((one) => {
        const from = one.usableFrom > now ? ` from ${one.usableFrom}` : '';
        return `      ${one.kind} ${safe(keyidOfCredential(one) ?? 'unreadable')}${from} (${one.surface})`;
      }),
    ]),
    ...agents.map(
      ({ id, owner, duty, expiresAt }) => `  agent ${safe(id)}: ${duty}, owned by ${safe(owner)}, until ${expiresAt}`,
    ),
    ...table([
      ...keys.capsuleSigners.map(keyRow('capsule signer')),
      ...keys.graphOwners.map(keyRow('graph owner')),
      ...keys.statusSigners.map(keyRow('status signer')),
      ...keys.relays.map(keyRow('relay')),
      ...keys.runners.map(keyRow('runner')),
    ]),
    ...revocations.map(
      ({ keyid, notAfter, reason }) => `  revoked after ${notAfter}: ${safe(keyid)} (${safe(reason)})`,
    ),
  ];
}

/** What a person reads before they sign: the draft, and what it changes, from the bytes that are signed. */
export function draftPage(draft: DraftState, { published, drafts }: TrustFolder): readonly string[] {
  const before = published?.trust?.opened.bundle;
  const root = draft.name === 'root' ? drafts.root : undefined;
  const content =
    root === undefined
      ? targetsPage(drafts.targets?.bundle, before)
      : rootPage(root, published?.root, drafts.targets?.bundle ?? before);
  return [...content, '', `digest   ${draft.digest}`, `in words ${draft.words}`];
}

const rootPage = (
  root: RootSigned,
  before: RootSigned | undefined,
  bundle: TrustBundle | undefined,
): readonly string[] => [
  ...rootLines(root, bundle),
  ...(before === undefined ? [] : ['', ...titled(`changes against root ${before.version}`, rootChanges(before, root))]),
];

function targetsPage(bundle: TrustBundle | undefined, before: TrustBundle | undefined): readonly string[] {
  if (bundle === undefined) return [];
  const { version, organisation, issuedAt, expiresAt, isDemo } = bundle;
  return [
    `trust bundle ${version} of \`${safe(organisation)}\`${isDemo ? ', DEMO' : ''}`,
    `issued ${issuedAt}, valid until ${expiresAt}`,
    '',
    ...titled(
      before === undefined ? 'everything is new' : `changes against bundle ${before.version}`,
      bundleChanges(before, bundle),
    ),
  ];
}

const titled = (title: string, lines: readonly string[]): readonly string[] => [
  `${title}:`,
  ...(lines.length === 0 ? ['  nothing but its dates'] : lines.map((line) => `  ${line}`)),
];

export const stateLines = (draft: DraftState, bundle: TrustBundle | undefined): readonly string[] => [
  `draft of the ${draft.name}: ${isComplete(draft) ? 'every signature is there' : 'waits for signatures'}`,
  `  ${draft.digest}  ${draft.words}`,
  ...draft.owed.flatMap(({ by, threshold, keys, signed }) => [
    `  ${by}: ${signed.length} of ${threshold}`,
    ...keys.map(
      (keyid) =>
        `    ${signed.includes(keyid) ? 'signed ' : 'owed   '} ${safe(keyLine(keyid, draft.keys.get(keyid), bundle))}`,
    ),
  ]),
];
