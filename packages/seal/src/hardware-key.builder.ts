/** A hardware key of SSH as PROTOCOL.u2f describes it, played by a key in memory: each part of what it signs can be another one. */
import { sha256 } from './digest.ts';
import { publicKeyOf, type SignerKey } from './keys.ts';
import { sshSignatureBlob, sshArmour, sshSignedData } from './sshsig.ts';
import { WireReader, wireString, wireUint32 } from './ssh-wire.ts';

export interface TouchPlan {
  readonly namespace: string;
  readonly message: Uint8Array;
  /** Touched is 1, with PIN or biometrics 4 more. */
  readonly flags?: number;
  /** What the public key says it is for. */
  readonly application?: string;
  /** What the authenticator was asked for; the same, if absent. */
  readonly asked?: string;
  readonly trailing?: Uint8Array;
}

export interface Touched {
  readonly armored: string;
  /** As in a `.pub` file, without a comment. */
  readonly line: string;
}

const COUNTER = 7;

export function touch(signer: SignerKey, plan: TouchPlan): Touched {
  const { namespace, message, flags = 1, application = 'ssh:', asked = application, trailing = Buffer.of() } = plan;
  const { kind } = signer;
  const type = kind === 'ed25519' ? 'sk-ssh-ed25519@openssh.com' : 'sk-ecdsa-sha2-nistp256@openssh.com';
  const curve = kind === 'ed25519' ? [] : ['nistp256'];
  const blob = Buffer.concat([type, ...curve, publicKeyOf(signer).point(), application].map(wireString));
  const state = Buffer.concat([Buffer.of(flags), wireUint32(COUNTER)]);
  const record = [sha256(Buffer.from(asked)), state, sha256(sshSignedData(namespace, message))];
  const plain = new WireReader(sshSignatureBlob(kind, signer.sign(Buffer.concat(record), 'ieee-p1363')));
  plain.text();
  const signature = Buffer.concat([wireString(type), wireString(plain.string()), state, trailing]);
  const parts = [blob, namespace, '', 'sha512', signature].map(wireString);
  const armored = sshArmour(Buffer.concat([Buffer.from('SSHSIG'), wireUint32(1), ...parts]));
  return { armored, line: `${type} ${blob.toString('base64')}` };
}
