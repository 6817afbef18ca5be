/** Attacks on the reader: bytes that are not a delivery, too many of them, or more than one meaning in them (T19, T22). */
import type { Attack, Scene } from '../attack.ts';
import { carriedOut, refusedAs } from '../trials.ts';
import { order } from '../world/order.ts';
import { ordered, people } from '../world/shorthand.ts';

const DEPTH = 100_000;
const HUGE_BYTES = 104_857_600;
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

const letter = (name: string, claim: string, bytes: (scene: Scene) => Uint8Array, code = 'malformed'): Attack => ({
  name,
  claim,
  threats: ['T19', 'T22', 'I3'],
  requirements: ['X1', 'C1'],
  run: refusedAs(code, (scene) => ({ last: bytes(scene) })),
});

const delivery = ({ world }: Scene): string => JSON.stringify(order(world, people()).delivery);
const inserted = (text: string, extra: string): Uint8Array => utf8(text.replace(/^\{/, `{${extra},`));

export const HOSTILE_INPUT: readonly Attack[] = [
  {
    ...letter('key-twice', 'a delivery names one field twice', (scene) => inserted(delivery(scene), '"kind":"halt"')),
    twin: carriedOut(ordered(people)),
  },
  letter('field-unknown', 'a delivery holds a field that no reader knows', (scene) =>
    inserted(delivery(scene), '"also":1'),
  ),
  letter('field-proto', 'a delivery reaches for the prototype', (scene) =>
    inserted(delivery(scene), '"__proto__":{"kind":"halt"}'),
  ),
  letter('nested-100000-deep', 'a delivery is nested 100,000 deep', () =>
    utf8(`${'['.repeat(DEPTH)}${']'.repeat(DEPTH)}`),
  ),
  letter(
    'file-of-100-megabytes',
    'a file of 100 MB lies in the inbox',
    () => new Uint8Array(HUGE_BYTES).fill(0x20),
    'too-large',
  ),
  letter('not-utf-8', 'the bytes are no text', (scene) => {
    const bytes = utf8(delivery(scene));
    bytes[bytes.length - 10] = 0xff;
    return bytes;
  }),
  letter('text-that-reads-backwards', 'a character in a delivery turns the text behind it round', (scene) =>
    inserted(delivery(scene), '"also":"kc\u{202e}ab"'),
  ),
  letter('text-that-cannot-be-seen', 'a name holds a character that nobody sees', (scene) =>
    utf8(delivery(scene).replace('"kind":"capsule"', '"kind":"cap\u{200b}sule"')),
  ),
  letter('archive-instead-of-a-letter', 'a zip lies in the inbox, with names that lead out', () =>
    Buffer.from('PK\u0003\u0004\u0014../../../etc/passwd', 'latin1'),
  ),
  letter('byte-order-mark', 'the text begins with a byte order mark', (scene) => utf8(`\u{feff}${delivery(scene)}`)),
  letter('two-documents', 'two documents lie in one file', (scene) =>
    utf8(`${delivery(scene)}\n{"kind":"halt","capsule":"all","by":"x"}`),
  ),
  letter('cut-off', 'the file ends in the middle', (scene) => utf8(delivery(scene).slice(0, -100))),
  letter('kind-unknown', 'a delivery is of a kind that does not exist', () =>
    utf8('{"kind":"shell","command":"reboot"}'),
  ),
  {
    ...letter('emergency-that-does-not-exist', 'a delivery claims an emergency, so that nobody has to be asked', () =>
      utf8('{"kind":"break-glass","capsule":"all","by":"person:kim","reason":"the site is down"}'),
    ),
    threats: ['T28'],
  },
  letter('emergency-said-of-a-capsule', 'a delivery says of its capsule that it is an emergency', (scene) =>
    inserted(delivery(scene), '"emergency":true'),
  ),
  letter('empty-file', 'an empty file lies in the inbox', () => new Uint8Array()),
  letter('number-not-whole', 'a number has a fraction', (scene) => inserted(delivery(scene), '"also":1.5')),
  letter('number-too-large', 'a number is larger than any reader agrees on', () =>
    utf8('{"kind":"halt","capsule":"all","by":9007199254740993}'),
  ),
];
