/** Asks who is looking, when no link brought a session along. */
import { useEffect, useState, type ReactNode, type SyntheticEvent } from 'react';
import { Button, Section } from '../ui/parts.tsx';
import { isSession, type Session } from './session.ts';
import { clientOf, offered, signInAddress } from './sign-in.ts';

interface SessionFormProps {
  readonly proposal: string | undefined;
  readonly onSession: (session: Session) => void;
}

export function SessionForm({ proposal, onSession }: SessionFormProps): ReactNode {
  const [person, setPerson] = useState('');
  const [token, setToken] = useState('');
  const [isWrong, setWrong] = useState(false);
  const [organisations, setOrganisations] = useState<readonly string[]>([]);
  useEffect(() => {
    void offered(clientOf(undefined)).then(setOrganisations);
  }, []);
  const submit = (): void => {
    const session = { person: person.trim(), token: token.trim() };
    if (isSession(session)) onSession(session);
    else setWrong(true);
  };
  const onSubmit = (event: SyntheticEvent): void => {
    event.preventDefault();
    submit();
  };
  const field = 'mt-1 block w-full max-w-md rounded border border-slate-400 bg-transparent p-2';
  return (
    <Section title="Who are you?">
      {organisations.map((organisation) => (
        <p key={organisation} className="mb-3">
          <a className="font-bold underline" href={signInAddress(organisation, location.pathname)}>
            Sign in as somebody of {organisation}
          </a>
        </p>
      ))}
      <p>
        Open the link that <code className="break-words">cs approve {proposal ?? 'PROPOSAL'} --as PERSON</code> prints,
        or give your id and access token here. A token lets you read and reject; approving always takes your passkey or
        key.
      </p>
      <form className="mt-3 space-y-3" onSubmit={onSubmit}>
        <label className="block">
          Person
          <input
            className={field}
            name="person"
            autoComplete="username"
            value={person}
            onChange={(event) => setPerson(event.target.value)}
          />
        </label>
        <label className="block">
          Access token
          <input
            className={field}
            name="token"
            type="password"
            autoComplete="current-password"
            value={token}
            onChange={(event) => setToken(event.target.value)}
          />
        </label>
        {isWrong ? <p role="alert">A person is an id such as ana; a token has 16 to 200 characters.</p> : null}
        <Button tone="plain" isSubmit>
          Continue
        </Button>
      </form>
    </Section>
  );
}
