/** The registration of a browser, read strictly; extensions are dropped, nothing here uses them. */
import { list, object, oneOf, optional, text, type Shape } from '@countersign/core';
import type { RegistrationResponseJSON } from '@simplewebauthn/server';

const base64url = (max: number): Shape<string> => text({ min: 1, max, pattern: /^[A-Za-z0-9_-]+$/ });
const anyObject: Shape<object> = {
  schema: { type: 'object' },
  read(value, at, complaints) {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return {};
    complaints.push({ at, problem: 'must be an object' });
    return undefined;
  },
};

interface Registration {
  readonly id: string;
  readonly rawId: string;
  readonly type: 'public-key';
  readonly authenticatorAttachment?: 'platform' | 'cross-platform';
  readonly clientExtensionResults: object;
  readonly response: {
    readonly clientDataJSON: string;
    readonly attestationObject: string;
    readonly authenticatorData?: string;
    readonly transports?: readonly string[];
    readonly publicKey?: string;
    readonly publicKeyAlgorithm?: number;
  };
}

const algorithm: Shape<number> = {
  schema: { type: 'integer' },
  read(value, at, complaints) {
    if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
    complaints.push({ at, problem: 'must be an integer' });
    return undefined;
  },
};

const shape: Shape<Registration> = object<Registration>({
  id: base64url(1400),
  rawId: base64url(1400),
  type: oneOf('public-key'),
  authenticatorAttachment: optional(oneOf('platform', 'cross-platform')),
  clientExtensionResults: anyObject,
  response: object<Registration['response']>({
    clientDataJSON: base64url(8192),
    attestationObject: base64url(32_768),
    authenticatorData: optional(base64url(8192)),
    transports: optional(list(text({ max: 40 }), { max: 16 })),
    publicKey: optional(base64url(2000)),
    publicKeyAlgorithm: optional(algorithm),
  }),
});

// The library's type names the same fields with mutable lists.
export const registrationShape: Shape<RegistrationResponseJSON> = shape as unknown as Shape<RegistrationResponseJSON>;
