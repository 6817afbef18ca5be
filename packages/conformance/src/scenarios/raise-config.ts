/** The config problem: checkouts of one production host time out; the fix is outside the envelope, so people are asked. */
import { checkoutTimeoutsAlert } from '../estate/documents/alertmanager.ts';
import { productionEstate } from '../estate/layout.ts';
import type { Stage } from './play-a.ts';
import { relay } from './relay-documents.ts';
import { until } from './wait.ts';

/** Sends the alert; gives the id of the proposal once it waits for people. */
export async function raiseConfigChange({ state, client, say }: Stage): Promise<string> {
  await relay(state, { source: 'alertmanager', document: checkoutTimeoutsAlert(productionEstate(), Date.now()) });
  const proposal = await until({ what: 'a config proposal that waits for people', timeoutMs: 60_000 }, async () => {
    const { items } = await client.proposals({ limit: 100 });
    const found = items.find(({ action }) => action === 'config.change');
    if (found !== undefined && found.state !== 'PENDING')
      throw new Error(`${found.id} is ${found.state}: ${found.reason ?? ''}`);
    return found;
  });
  say(`${proposal.id}: ${proposal.title}`);
  return proposal.id;
}
