/** Declares what registrars do: the ceremony of roots, roster and keys, on a folder. */
import { Option, type Command } from 'commander';
import type { TrustFetchOptions } from '../commands/fetch.ts';
import { momentGiven, whole, type Act } from './declare.ts';

const ROOT_DAYS = 365;
const BUNDLE_DAYS = 90;
const FRESH_DAYS = 7;
const listed = (item: string, before: readonly string[]): readonly string[] => [...before, item];
const PINNED = 'the root you pinned, from a place of your own; else the first root of the folder is believed';

interface Initialising {
  readonly organisation: string;
  readonly root: readonly string[];
  readonly rootThreshold: number;
  readonly registrar: readonly string[];
  readonly registrarThreshold: number;
  readonly online: string;
  readonly log: string;
  readonly logOrigin?: string;
  readonly settings?: string;
  readonly rootDays: number;
  readonly days: number;
  readonly demo?: boolean;
}

export function addTrustCommands(program: Command, act: Act): void {
  const trust = program
    .command('trust')
    .description('roots, registrars, people and keys: what runners believe, signed by people on machines of their own');
  addBeginning(trust, act);
  addPeople(trust, act);
  addKeys(trust, act);
  addSigning(trust, act);
  trust
    .command('fetch')
    .description('the trust bundle of the server as a file, if it follows from your root')
    .requiredOption('--roots <file>', 'your root of trust, e.g. 1.root.json')
    .requiredOption('-o, --out <file>', 'where to write it')
    .option('--keys <file>', 'also the verifier keys of the log and its witnesses, one a line')
    .action(
      act(async (context, options: TrustFetchOptions) =>
        (await import('../commands/fetch.ts')).trustFetch(context, options),
      ),
    );
}

function addBeginning(trust: Command, act: Act): void {
  trust
    .command('init <folder>')
    .description('begin: the first root and the first bundle, to be signed by the people named')
    .requiredOption('--organisation <id>', 'whose trust it is')
    .requiredOption(
      '--root <key>',
      'public key of a root holder: .pub, PEM, passkey file or locator; repeat',
      listed,
      [],
    )
    .requiredOption('--root-threshold <n>', 'how many root keys must agree', whole)
    .requiredOption('--registrar <person=key>', 'who signs rosters, and their key; repeat', listed, [])
    .option('--registrar-threshold <n>', 'how many registrars must agree', whole, 2)
    .requiredOption('--online <key>', 'the key that renews timestamps')
    .requiredOption('--log <key>', 'the key of the record: its verifier key or its public key')
    .option('--log-origin <name>', 'name of the record; countersign/ORGANISATION, if absent, behind DEMO/ with --demo')
    .option('--settings <file>', 'floor, enrolment, tiers, agents and keys as JSON')
    .option('--root-days <n>', 'how long the root is valid', whole, ROOT_DAYS)
    .option('--days <n>', 'how long the bundle is valid', whole, BUNDLE_DAYS)
    .option('--demo', 'demo keys: watermarked everywhere, refused by every production root')
    .action(
      act(async (context, folder: string, { days, demo, logOrigin, settings, ...options }: Initialising) =>
        (await import('../commands/trust-init.ts')).trustInit(context, folder, {
          ...options,
          logOrigin,
          settings,
          bundleDays: days,
          isDemo: demo === true,
        }),
      ),
    );
  trust
    .command('set <folder> <file>')
    .description('floor, enrolment, tiers, agents or service keys of the next bundle, from a JSON file')
    .option('--days <n>', 'how long the bundle is valid', whole, BUNDLE_DAYS)
    .action(
      act(async (context, folder: string, file: string, options: { days: number }) =>
        (await import('../commands/trust-set.ts')).trustSet(context, [folder, file], options),
      ),
    );
}

function addPeople(trust: Command, act: Act): void {
  trust
    .command('add-person <folder> <person>')
    .description('somebody new, or more keys and roles for somebody who is there')
    .option('--name <name>', 'how people call them')
    .option('--role <role>', 'a duty; repeat', listed, [])
    .option('--key <key>', 'public key: .pub, PEM, passkey file or locator; repeat', listed, [])
    .option('--days <n>', 'how long the bundle is valid', whole, BUNDLE_DAYS)
    .action(
      act(
        async (
          context,
          folder: string,
          person: string,
          { name, ...options }: { name?: string; role: readonly string[]; key: readonly string[]; days: number },
        ) =>
          (await import('../commands/trust-person.ts')).trustAddPerson(context, [folder, person], { ...options, name }),
      ),
    );
  trust
    .command('remove-person <folder> <person>')
    .description('off the roster; revoke keys that may be in other hands too')
    .option('--days <n>', 'how long the bundle is valid', whole, BUNDLE_DAYS)
    .action(
      act(async (context, folder: string, person: string, options: { days: number }) =>
        (await import('../commands/trust-person.ts')).trustRemovePerson(context, [folder, person], options),
      ),
    );
}

