/** Where a person says yes or no. No is one press and a reason; yes is a passkey over the digest that is shown here. */
import { parseId } from '@countersign/core';
import type { Client } from '@countersign/client';
import { useEffect, useId, useMemo, useRef, useState, type ReactNode, type RefObject } from 'react';
import { countersign, register } from '../passkey/ceremony.ts';
import { nameOf, passkeysOf } from '../passkey/roster.ts';
import { Button, Notice, Section } from '../ui/parts.tsx';
import { ProblemView } from '../ui/problem-view.tsx';
import { RejectForm } from './reject-form.tsx';
import { ownDelta } from './open-delta.ts';
import { obstacle, rolesOf, type Freshness, type Review } from './standing.ts';
import { useAction, type ActionState } from './use-action.ts';

interface SignPanelProps {
  readonly client: Client;
  readonly review: Review;
  readonly freshness: Freshness;
  /** Whose session this is: people sign, enrol and reject for themselves. */
  readonly person: string;
  readonly hasConcerns: boolean;
}

export function SignPanel({ client, review, freshness, person, hasConcerns }: SignPanelProps): ReactNode {
  const { opened, data, people } = review;
  const roles = rolesOf(data, person);
  const [chosen, setRole] = useState<string>();
  const role = chosen ?? roles[0];
  const passkeys = useMemo(() => passkeysOf(people, { person, origin: location.origin }), [people, person]);
  const name = nameOf(people, person);
  const { action, perform } = useAction();
  const stop = useStop();
  const reason = useId();
  const now = useClock();
  const why = obstacle(review, freshness, { person, name, role, passkeys: passkeys.length, now });
  const isBusy = action.state === 'running';
  const proposal = opened.capsule.proposal.id;

  const sign = (): void => {
    const signer = { person: parseId<'Person'>(person), role: parseId<'Role'>(role ?? '') };
    const { person: who, role: duty } = signer;
    if (why !== undefined || who === undefined || duty === undefined) return;
    const signed = ownDelta(review, person, role)?.opened ?? opened;
    const work = (): Promise<void> =>
      countersign(client, { opened: signed, signer: { person: who, role: duty }, passkeys, surface: 'console' });
    perform({ what: 'Waiting for your passkey', done: `Your signature over ${opened.words} was accepted.`, work });
  };
  const enrol = (): void =>
    perform({
      what: 'Registering; the registrars have to sign the new roster',
      done: 'The passkey is in the roster now. It can sign.',
      work: () => register(client, person, stop.current),
    });

  return (
    <Section title="Your word">
      <p>
        You are <strong>{name}</strong>
        {role === undefined ? ' and nobody asks you to sign this.' : '.'}
      </p>
      {roles.length > 1 ? <RoleChoice roles={roles} role={role} onRole={setRole} /> : null}
      {role === undefined ? null : (
        <p className="mt-2">
          You would sign as <strong>{role}</strong>: <span className="font-mono break-words">{opened.words}</span>
        </p>
      )}
      <p id={reason} className="mt-2 min-h-6">
        {why}
      </p>
      <div className="mt-2 flex flex-wrap gap-3">
        <Button
          tone={hasConcerns ? 'caution' : 'go'}
          isDisabled={why !== undefined || isBusy}
          describedBy={reason}
          onPress={sign}
        >
          Countersign
        </Button>
        <Button tone="plain" isDisabled={isBusy} onPress={enrol}>
          Register a passkey
        </Button>
      </div>
      <ActionNote action={action} />
      <RejectForm client={client} proposal={proposal} isUrged={hasConcerns} isBusy={isBusy} perform={perform} />
    </Section>
  );
}

interface RoleChoiceProps {
  readonly roles: readonly string[];
  readonly role: string | undefined;
  readonly onRole: (role: string) => void;
}

function RoleChoice({ roles, role, onRole }: RoleChoiceProps): ReactNode {
  return (
    <label className="mt-2 block">
      Sign as
      <select
        className="ml-2 rounded border border-slate-400 bg-white p-2 dark:bg-slate-900"
        value={role}
        onChange={(event) => onRole(event.target.value)}
      >
        {roles.map((one) => (
          <option key={one}>{one}</option>
        ))}
      </select>
    </label>
  );
}

function ActionNote({ action }: { readonly action: ActionState }): ReactNode {
  switch (action.state) {
    case 'idle':
      return null;
    case 'running':
      return <Notice tone="warning">{action.what}…</Notice>;
    case 'done':
      return <Notice tone="good">{action.text}</Notice>;
    case 'failed':
      return <ProblemView problem={action.problem} />;
  }
}

/** Aborted when the page goes, so that nothing waits on without it. A new one for each time the panel comes. */
function useStop(): RefObject<AbortSignal> {
  const stop = useRef(AbortSignal.abort());
  useEffect(() => {
    const controller = new AbortController();
    stop.current = controller.signal;
    return () => controller.abort();
  }, []);
  return stop;
}

const TICK_MS = 10_000;

/** The time, often enough for windows that end. */
function useClock(): string {
  const [now, setNow] = useState(() => new Date().toISOString());
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date().toISOString()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  return now;
}
