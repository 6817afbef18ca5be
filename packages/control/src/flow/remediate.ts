/**
 * The durable flow of one remediation: it only waits, and at every wake-up or expiry reads the tables again. A message is a
 * reason to look, never an authority; without the engine nothing is lost, the sweep finds what is open.
 */
import { DBOS } from '@dbos-inc/dbos-sdk';
import type { OrganisationId, ProposalId } from '@countersign/core';
import type { Advance, Standing } from './standing.ts';

export const WAKE = 'wake';
/** A flow's history grows with every look; after this many it ends and the sweep starts the next one. */
const MAX_LOOKS = 500;
const MAX_WAIT_MS = 3_600_000;

/** The engine keeps functions in one registry a process, so what the flow calls is bound before the launch. */
const bound: { advance: Advance | undefined } = { advance: undefined };
export const bindAdvance = (advance: Advance): void => {
  bound.advance = advance;
};

async function look(organisation: OrganisationId, proposal: ProposalId): Promise<Standing> {
  if (bound.advance === undefined) throw new Error('the flow was started before it was bound');
  return bound.advance({ organisation, proposal });
}

export const remediate: (organisation: OrganisationId, proposal: ProposalId) => Promise<string> = DBOS.registerWorkflow(
  async (organisation: OrganisationId, proposal: ProposalId): Promise<string> => {
    for (let looks = 0; looks < MAX_LOOKS; looks += 1) {
      // Advancing is idempotent and takes the row's lock: running twice after a crash changes nothing.
      const standing = await DBOS.runStep(() => look(organisation, proposal), { name: 'advance' });
      if (standing.isOver) return standing.state;
      await DBOS.recv<string>(WAKE, Math.ceil(Math.min(standing.waitMs, MAX_WAIT_MS) / 1000));
    }
    return 'continued';
  },
  { name: 'remediate-1' },
);
