import type { Person } from '@countersign/core';
import { describe, expect, test } from 'vitest';
import { bytesOf, toBase64 } from '../capsule/encoding.ts';
import { nameOf, passkeysOf, peopleIn } from './roster.ts';

const HERE = 'https://control.example';
const passkey = (id: string, origins: readonly string[]): object => ({ kind: 'passkey', id, origins });
const people = [
  {
    id: 'ana',
    name: 'Ana Ruiz',
    credentials: [passkey('here', [HERE]), passkey('there', ['https://approve.example']), { kind: 'ssh' }],
  },
  { id: 'sam', name: 'Sam Okafor', credentials: [passkey('sams', [HERE])] },
] as unknown as readonly Person[];

const trust = (bundle: string): Parameters<typeof peopleIn>[0] => ({
  roots: [],
  timestamp: '',
  snapshot: '',
  targets: '',
  bundle,
});

describe('A2: passkeys that count on this page', () => {
  test('are those of this person and of this very origin', () => {
    expect(passkeysOf(people, { person: 'ana', origin: HERE })).toEqual(['here']);
    expect(passkeysOf(people, { person: 'sam', origin: HERE })).toEqual(['sams']);
  });

  test.each([
    'https://control.example.evil.test',
    'http://control.example',
    'https://control.example:443',
    'https://CONTROL.example',
    '',
  ])('are none on `%s`: an origin is exact', (origin) => {
    expect(passkeysOf(people, { person: 'ana', origin })).toEqual([]);
  });

  test('are none for somebody the roster does not know', () => {
    expect(passkeysOf(people, { person: 'zoe', origin: HERE })).toEqual([]);
    expect(nameOf(people, 'zoe')).toBe('zoe');
    expect(nameOf(people, 'ana')).toBe('Ana Ruiz');
  });
});

describe('the roster', () => {
  test.each([
    ['no base64', '%%%'],
    ['no UTF-8', toBase64(Uint8Array.of(0xff))],
    ['no JSON', toBase64(bytesOf('nothing'))],
    ['no trust bundle', toBase64(bytesOf('{"people":[{"id":"ana"}]}'))],
    ['nothing', ''],
  ])('of %s is empty: nobody is made up', (_, bundle) => {
    expect(peopleIn(trust(bundle))).toEqual([]);
  });
});
