/** Keeps a proposal current: read once, again after every event about it, and locked while events do not come. */
import { Problem, type Client } from '@countersign/client';
import { useCallback, useEffect, useRef, useState } from 'react';
import { loadReview } from './load-review.ts';
import type { Freshness, Standing } from './standing.ts';

export interface LiveReview {
  readonly standing: Standing;
  readonly freshness: Freshness;
  /** Takes what is in force now as read. */
  readonly reread: () => void;
}

const digestOf = (standing: Standing): string | undefined =>
  standing.state === 'open' || standing.state === 'decided' ? standing.review.opened.digest : undefined;

export function useReview(client: Client, proposal: string): LiveReview {
  const [shown, setShown] = useState<Standing>({ state: 'loading' });
  const [waiting, setWaiting] = useState<Standing>();
  const [isLive, setLive] = useState(false);
  const read = useRef<Standing>({ state: 'loading' });

  const take = useCallback((next: Standing): void => {
    read.current = next;
    setShown(next);
    setWaiting(undefined);
  }, []);

  useEffect(() => {
    const stop = new AbortController();
    let asked = 0;
    const onChange = async (): Promise<void> => {
      asked += 1;
      const mine = asked;
      const next = await loadReview(client, proposal);
      // An answer that was overtaken by a later question says nothing any more.
      if (stop.signal.aborted || mine !== asked) return;
      // Another capsule never slips under the eyes of whoever is reading: it waits until they ask for it.
      if (isReplacement(read.current, next)) setWaiting(next);
      else take(next);
    };
    void onChange();
    void followEvents(client, { proposal, stop: stop.signal, onLive: setLive, onChange });
    return () => stop.abort();
  }, [client, proposal, take]);

  const reread = useCallback((): void => {
    if (waiting !== undefined) take(waiting);
  }, [waiting, take]);
  return { standing: shown, freshness: { isLive, isReplaced: waiting !== undefined }, reread };
}

/** Whether the capsule in force is another one than the one that was read. */
export function isReplacement(before: Standing, next: Standing): boolean {
  const [was, is] = [digestOf(before), digestOf(next)];
  return was !== undefined && is !== undefined && was !== is;
}

interface Listening {
  readonly proposal: string;
  readonly stop: AbortSignal;
  readonly onLive: (isLive: boolean) => void;
  readonly onChange: () => Promise<void>;
}

async function followEvents(client: Client, { proposal, stop, onLive, onChange }: Listening): Promise<void> {
  const onState = (state: 'live' | 'lost'): void => {
    if (stop.aborted) return;
    onLive(state === 'live');
    // Whatever happened while nobody listened is seen by reading again.
    if (state === 'live') void onChange();
  };
  try {
    for await (const { leaf } of client.events({ signal: stop, onState }))
      if (leaf.correlation === proposal || leaf.event === 'trust.updated') await onChange();
  } catch (error) {
    // Refused: what is shown can never be known to be current, so signing stays locked.
    if (!stop.aborted) onLive(false);
    if (!(error instanceof Problem)) throw error;
  }
}
