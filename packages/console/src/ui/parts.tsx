/** The few forms that every page is made of. Text is shown as text: nothing from outside becomes markup or a link. */
import type { ReactNode } from 'react';
import type { Fact } from '../sign/summary.ts';

interface SectionProps {
  readonly title: string;
  readonly children: ReactNode;
}

export function Section({ title, children }: SectionProps): ReactNode {
  return (
    <section className="mt-6 rounded-lg border border-slate-300 bg-white p-4 dark:border-slate-700 dark:bg-slate-900">
      <h2 className="mb-2 text-lg font-semibold">{title}</h2>
      {children}
    </section>
  );
}

export function Facts({ facts }: { readonly facts: readonly Fact[] }): ReactNode {
  return (
    <dl className="grid grid-cols-1 gap-x-6 gap-y-1 sm:grid-cols-[10rem_1fr]">
      {facts.map(({ label, value }) => (
        <div key={label} className="contents">
          <dt className="text-slate-600 dark:text-slate-400">{label}</dt>
          <dd className="mb-1 min-w-0 break-words sm:mb-0">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

const TONES = {
  plain: 'border-slate-400 text-slate-900 hover:bg-slate-100 dark:text-slate-100 dark:hover:bg-slate-800',
  go: 'border-teal-700 bg-teal-700 text-white hover:bg-teal-800',
  caution: 'border-red-700 text-red-800 hover:bg-red-50 dark:border-red-400 dark:text-red-300 dark:hover:bg-red-950',
  stop: 'border-red-700 bg-red-700 text-white hover:bg-red-800',
} as const;

interface ButtonProps {
  readonly tone: keyof typeof TONES;
  readonly children: string;
  readonly isDisabled?: boolean;
  readonly describedBy?: string | undefined;
  /** The one that Enter in a field of its form presses. */
  readonly isSubmit?: boolean;
  readonly onPress?: () => void;
}

export function Button({
  tone,
  children,
  isDisabled = false,
  describedBy,
  isSubmit = false,
  onPress,
}: ButtonProps): ReactNode {
  return (
    <button
      type={isSubmit ? 'submit' : 'button'}
      className={`min-h-11 rounded-md border-2 px-4 py-2 font-semibold disabled:cursor-not-allowed disabled:opacity-50 ${TONES[tone]}`}
      disabled={isDisabled}
      aria-describedby={describedBy}
      onClick={onPress}
    >
      {children}
    </button>
  );
}

/** The way on from a page that has nothing to offer. */
export function ToQueue(): ReactNode {
  return (
    <p className="mt-4">
      <a href="/" className="font-bold underline">
        What waits for people
      </a>
    </p>
  );
}

interface NoticeProps {
  readonly tone: 'warning' | 'danger' | 'good';
  readonly children: ReactNode;
}

const NOTICES = {
  warning: 'border-amber-600 bg-amber-50 text-amber-950 dark:bg-amber-950 dark:text-amber-100',
  danger: 'border-red-700 bg-red-50 text-red-950 dark:bg-red-950 dark:text-red-100',
  good: 'border-teal-700 bg-teal-50 text-teal-950 dark:bg-teal-950 dark:text-teal-100',
} as const;

export function Notice({ tone, children }: NoticeProps): ReactNode {
  return (
    <div role={tone === 'danger' ? 'alert' : 'status'} className={`mt-4 rounded-md border-l-8 p-3 ${NOTICES[tone]}`}>
      {children}
    </div>
  );
}

/** Stands where content will be, so that nothing jumps when it comes. */
export function Skeleton({ label }: { readonly label: string }): ReactNode {
  return (
    <div role="status" aria-label={label} className="mt-6 space-y-3">
      {['w-2/3', 'w-full', 'w-5/6', 'w-11/12', 'w-1/2'].map((width) => (
        <div key={width} className={`h-5 rounded bg-slate-200 motion-safe:animate-pulse dark:bg-slate-800 ${width}`} />
      ))}
    </div>
  );
}
