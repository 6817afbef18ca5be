/** What changed since people signed the version before this one (D6). */
import type { ReactNode } from 'react';
import { Section } from '../ui/parts.tsx';
import type { OpenDelta } from './open-delta.ts';

const MEANING: Readonly<Record<OpenDelta['kind'], string>> = {
  narrower: 'It only became less. Signatures over the version before stand; nobody signs it twice.',
  delta: 'Whoever signed the version before signs this page and nothing else.',
  void: 'It became wider than that. Everybody signs the whole.',
};

export function ChangedSection({ delta }: { readonly delta: OpenDelta }): ReactNode {
  return (
    <Section title={`What changed since version ${delta.version} was signed`}>
      <p className="mb-2">{MEANING[delta.kind]}</p>
      <pre className="overflow-x-auto rounded border border-slate-300 p-3 text-xs dark:border-slate-700">
        {delta.page}
      </pre>
    </Section>
  );
}
