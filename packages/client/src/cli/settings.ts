/** The one place that reads options, environment and the demo's token file, and makes one value of them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { map, parseId, readShape, text } from '@countersign/core';
import { readStrictJson } from '@countersign/seal';
import { EXIT } from './exit-codes.ts';
import { Failure, usage } from './failure.ts';
import { readSession } from './session-file.ts';

/** As they stand on the command line. */
export interface GlobalOptions {
  readonly url?: string;
  readonly token?: string;
  readonly as?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
  /** False after `--no-color`. */
  readonly color?: boolean;
  /** False after `--no-input`. */
  readonly input?: boolean;
}
export interface Settings {
  readonly url: string;
  readonly token: string | undefined;
  /** Of a person who signed in; only where no token was given. */
  readonly session: string | undefined;
  /** Person the command acts for, when one was named. */
  readonly person: string | undefined;
  /** The token came from the demo's file, so it may be handed to a page of the demo. */
  readonly isDemoToken: boolean;
  /** Where the organisation hosts its own approval page; never what a server says. */
  readonly approvalPage: string | undefined;
  readonly isJson: boolean;
  readonly isQuiet: boolean;
  readonly hasColor: boolean;
  readonly mayAsk: boolean;
}

export const DEFAULT_URL = 'http://localhost:4600';
/** Whose token the demo lends to whoever names nobody: an operator, who may look and stop but not approve production. */
const DEMO_OPERATOR = 'nils';
const ROOT = join(import.meta.dirname, '../../../..');
const tokensShape = map(text({ min: 1, max: 400 }), { max: 1000, key: /^[a-z]+:[A-Za-z0-9._-]+$/ });

type Environment = Readonly<Record<string, string | undefined>>;

export function readSettings(
  options: GlobalOptions,
  environment: Environment,
  { isTerminal, now }: { readonly isTerminal: boolean; readonly now: string },
): Settings {
  const url = options.url ?? environment['CS_URL'] ?? DEFAULT_URL;
  const parsed = URL.parse(url);
  if (parsed === null || !/^https?:$/.test(parsed.protocol) || parsed.pathname !== '/')
    throw usage('`--url` must be an address like `http://localhost:4600`, without a path');
  if (options.as !== undefined && parseId(options.as) === undefined) throw usage('`--as` must be the id of a person');
  const inEnvironment = environment['CS_TOKEN'] ?? '';
  const given = options.token ?? (inEnvironment === '' ? undefined : inEnvironment);
  const signedIn = given === undefined ? readSession(parsed.origin, environment, now) : undefined;
  // Somebody who is named by `--as` is meant; otherwise whoever signed in; otherwise the demo's operator.
  const session = options.as === undefined || options.as === signedIn?.person ? signedIn : undefined;
  const fromDemo = given === undefined && session === undefined ? demoTokenFor(options.as, environment) : undefined;
  return {
    url: parsed.origin,
    token: given ?? fromDemo,
    session: session?.secret,
    person: options.as ?? session?.person,
    isDemoToken: fromDemo !== undefined,
    approvalPage: approvalPageOf(environment['CS_APPROVAL_PAGE'] ?? demoPage(environment)),
    isJson: options.json === true,
    isQuiet: options.quiet === true,
    hasColor: isTerminal && options.color !== false && isColorful(environment),
    mayAsk: options.input !== false,
  };
}

function approvalPageOf(given: string | undefined): string | undefined {
  const url = given === undefined || given === '' ? undefined : URL.parse(given);
  if (url === undefined) return undefined;
  if (url === null || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '')
    throw usage('`CS_APPROVAL_PAGE` must be an address like `https://approve.example/page.html`');
  return url.href;
}

/** `<state>/demo/approval-page.txt`: written by `npm start`, which hosts the page on a second port. */
function demoPage(environment: Environment): string | undefined {
  try {
    return readFileSync(join(demoFolder(environment), 'approval-page.txt'), 'utf8').trim();
  } catch {
    // No demo, or one without the page.
    return undefined;
  }
}

const isColorful = (environment: Environment): boolean =>
  (environment['NO_COLOR'] ?? '') === '' && environment['TERM'] !== 'dumb';

/** Somebody who is named must be there; nobody named is the demo's operator, if a demo runs here. */
function demoTokenFor(person: string | undefined, environment: Environment): string | undefined {
  return person === undefined
    ? readTokens(demoTokens(environment))?.[`person:${DEMO_OPERATOR}`]
    : demoToken(person, environment);
}

const demoFolder = (environment: Environment): string => join(environment['STATE_DIR'] ?? join(ROOT, '.state'), 'demo');
const demoTokens = (environment: Environment): string => join(demoFolder(environment), 'tokens.json');

/** `<state>/demo/tokens.json`: tokens of the demo's people, made by `npm start`. */
function demoToken(person: string, environment: Environment): string {
  const tokens = readTokens(demoTokens(environment));
  const token = tokens?.[`person:${person}`];
  if (token !== undefined) return token;
  const people = Object.keys(tokens ?? {}).flatMap((name) => /^person:(.*)$/.exec(name)?.slice(1) ?? []);
  throw new Failure(EXIT.authentication, {
    code: 'no-token',
    detail:
      tokens === undefined ? 'the demo has no token file; is it running?' : `the demo has no person \`${person}\``,
    ...(people.length > 0 && { eligible: people }),
    next: [tokens === undefined ? 'npm start' : 'name one of them with `--as`, or give a token with `--token`'],
  });
}

function readTokens(file: string): Readonly<Record<string, string>> | undefined {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch {
    // Missing or not readable: the caller says what to do.
    return undefined;
  }
  const json = readStrictJson(bytes);
  const read = json.ok ? readShape(tokensShape, json.value) : json;
  if (read.ok) return read.value;
  throw new Failure(EXIT.authentication, {
    code: 'no-token',
    detail: `the token file is malformed: ${read.refusal.detail}`,
  });
}
