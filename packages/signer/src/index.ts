/** Where private keys live: files, agents and tokens behind one port. The runner never uses it: its key is a file of mode 0600. */
export { SIGNER_CODES, type SignerCode } from './codes.ts';
export { signerOf } from './file-signer.ts';
export { openLocalSigner } from './local-signer.ts';
export { parseLocator, type Locator } from './locator.ts';
export {
  BUILT_IN_KINDS,
  openSigner,
  openSignerOf,
  openSshSigner,
  type Kinds,
  type OpenKind,
  type Surroundings,
} from './open-signer.ts';
export type { AnySigner, Signer, Verifier } from './signer.ts';
export type { SshSigner } from './ssh-signer.ts';