interface Rotating {
  readonly add: readonly string[];
  readonly remove: readonly string[];
  readonly threshold: readonly string[];
  readonly rootDays: number;
  readonly days: number;
}
interface Revoking {
  readonly notAfter?: string;
  readonly notAfterSize?: number;
  readonly reason: string;
  readonly days: number;
}

function addKeys(trust: Command, act: Act): void {
  trust
    .command('rotate <folder>')
    .description(
      'keys and thresholds: root, registrar, online, capsule-signer/NAME, graph-owner/NAME, status-signer/NAME',
    )
    .option('--add <what=key>', 'a new key; repeat', listed, [])
    .option('--remove <what=keyid>', 'a key that goes; repeat', listed, [])
    .option('--threshold <what=n>', 'how many must agree; repeat', listed, [])
    .option('--root-days <n>', 'how long the root is valid', whole, ROOT_DAYS)
    .option('--days <n>', 'how long the bundle is valid', whole, BUNDLE_DAYS)
    .action(
      act(async (context, folder: string, options: Rotating) =>
        (await import('../commands/trust-rotate.ts')).trustRotate(context, folder, options),
      ),
    );
  trust
    .command('revoke <folder> <keyid>')
    .description('a key no longer speaks; what it signed before stays verifiable')
    .option('--not-after <time>', 'the last moment it is believed; now, if absent', momentGiven)
    .option('--not-after-size <n>', 'size of the record at that moment', whole)
    .requiredOption('--reason <text>', 'why')
    .option('--days <n>', 'how long the bundle is valid', whole, BUNDLE_DAYS)
    .action(
      act(async (context, folder: string, keyid: string, { notAfter, notAfterSize, ...options }: Revoking) =>
        (await import('../commands/trust-revoke.ts')).trustRevoke(context, [folder, keyid], {
          ...options,
          notAfter,
          notAfterSize,
        }),
      ),
    );
}

interface Signing {
  readonly key?: string;
  readonly signature?: string;
  readonly request?: string;
  readonly bytes?: string;
  readonly document?: string;
  readonly digest: readonly string[];
  readonly pinned?: string;
}
interface Publishing {
  readonly key?: string;
  readonly freshDays: number;
  readonly out?: string;
  readonly send?: boolean;
  readonly pinned?: string;
}

function addSigning(trust: Command, act: Act): void {
  trust
    .command('show <folder>')
    .description('who holds what, what ends when, what drafts wait for, and what is unwise')
    .option('--pinned <file>', PINNED)
    .action(
      act(async (context, folder: string, { pinned }: { pinned?: string }) =>
        (await import('../commands/trust-show.ts')).trustShow(context, folder, pinned),
      ),
    );
  trust
    .command('status')
    .description('what of the installed trust bundle ends soon; ends with 1 then')
    .action(act(async (context) => (await import('../commands/trust-status.ts')).trustStatus(context)));
  trust
    .command('sign <folder>')
    .description('your signature on the drafts, shown in words first; it becomes a file of its own')
    .option('--key <locator>', 'your key: file:PATH, ssh-agent:SHA256:..., pkcs11:...')
    .option('--signature <file>', 'a signature made elsewhere: of ssh-keygen -Y sign, or a passkey assertion')
    .option('--request <file>', 'write what a passkey page needs, and sign nothing')
    .option('--bytes <file>', 'write the bytes for ssh-keygen -Y sign, and sign nothing')
    .addOption(new Option('--document <name>', 'which draft').choices(['root', 'targets']))
    .option('--digest <digest>', 'what a script that cannot be asked signs; repeat', listed, [])
    .option('--pinned <file>', PINNED)
    .action(
      act(async (context, folder: string, { key, signature, request, bytes, document, digest, pinned }: Signing) =>
        (await import('../commands/trust-sign.ts')).trustSign(context, folder, {
          key,
          signature,
          request,
          bytes,
          document,
          digest,
          pinned,
        }),
      ),
    );
  trust
    .command('publish <folder>')
    .description('verify the whole and bring it into force; without a draft, renew the timestamp')
    .option('--key <locator>', 'the online key')
    .option('--fresh-days <n>', 'until the timestamp must be renewed', whole, FRESH_DAYS)
    .option('-o, --out <folder>', 'also into this folder, for runners that read files')
    .option('--send', 'also to the server')
    .option('--pinned <file>', PINNED)
    .action(
      act(async (context, folder: string, { key, freshDays, out, send, pinned }: Publishing) =>
        (await import('../commands/trust-publish.ts')).trustPublish(context, folder, {
          key,
          freshDays,
          out,
          pinned,
          isSent: send === true,
        }),
      ),
    );
}
