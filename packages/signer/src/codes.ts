/** Every code with which this package refuses, what happened and what to do next; a test holds each against a real refusal. */
import { refuse } from '@countersign/core';

interface Meaning {
  readonly happened: string;
  readonly next: string;
}

export type SignerCode =
  | 'bad-locator'
  | 'no-key'
  | 'key-exposed'
  | 'bad-key'
  | 'key-ambiguous'
  | 'agent-unreachable'
  | 'agent-refused'
  | 'bad-answer'
  | 'no-pkcs11'
  | 'module-failed'
  | 'token-missing'
  | 'pin-missing'
  | 'pin-wrong'
  | 'pin-locked'
  | 'token-failed';

export const SIGNER_CODES: Readonly<Record<SignerCode, Meaning>> = {
  'bad-locator': {
    happened: 'The text that says where a key is has no known form.',
    next: 'write `file:PATH`, `ssh-agent:SHA256:FINGERPRINT` or `pkcs11:module=PATH;token=LABEL;object=LABEL;pin-file=PATH`',
  },
  'no-key': {
    happened: 'There is no such key where the locator says.',
    next: 'check the name of the file, the fingerprint (`ssh-add -l`) or the labels (`pkcs11-tool --list-objects`)',
  },
  'key-exposed': {
    happened: 'Others than its owner may read the file, or the key may leave its token.',
    next: 'for a file `chmod 600 FILE`; on a token make a key that cannot be extracted; replace a key that others could read',
  },
  'bad-key': {
    happened: 'The key is not an unencrypted Ed25519 or P-256 key.',
    next: 'use a key of kind Ed25519 or P-256; load one with a passphrase into an SSH agent',
  },
  'key-ambiguous': {
    happened: 'Several keys on the token have this label.',
    next: 'give each key on the token a label of its own',
  },
  'agent-unreachable': {
    happened: 'The SSH agent cannot be reached.',
    next: 'start one (`eval $(ssh-agent)`, `ssh-add`) and see that SSH_AUTH_SOCK names its socket',
  },
  'agent-refused': {
    happened: 'The SSH agent refused to sign.',
    next: 'unlock the agent, confirm or touch the key when it asks, then run the command again',
  },
  'bad-answer': {
    happened: 'What holds the key answered something that is not a correct answer.',
    next: 'do not use it for signing until you know why',
  },
  'no-pkcs11': {
    happened: 'The optional bridge to PKCS#11 is not built here.',
    next: 'run `npm run build:pkcs11`; it needs g++, make and python3',
  },
  'module-failed': {
    happened: 'The PKCS#11 module cannot be loaded or started.',
    next: 'check `module=`, and with `pkcs11-tool --module PATH --list-slots` that the module works',
  },
  'token-missing': {
    happened: 'No token has this label, or several have.',
    next: 'list them with `pkcs11-tool --module PATH --list-slots`; labels must be unique',
  },
  'pin-missing': {
    happened: 'There is no PIN where the locator says.',
    next: 'name a file of mode 0600 with `pin-file=`, or a variable of the environment with `pin-env=`',
  },
  'pin-wrong': {
    happened: 'The token refused the PIN; it is not tried again, since tokens lock themselves.',
    next: 'correct the PIN, then start again',
  },
  'pin-locked': {
    happened: 'The token has locked its PIN.',
    next: 'let its security officer unlock it, and find out who tried',
  },
  'token-failed': {
    happened: 'The token did not sign.',
    next: 'see whether it is there and in order, then try again',
  },
};

/** A refusal with one of these codes; hostile text in `detail` is escaped by the caller. */
export const no = (code: SignerCode, detail: string): ReturnType<typeof refuse> =>
  refuse(code, detail, { next: [SIGNER_CODES[code].next] });
