/** `Buffer` for the verifier page: the kept library, and the one encoding it lacks. */
import { Buffer as Base } from 'buffer/';

const toStandard = (text: string): string => text.replaceAll('-', '+').replaceAll('_', '/');
const toUrlSafe = (text: string): string => text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');

const from = Base.from.bind(Base);
const encode = Reflect.get(Base.prototype, 'toString');

Object.assign(Base, {
  from: (value: never, encoding?: never, length?: never): unknown =>
    encoding === 'base64url' ? from(toStandard(value), 'base64') : from(value, encoding, length),
});
Object.assign(Base.prototype, {
  toString(this: Base, encoding?: string, start?: number, end?: number): string {
    return encoding === 'base64url'
      ? toUrlSafe(Reflect.apply(encode, this, ['base64', start, end]))
      : Reflect.apply(encode, this, [encoding, start, end]);
  },
});

export { Base as Buffer };
