import { afterEach, describe, expect, test, vi } from 'vitest';
import { isSession, sessionInStore } from './session.ts';
import { clientOf, offered, signInAddress, stepUpAddress, whoSignedIn } from './sign-in.ts';

afterEach(() => vi.unstubAllGlobals());

/** Answers what the server would; remembers the headers it was sent. */
function server(answers: Readonly<Record<string, Response>>): Headers[] {
  const sent: Headers[] = [];
  vi.stubGlobal('fetch', async (address: string, init: RequestInit) => {
    sent.push(new Headers(init.headers));
    return answers[address] ?? Response.json({ code: 'not-found' }, { status: 404 });
  });
  return sent;
}

describe('sign-in', () => {
  test('O4: whoever has the cookie is known by it, and no token is sent', async () => {
    const sent = server({ '/api/v1/session': Response.json({ organisation: 'acme', person: 'kim' }) });
    expect(await whoSignedIn(clientOf(undefined))).toEqual({ person: 'kim', token: undefined });
    expect([sent[0]?.get('authorization'), sent[0]?.get('x-countersign')]).toEqual([null, 'page']);
  });

  test('O4: the token of a demo link goes along in its place', async () => {
    const sent = server({ '/api/v1/session': Response.json({ organisation: 'acme', person: 'ana' }) });
    await whoSignedIn(clientOf({ person: 'ana', token: 'a-token-of-the-demo' }));
    expect([sent[0]?.get('authorization'), sent[0]?.get('x-countersign')]).toEqual([
      'Bearer a-token-of-the-demo',
      null,
    ]);
  });

  test('O4: without a cookie nobody is there', async () => {
    server({ '/api/v1/session': Response.json({ code: 'session-ended' }, { status: 401 }) });
    expect(await whoSignedIn(clientOf(undefined))).toBeUndefined();
  });

  test('O4: only what the server offers is shown', async () => {
    server({ '/api/v1/session/offer': Response.json({ organisations: ['acme'] }) });
    expect(await offered(clientOf(undefined))).toEqual(['acme']);
    server({});
    expect(await offered(clientOf(undefined))).toEqual([]);
  });

  test('O4: the addresses name the page to come back to, whatever it holds', () => {
    expect(signInAddress('acme', '/sign/P-1')).toBe('/api/v1/session/sign-in?returnTo=%2Fsign%2FP-1&organisation=acme');
    expect(stepUpAddress('/a&b=c#d')).toBe('/api/v1/session/step-up?returnTo=%2Fa%26b%3Dc%23d');
  });

  test('O4: a session of a cookie is never put where scripts keep things', () => {
    expect(isSession({ person: 'kim', token: undefined })).toBe(false);
    expect(sessionInStore('kim')).toBeUndefined();
    expect(sessionInStore('kim\n')).toBeUndefined();
  });
});
