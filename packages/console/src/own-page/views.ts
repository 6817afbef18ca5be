/** What the own page shows: few words, large digest words, and the text that is signed, whole. */
import type { Problem } from '@countersign/client';
import { nameOf } from '../passkey/roster.ts';
import { progressOf, type Review } from '../sign/standing.ts';
import { button, choice, element, facts, field, marked, submitButton } from './elements.ts';

export const sentence = (text: string, tone: 'plain' | 'good' | 'bad' = 'plain'): HTMLElement => {
  const made = element('p', `note ${tone}`, text);
  made.setAttribute('role', tone === 'bad' ? 'alert' : 'status');
  return made;
};

interface Given {
  readonly proposal: string;
  readonly person: string;
  readonly token: string;
}
interface Where {
  readonly proposal: string;
  readonly origin: string;
  readonly control: string;
}

export function askForm({ proposal, origin, control }: Where, onGiven: (given: Given) => void): HTMLElement {
  const form = document.createElement('form');
  const valueOf = (name: string): string => {
    const value = new FormData(form).get(name);
    return typeof value === 'string' ? value.trim() : '';
  };
  const submit = (): void =>
    onGiven({ proposal: valueOf('proposal'), person: valueOf('person'), token: valueOf('token') });
  form.append(
    element('h1', undefined, 'Which proposal do you want to read?'),
    element('p', undefined, `This page is hosted at ${origin}. It reads from ${control} and believes only the bytes.`),
    field({ label: 'Proposal', name: 'proposal', value: proposal }),
    field({ label: 'Person', name: 'person' }),
    field({ label: 'Access token', name: 'token', type: 'password' }),
    submitButton('Read it'),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    submit();
  });
  return form;
}

export function problemView({ detail, code, next, complaints, eligible }: Problem): HTMLElement {
  const lines = [
    ...complaints.slice(0, 20).map(({ at, problem }) => `${at} ${problem}`),
    ...(eligible.length > 0 ? [`Who may: ${eligible.join(', ')}`] : []),
    ...next.map((step) => `Next: ${step}`),
    code,
  ];
  const made = element(
    'section',
    'note bad',
    element('p', undefined, detail),
    ...lines.map((line) => element('p', 'small', line)),
  );
  made.setAttribute('role', 'alert');
  return made;
}

export function mismatchView(problems: readonly string[]): HTMLElement {
  const made = element(
    'section',
    'mismatch',
    element('h1', undefined, 'What the server sent does not match the capsule. Do not sign.'),
    element('ul', undefined, ...problems.map((problem) => element('li', undefined, problem))),
    element('p', undefined, 'Tell whoever runs this server, and keep this page open for them.'),
  );
  made.setAttribute('role', 'alert');
  return made;
}

/** What the person who looks may do. */
export interface Panel {
  readonly person: string;
  readonly roles: readonly string[];
  /** Why a signature in this role is not possible now. */
  readonly obstacle: (role: string | undefined) => string | undefined;
  readonly onSign: (role: string) => void;
  readonly onRegister: () => void;
}

export function reviewView(review: Review, panel: Panel): HTMLElement {
  const { capsule, words, page } = review.opened;
  return element(
    'div',
    undefined,
    element(
      'p',
      'small',
      `${capsule.proposal.id}, revision ${capsule.proposal.revision}, ${review.data.state ?? 'unknown'}`,
    ),
    element('h1', undefined, capsule.proposal.title),
    marked(element('p', 'words', words), 'words'),
    element(
      'p',
      undefined,
      'Compare these words with those that you were shown elsewhere. If they differ, sign nothing.',
    ),
    digests(review),
    signatures(review),
    element('h2', undefined, 'Exactly what is signed'),
    element(
      'p',
      'small',
      'Made here from the bytes of the capsule. The digest of this text is part of your signature.',
    ),
    marked(element('pre', undefined, page), 'exact'),
    panelView(review, panel),
  );
}

const digests = ({ opened: { digest, pageDigest, capsule } }: Review): HTMLElement =>
  marked(
    facts([
      ['Capsule', digest],
      ['This text', pageDigest],
      ['Change', capsule.changeDigest],
    ]),
    'digests',
  );

function signatures(review: Review): HTMLElement {
  const { given, needed } = progressOf(review);
  const signed = review.data.approvals.map(({ person, role }) => `${nameOf(review.people, person)} as ${role}`);
  return element(
    'p',
    undefined,
    `${given} of ${needed} signatures${signed.length > 0 ? `: ${signed.join(', ')}` : ''}`,
  );
}

function panelView(review: Review, panel: Panel): HTMLElement {
  const { person, roles, onSign, onRegister } = panel;
  const made = element('section', 'panel');
  const draw = (role: string | undefined): void => {
    const why = panel.obstacle(role);
    const sign = (): void => {
      if (role !== undefined) onSign(role);
    };
    made.replaceChildren(
      element(
        'p',
        undefined,
        `You are ${nameOf(review.people, person)}${role === undefined ? '.' : `, signing as ${role}.`}`,
      ),
      ...(roles.length > 1 ? [choice('Sign as', [role ?? '', ...roles.filter((one) => one !== role)], draw)] : []),
      ...(why === undefined ? [] : [element('p', undefined, why)]),
      button('Countersign', sign, why !== undefined),
      button('Register a passkey for this page', onRegister),
    );
  };
  draw(roles[0]);
  return made;
}
