/**
 * Base64 with exactly one accepted spelling per value, so a changed character is always a changed value.
 * Node's own decoder skips what it does not know; these refuse it.
 */
const STANDARD = /^[A-Za-z0-9+/]*={0,2}$/;
const HEX = /^(?:[0-9a-f]{2})*$/;
const URL_SAFE = /^[A-Za-z0-9_-]*$/;

const bufferOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const bytesOf = (buffer: Buffer): Uint8Array => new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);

export const encodeBase64 = (bytes: Uint8Array): string => bufferOf(bytes).toString('base64');
export const encodeBase64Url = (bytes: Uint8Array): string => bufferOf(bytes).toString('base64url');
export const encodeHex = (bytes: Uint8Array): string => bufferOf(bytes).toString('hex');

/** Standard alphabet with padding; undefined when anything else. */
export function decodeBase64(text: string): Uint8Array | undefined {
  if (!STANDARD.test(text)) return undefined;
  const buffer = Buffer.from(text, 'base64');
  return buffer.toString('base64') === text ? bytesOf(buffer) : undefined;
}

/** URL-safe alphabet without padding; undefined when anything else. */
export function decodeBase64Url(text: string): Uint8Array | undefined {
  if (!URL_SAFE.test(text)) return undefined;
  const buffer = Buffer.from(text, 'base64url');
  return buffer.toString('base64url') === text ? bytesOf(buffer) : undefined;
}

/** Lower-case hex, two digits a byte; undefined when anything else. */
export const decodeHex = (text: string): Uint8Array | undefined =>
  HEX.test(text) ? bytesOf(Buffer.from(text, 'hex')) : undefined;

/** DSSE 1.0.2: a verifier accepts both alphabets; URL-safe with or without padding. */
export const decodeEitherBase64 = (text: string): Uint8Array | undefined =>
  decodeBase64(text) ?? decodeBase64Url(text) ?? (text.length % 4 === 0 ? decodePaddedUrl(text) : undefined);

function decodePaddedUrl(text: string): Uint8Array | undefined {
  const bytes = decodeBase64Url(text.replace(/={1,2}$/, ''));
  const padded = bytes === undefined ? '' : encodeBase64Url(bytes).padEnd(text.length, '=');
  return padded === text ? bytes : undefined;
}
