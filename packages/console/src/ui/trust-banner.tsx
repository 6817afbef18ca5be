/** What of the trust bundle ends soon, above every page: at its end nothing new starts anywhere, and only people can renew it (X1). */
import type { Client } from '@countersign/client';
import { useEffect, useState, type ReactNode } from 'react';

const AGAIN_MS = 600_000;

/** Asked now and every ten minutes; a server that does not answer is told of by the page below. */
export function TrustBanner({ client }: { readonly client: Pick<Client, 'trust'> }): ReactNode {
  const [warnings, setWarnings] = useState<readonly string[]>([]);
  useEffect(() => {
    let isGone = false;
    const look = async (): Promise<void> => {
      const found = await client.trust().catch(() => undefined);
      if (!isGone && found !== undefined) setWarnings(found.warnings ?? []);
    };
    void look();
    const timer = setInterval(() => void look(), AGAIN_MS);
    return () => {
      isGone = true;
      clearInterval(timer);
    };
  }, [client]);
  return <TrustWarnings warnings={warnings} />;
}

export function TrustWarnings({ warnings }: { readonly warnings: readonly string[] }): ReactNode {
  if (warnings.length === 0) return null;
  return (
    <div
      role="alert"
      className="border-b-2 border-amber-700 bg-amber-100 text-amber-950 dark:border-amber-400 dark:bg-amber-950 dark:text-amber-100"
    >
      <div className="mx-auto max-w-5xl px-4 py-2">
        <p className="font-bold">Execution closes when trust ends</p>
        <ul>
          {warnings.map((warning) => (
            <li key={warning} className="break-words">
              {warning}
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}
