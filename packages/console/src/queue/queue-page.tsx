/** What waits for people, shortly: each line leads to the page where it is read and signed. */
import type { Client, Problem, ProposalSummary } from '@countersign/client';
import { useEffect, useState, type ReactNode } from 'react';
import { asProblem } from '../sign/load-review.ts';
import { Button, Section, Skeleton } from '../ui/parts.tsx';
import { ProblemView } from '../ui/problem-view.tsx';

export type Queue =
  | { readonly state: 'loading' }
  | { readonly state: 'problem'; readonly problem: Problem }
  | { readonly state: 'ready'; readonly items: readonly ProposalSummary[]; readonly hasMore: boolean };

interface QueuePageProps {
  readonly client: Client;
  readonly onLeave: () => void;
}

const SHOWN = 50;

export function QueuePage({ client, onLeave }: QueuePageProps): ReactNode {
  const [queue, setQueue] = useState<Queue>({ state: 'loading' });
  useEffect(() => {
    let isGone = false;
    const show = (next: Queue): void => {
      if (!isGone) setQueue(next);
    };
    client.proposals({ state: 'PENDING', limit: SHOWN }).then(
      ({ items, next }) => show({ state: 'ready', items, hasMore: next !== undefined }),
      (error: unknown) => show({ state: 'problem', problem: asProblem(error) }),
    );
    return () => {
      isGone = true;
    };
  }, [client]);
  return (
    <>
      <h1 className="mt-6 text-2xl font-bold">Waiting for a countersignature</h1>
      <QueueBody queue={queue} onLeave={onLeave} />
    </>
  );
}

const counted = (count: number, thing: string): string => `${count} ${thing}${count === 1 ? '' : 's'}`;

export function QueueBody({ queue, onLeave }: { readonly queue: Queue; readonly onLeave: () => void }): ReactNode {
  switch (queue.state) {
    case 'loading':
      return <Skeleton label="Loading what waits" />;
    case 'problem':
      return (
        <>
          <ProblemView problem={queue.problem} />
          {queue.problem.status === 401 ? (
            <p className="mt-3">
              <Button tone="plain" onPress={onLeave}>
                Say who you are
              </Button>
            </p>
          ) : null}
        </>
      );
    case 'ready':
      return (
        <Section
          title={
            queue.items.length === 0
              ? 'Nothing waits'
              : `${counted(queue.items.length, 'proposal')}${queue.hasMore ? ' and more' : ''}`
          }
        >
          {queue.items.length === 0 ? <p>No proposal needs a person now.</p> : null}
          <ul className="divide-y divide-slate-300 dark:divide-slate-700">
            {queue.items.map(({ id, title, environment, targets }) => (
              <li key={id}>
                <a href={`/sign/${encodeURIComponent(id)}`} className="block py-3 hover:underline">
                  <span className="font-semibold">{id}</span> <span className="break-words">{title}</span>
                  <span className="block text-sm text-slate-600 dark:text-slate-400">
                    {[environment, targets === undefined ? undefined : counted(targets, 'target')]
                      .filter((part) => part !== undefined)
                      .join(', ')}
                  </span>
                </a>
              </li>
            ))}
          </ul>
        </Section>
      );
  }
}
