/** A refusal with everything one can act on. */
import type { Problem } from '@countersign/client';
import type { ReactNode } from 'react';
import { stepUpAddress } from '../session/sign-in.ts';
import { Notice } from './parts.tsx';

const MAX_COMPLAINTS = 20;

export function ProblemView({ problem }: { readonly problem: Problem }): ReactNode {
  const { detail, clause, code, complaints, eligible, next, requestId } = problem;
  return (
    <Notice tone="danger">
      <p className="font-semibold break-words">
        {detail}
        {clause === undefined ? null : ` (${clause})`}
      </p>
      {complaints.length === 0 ? null : (
        <ul className="mt-1 list-disc pl-5">
          {complaints.slice(0, MAX_COMPLAINTS).map(({ at, problem: what }) => (
            <li key={`${at} ${what}`}>
              <code>{at === '' ? '/' : at}</code> {what}
            </li>
          ))}
        </ul>
      )}
      {eligible.length === 0 ? null : <p className="mt-1">Who may: {eligible.join(', ')}</p>}
      {next.map((step) => (
        <p key={step} className="mt-1">
          Next: {step}
        </p>
      ))}
      {code === 'step-up-required' ? (
        <p className="mt-1">
          <a className="font-bold underline" href={stepUpAddress(location.pathname)}>
            Sign in again
          </a>
        </p>
      ) : null}
      <p className="mt-1 text-sm">
        {code}
        {requestId === undefined ? null : `, request ${requestId}`}
      </p>
    </Notice>
  );
}
