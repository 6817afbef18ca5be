/**
 * The approval page that the organisation hosts itself (A2): one file, pinned by its hash, from an origin that is not the server's.
 * It asks the server for the capsule's bytes and believes nothing beside them; what it shows is made here from those bytes.
 */
import { connect, type Client } from '@countersign/client';
import { parseId } from '@countersign/core';
import { countersign, register } from '../passkey/ceremony.ts';
import { nameOf, passkeysOf } from '../passkey/roster.ts';
import { isSession, sessionInFragment, type Session } from '../session/session.ts';
import { asProblem, loadReview } from '../sign/load-review.ts';
import { obstacle, rolesOf, type Review } from '../sign/standing.ts';
import { askForm, mismatchView, problemView, reviewView, sentence, type Panel } from './views.ts';

interface Asked {
  readonly proposal: string;
  readonly session: Session;
}

/** Written into the file when it is built, so that its hash covers it; the page's policy names the same origin. */
const controlOrigin = (): string =>
  document.querySelector<HTMLMetaElement>('meta[name="countersign-control"]')?.content ?? '';

const place = document.getElementById('page');
/** The focus goes along: what had it is gone, and whoever hears the page would hear nothing of what came. */
function show(...parts: readonly Node[]): void {
  if (place === null) return;
  place.replaceChildren(...parts);
  place.tabIndex = -1;
  place.focus();
}

function start(): void {
  // A page around this one could lay something over what it shows.
  if (window.top !== window.self)
    return show(sentence('This page was opened inside another page. It shows nothing there.', 'bad'));
  const given = new URLSearchParams(location.hash.replace(/^#/, ''));
  const proposal = given.get('proposal') ?? '';
  const session = sessionInFragment(location.hash);
  // Not to be copied along with the address.
  history.replaceState(null, '', location.pathname);
  if (session !== undefined && parseId(proposal) !== undefined) return void open({ proposal, session });
  return ask(proposal);
}

function ask(proposal: string, complaint?: string): void {
  const form = askForm({ proposal, origin: location.origin, control: controlOrigin() }, (given) => {
    const session = { person: given.person, token: given.token };
    if (parseId(given.proposal) === undefined) return ask(given.proposal, 'A proposal is an id such as P-7.');
    if (!isSession(session))
      return ask(given.proposal, 'A person is an id such as ana; a token has 16 to 200 characters.');
    return void open({ proposal: given.proposal, session });
  });
  show(...(complaint === undefined ? [] : [sentence(complaint, 'bad')]), form);
}

const clientFor = ({ session }: Asked): Client =>
  connect({ url: controlOrigin(), ...(session.token !== undefined && { token: session.token }) });

async function open(asked: Asked, said?: Node): Promise<void> {
  show(sentence(`Reading ${asked.proposal} from ${controlOrigin()}`));
  const standing = await loadReview(clientFor(asked), asked.proposal);
  switch (standing.state) {
    case 'loading':
    case 'no-session':
      return ask(asked.proposal, 'The server does not know this access token.');
    case 'problem':
      return show(problemView(standing.problem));
    case 'mismatch':
      return show(mismatchView(standing.problems));
    case 'open':
    case 'decided':
      return show(...(said === undefined ? [] : [said]), reviewView(standing.review, panelFor(asked, standing.review)));
  }
}

function panelFor(asked: Asked, review: Review): Panel {
  const { person } = asked.session;
  const roles = rolesOf(review.data, person);
  const passkeys = passkeysOf(review.people, { person, origin: location.origin });
  // Who signed on the server's page may sign again here, as long as a signature from here is owed.
  const data = review.data.owesOwnSurface === true ? { ...review.data, approvals: [] } : review.data;
  const why = (role: string | undefined): string | undefined =>
    obstacle(
      { ...review, data },
      { isLive: true, isReplaced: false },
      { person, name: nameOf(review.people, person), role, passkeys: passkeys.length, now: new Date().toISOString() },
    );
  return {
    person,
    roles,
    obstacle: why,
    onSign: (role) => act(asked, () => sign(asked, review, { role, passkeys })),
    onRegister: () => act(asked, () => enrol(asked)),
  };
}

/** One thing at a time; afterwards everything is read anew, whatever came of it. */
function act(asked: Asked, work: () => Promise<string>): void {
  show(sentence('Waiting for your passkey.'));
  void work().then(
    (text) => open(asked, sentence(text, 'good')),
    (error: unknown) => open(asked, problemView(asProblem(error))),
  );
}

interface Consent {
  readonly role: string;
  readonly passkeys: readonly string[];
}

async function sign(asked: Asked, { opened }: Review, { role, passkeys }: Consent): Promise<string> {
  const who = parseId<'Person'>(asked.session.person);
  const duty = parseId<'Role'>(role);
  if (who === undefined || duty === undefined) throw new Error('the server named a role that is none');
  // What was read is what is signed: these bytes, whatever the server offers by now.
  await countersign(clientFor(asked), { opened, signer: { person: who, role: duty }, passkeys, surface: 'page' });
  return `Your signature over ${opened.words} was accepted.`;
}

async function enrol(asked: Asked): Promise<string> {
  await register(clientFor(asked), asked.session.person, new AbortController().signal);
  return 'The passkey of this page is in the roster now. It counts when its cooling-off time is over.';
}

start();
