import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { forgetSession, isSession, loadSession, saveSession, sessionInFragment, sessionInStore } from './session.ts';

const TOKEN = 'a-token-of-sixteen-or-more';
let kept: Map<string, string>;
let replaced: string[];
beforeEach(() => {
  kept = new Map();
  replaced = [];
  vi.stubGlobal('sessionStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  });
  vi.stubGlobal('history', { replaceState: (_: unknown, __: string, path: string) => void replaced.push(path) });
  vi.stubGlobal('location', { hash: '', pathname: '/sign/P-1' });
});
afterEach(() => vi.unstubAllGlobals());

describe('O4: a session in a link', () => {
  test('is read from the fragment, which no server sees', () => {
    expect(sessionInFragment(`#as=ana&token=${TOKEN}`)).toEqual({ person: 'ana', token: TOKEN });
    expect(sessionInFragment(`as=ana&token=${TOKEN}`)).toEqual({ person: 'ana', token: TOKEN });
  });

  test.each([
    ['nothing', ''],
    ['no token', '#as=ana'],
    ['no person', `#token=${TOKEN}`],
    ['a short token', '#as=ana&token=short'],
    ['a token with a line end', `#as=ana&token=${TOKEN}%0Ax`],
    ['a token that is too long', `#as=ana&token=${'x'.repeat(201)}`],
    ['a person that is no id', `#as=../ana&token=${TOKEN}`],
    ['a person with a line end', `#as=ana%0A&token=${TOKEN}`],
  ])('with %s is none', (_, fragment) => {
    expect(sessionInFragment(fragment)).toBeUndefined();
  });

  test('leaves the address as soon as it is read, so that nobody copies it along', () => {
    vi.stubGlobal('location', { hash: `#as=ana&token=${TOKEN}`, pathname: '/sign/P-1' });
    expect(loadSession()).toEqual({ person: 'ana', token: TOKEN });
    expect(replaced).toEqual(['/sign/P-1']);
    expect([...kept.values()]).toEqual([`ana\n${TOKEN}`]);
  });
});

describe('a session in the tab', () => {
  test('is there after a reload, and gone after leaving', () => {
    saveSession({ person: 'ana', token: TOKEN });
    expect(loadSession()).toEqual({ person: 'ana', token: TOKEN });
    expect(replaced).toEqual([]);
    forgetSession();
    expect(loadSession()).toBeUndefined();
  });

  test.each([null, '', 'ana', `ana\n${TOKEN}\nmore`, `\n${TOKEN}`, 'ana\nshort'])('that reads %j is none', (text) => {
    expect(sessionInStore(text)).toBeUndefined();
  });

  test('of somebody who signed in is not kept: the cookie is the server’s', () => {
    saveSession({ person: 'ana', token: undefined });
    expect(kept.size).toBe(0);
    expect(isSession({ person: 'ana', token: undefined })).toBe(false);
  });
});
