/** Saying no: a code that the agent gets back, and a sentence. Needs no passkey (A3). */
import type { Client } from '@countersign/client';
import { useId, useState, type ReactNode } from 'react';
import { Button } from '../ui/parts.tsx';
import type { useAction } from './use-action.ts';

const CODES: readonly (readonly [string, string])[] = [
  ['false-positive', 'False alarm'],
  ['evidence', 'Not enough evidence'],
  ['scope', 'Too wide'],
  ['timing', 'Wrong time'],
  ['other', 'Something else'],
];
const MIN_RATIONALE = 3;

interface RejectFormProps {
  readonly client: Client;
  readonly proposal: string;
  /** The evidence speaks against it, so this is the emphasised way. */
  readonly isUrged: boolean;
  readonly isBusy: boolean;
  readonly perform: ReturnType<typeof useAction>['perform'];
}

export function RejectForm({ client, proposal, isUrged, isBusy, perform }: RejectFormProps): ReactNode {
  const [code, setCode] = useState('evidence');
  const [rationale, setRationale] = useState('');
  const owed = useId();
  const sentence = rationale.trim();
  const isOwed = sentence.length < MIN_RATIONALE;
  const reject = (): void =>
    perform({
      what: 'Rejecting',
      done: 'Rejected. The agent gets your reason.',
      work: () => client.reject(proposal, { code, rationale: sentence }),
    });
  return (
    <div className="mt-6 border-t border-slate-300 pt-4 dark:border-slate-700">
      <div className="flex flex-wrap items-end gap-3">
        <label className="block">
          Reason
          <select
            className="mt-1 block min-h-11 rounded border border-slate-400 bg-white p-2 dark:bg-slate-900"
            value={code}
            onChange={(event) => setCode(event.target.value)}
          >
            {CODES.map(([value, label]) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </select>
        </label>
        <label className="block grow">
          Why, for the agent
          <input
            className="mt-1 block min-h-11 w-full rounded border border-slate-400 bg-transparent p-2"
            value={rationale}
            maxLength={1000}
            onChange={(event) => setRationale(event.target.value)}
          />
        </label>
        <Button
          tone={isUrged ? 'stop' : 'plain'}
          isDisabled={isBusy || isOwed}
          describedBy={isOwed ? owed : undefined}
          onPress={reject}
        >
          Reject
        </Button>
      </div>
      {isOwed ? (
        <p id={owed} className="mt-2 text-sm">
          The agent gets your sentence, so a rejection needs one.
        </p>
      ) : null}
      <p className="mt-2 text-sm text-slate-600 dark:text-slate-400">
        Or in a terminal: <code className="break-words">{`cs reject ${proposal} --reason ${code} -m "..."`}</code>
      </p>
    </div>
  );
}
