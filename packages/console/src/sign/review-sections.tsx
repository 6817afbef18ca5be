/** The papers of a proposal, top down: why asked, what speaks against it, what it touches, proof, risk, who signs, exact text. */
import type { ReactNode } from 'react';
import { nameOf } from '../passkey/roster.ts';
import { Facts, Notice, Section } from '../ui/parts.tsx';
import { concerns, validationOf } from './against.ts';
import { progressOf, signersOf, type Review } from './standing.ts';
import { riskFacts, touches, validationFacts } from './summary.ts';

interface ReviewProps {
  readonly review: Review;
}

export function ReviewSections({ review }: ReviewProps): ReactNode {
  const { data, opened } = review;
  const validation = validationOf(data.validation);
  return (
    <>
      <Why review={review} />
      <Against found={concerns({ capsule: opened.capsule, decision: data.decision, validation })} />
      <Section title="What it touches">
        <Facts facts={touches(opened.capsule)} />
      </Section>
      <Section title="Validated in staging">
        {validation === undefined ? (
          <p>There is no result of a staging run.</p>
        ) : (
          <Facts facts={validationFacts(validation)} />
        )}
      </Section>
      <Section title="Risk assessment">
        <Facts facts={riskFacts(data.riskAssessment)} />
      </Section>
      <Signatures review={review} />
      <Section title="Exactly what is signed">
        <p className="mb-2 text-sm">
          Made in your browser from the bytes of the capsule. Its digest is part of your signature.
        </p>
        <pre
          tabIndex={0}
          aria-label="The capsule in plain text"
          className="max-h-[70vh] overflow-auto rounded bg-slate-100 p-3 text-xs leading-5 dark:bg-slate-950"
        >
          {opened.page}
        </pre>
      </Section>
    </>
  );
}

function Why({ review: { data } }: ReviewProps): ReactNode {
  return (
    <Section title="Why you are asked">
      <ul className="list-disc space-y-1 pl-5">
        {data.decision.reasons.map(({ clause, text }) => (
          <li key={`${clause} ${text}`}>
            {text} <span className="text-slate-600 dark:text-slate-400">({clause})</span>
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Against({ found }: { readonly found: readonly string[] }): ReactNode {
  return (
    <Section title="What speaks against it">
      {found.length === 0 ? <p>None of the things that are looked for was found.</p> : null}
      <ul className="space-y-1">
        {found.map((text) => (
          <li key={text} className="text-red-800 dark:text-red-300">
            <span aria-hidden="true">✗ </span>
            {text}
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Signatures({ review }: ReviewProps): ReactNode {
  const { data, opened, people } = review;
  const { given, needed } = progressOf(review);
  const candidates = signersOf(data).map((person) => `${nameOf(people, person)} (${person})`);
  return (
    <Section title="Who has to sign">
      <label className="block">
        {given} of {needed} signatures
        <progress
          className="mt-1 block h-3 w-full max-w-sm appearance-none overflow-hidden rounded [&::-moz-progress-bar]:bg-teal-700 [&::-webkit-progress-bar]:bg-slate-200 [&::-webkit-progress-value]:bg-teal-700 dark:[&::-webkit-progress-bar]:bg-slate-700"
          value={given}
          max={Math.max(needed, 1)}
        />
      </label>
      <ul className="mt-2 list-disc pl-5">
        {opened.capsule.demands.map(({ role, count }) => (
          <li key={role}>
            {count} × {role}
          </li>
        ))}
      </ul>
      {data.approvals.map(({ person, role }) => (
        <p key={`${person} ${role}`} className="mt-1">
          <span aria-hidden="true">✓ </span>
          {nameOf(people, person)} signed as {role}
        </p>
      ))}
      {data.owesOwnSurface === true ? (
        <Notice tone="warning">
          In production one of the signatures has to be made with <code>cs approve --key</code>, or on the approval page
          that your organisation hosts itself: this page is delivered by the server.
        </Notice>
      ) : null}
      <p className="mt-1 text-slate-600 dark:text-slate-400">
        May sign: {candidates.join(', ') || 'nobody on the roster'}
      </p>
    </Section>
  );
}

export function Mismatch({ problems }: { readonly problems: readonly string[] }): ReactNode {
  return (
    <div role="alert" className="relative left-1/2 w-screen -translate-x-1/2 bg-red-700 px-4 py-10 text-white sm:px-12">
      <h1 className="text-2xl font-bold">This page does not match the capsule. Do not sign.</h1>
      <ul className="mt-3 list-disc pl-5">
        {problems.map((problem) => (
          <li key={problem}>{problem}</li>
        ))}
      </ul>
      <p className="mt-3">Tell whoever runs this server, and keep this page open for them.</p>
    </div>
  );
}

export function Replaced({ onReread }: { readonly onReread: ReactNode }): ReactNode {
  return (
    <Notice tone="warning">
      <p className="font-semibold">The capsule was replaced while you were reading. What you see is the old one.</p>
      <p className="mt-2">{onReread}</p>
    </Notice>
  );
}
