/** Chooses the page by the address, and holds who is looking. */
import { useEffect, useMemo, useState, type ReactNode } from 'react';
import { QueuePage } from './queue/queue-page.tsx';
import { routeOf } from './route.ts';
import { SessionForm } from './session/session-form.tsx';
import { clientOf, whoSignedIn } from './session/sign-in.ts';
import { forgetSession, loadSession, saveSession, type Session } from './session/session.ts';
import { SignPage } from './sign/sign-page.tsx';
import { Button, ToQueue } from './ui/parts.tsx';
import { TrustBanner } from './ui/trust-banner.tsx';

export function App(): ReactNode {
  const [session, setSession] = useState<Session | undefined>(loadSession);
  const enter = (next: Session): void => {
    saveSession(next);
    setSession(next);
  };
  const leave = (): void => {
    forgetSession();
    // A cookie is the server's to end; when it cannot be reached the session ends by itself.
    if (session !== undefined && session.token === undefined)
      void clientOf(session)
        .signOut()
        .catch(() => undefined);
    setSession(undefined);
  };
  // Once, when the page opens: later somebody may have left.
  const [isLooking, setLooking] = useState(session === undefined);
  useEffect(() => {
    if (!isLooking) return;
    const look = async (): Promise<void> => {
      const found = await whoSignedIn(clientOf(undefined));
      setLooking(false);
      if (found !== undefined) setSession(found);
    };
    void look();
  }, [isLooking]);
  const client = useMemo(() => (session === undefined ? undefined : clientOf(session)), [session]);
  return (
    <div className="min-h-dvh overflow-x-clip bg-slate-50 text-slate-900 dark:bg-slate-950 dark:text-slate-100">
      <header className="border-b border-slate-300 dark:border-slate-700">
        <div className="mx-auto flex max-w-5xl flex-wrap items-center justify-between gap-2 px-4 py-2">
          <a href="/" className="font-bold">
            Countersign
          </a>
          {session === undefined ? null : (
            <span className="flex items-center gap-3">
              <span>{session.person}</span>
              <Button tone="plain" onPress={leave}>
                Leave
              </Button>
            </span>
          )}
        </div>
      </header>
      {client === undefined ? null : <TrustBanner client={client} />}
      <main className="mx-auto max-w-5xl px-4 pb-24">
        <Page session={session} onSession={enter} onLeave={leave} />
      </main>
    </div>
  );
}

interface PageProps {
  readonly session: Session | undefined;
  readonly onSession: (session: Session) => void;
  readonly onLeave: () => void;
}

function Page({ session, onSession, onLeave }: PageProps): ReactNode {
  const route = useMemo(() => routeOf(location.pathname), []);
  const client = useMemo(() => clientOf(session), [session]);
  if (route.page === 'unknown')
    return (
      <>
        <p className="mt-6">There is no such page.</p>
        <ToQueue />
      </>
    );
  const proposal = route.page === 'sign' ? route.proposal : undefined;
  if (session === undefined) return <SessionForm proposal={proposal} onSession={onSession} />;
  if (proposal === undefined) return <QueuePage client={client} onLeave={onLeave} />;
  return (
    <SignPage
      key={`${proposal} ${session.person}`}
      client={client}
      proposal={proposal}
      person={session.person}
      onLeave={onLeave}
    />
  );
}
