/** One proposal, from the question to the signature. */
import type { Client } from '@countersign/client';
import { useEffect, type ReactNode } from 'react';
import { Button, Notice, Skeleton, ToQueue } from '../ui/parts.tsx';
import { ProblemView } from '../ui/problem-view.tsx';
import { concerns, validationOf } from './against.ts';
import { ChangedSection } from './changed-section.tsx';
import { Mismatch, Replaced, ReviewSections } from './review-sections.tsx';
import { SignPanel } from './sign-panel.tsx';
import type { Review } from './standing.ts';
import { useReview, type LiveReview } from './use-review.ts';

interface SignPageProps {
  readonly client: Client;
  readonly proposal: string;
  readonly person: string;
  readonly onLeave: () => void;
}

export function SignPage(props: SignPageProps): ReactNode {
  const { client, proposal, onLeave } = props;
  const live = useReview(client, proposal);
  const { standing } = live;
  useEffect(() => {
    document.title = `${proposal} · Countersign`;
  }, [proposal]);
  switch (standing.state) {
    case 'loading':
      return <Skeleton label={`Loading ${proposal}`} />;
    case 'no-session':
      return (
        <Notice tone="warning">
          <p>The server does not know this access token.</p>
          <p className="mt-2">
            <Button tone="plain" onPress={onLeave}>
              Say who you are
            </Button>
          </p>
        </Notice>
      );
    case 'problem':
      return (
        <>
          <ProblemView problem={standing.problem} />
          <ToQueue />
        </>
      );
    case 'mismatch':
      return <Mismatch problems={standing.problems} />;
    case 'open':
      return <OpenReview {...props} review={standing.review} live={live} />;
    case 'decided':
      return (
        <>
          <Heading review={standing.review} />
          <Notice tone="good">
            <p className="font-semibold">
              This proposal is {standing.review.data.state ?? 'decided'}. Nothing waits for your signature.
            </p>
          </Notice>
          <ToQueue />
          <ReviewSections review={standing.review} />
        </>
      );
  }
}

interface OpenReviewProps extends SignPageProps {
  readonly review: Review;
  readonly live: LiveReview;
}

function OpenReview({ client, person, review, live: { freshness, reread } }: OpenReviewProps): ReactNode {
  const { data, opened } = review;
  const found = concerns({
    capsule: opened.capsule,
    decision: data.decision,
    validation: validationOf(data.validation),
  });
  return (
    <>
      <Heading review={review} />
      {freshness.isReplaced ? (
        <Replaced
          onReread={
            <Button tone="plain" onPress={reread}>
              Read the new capsule
            </Button>
          }
        />
      ) : null}
      {freshness.isLive ? null : (
        <Notice tone="warning">Connecting to the record. Signing is locked until events arrive.</Notice>
      )}
      {review.delta === undefined ? null : <ChangedSection delta={review.delta} />}
      <ReviewSections review={review} />
      <SignPanel client={client} review={review} freshness={freshness} person={person} hasConcerns={found.length > 0} />
    </>
  );
}

function Heading({ review: { data, opened } }: { readonly review: Review }): ReactNode {
  const { capsule, digest, words } = opened;
  return (
    <div className="mt-6">
      <p className="text-slate-600 dark:text-slate-400">
        {capsule.proposal.id}, revision {capsule.proposal.revision} · {capsule.change.action} ·{' '}
        {data.state ?? 'unknown'} · envelope v{capsule.envelope.version}
        {capsule.isDemo ? ' · DEMO' : ''}
      </p>
      <h1 className="text-2xl font-bold break-words">{capsule.proposal.title}</h1>
      <p
        className="mt-2 text-xl font-semibold break-words text-teal-800 dark:text-teal-300"
        aria-label="The digest in words"
      >
        {words}
      </p>
      <p className="font-mono text-xs break-all">{digest}</p>
    </div>
  );
}
