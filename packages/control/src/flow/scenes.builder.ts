/** Where tests like to begin: a proposal that waits, an act on its way, a breaker that opened. */
import type { Opened } from '../enclaves/enclave.builder.ts';
import {
  capsulesFor,
  draft,
  drilled,
  must,
  now,
  production,
  propose,
  report,
  staging,
  witness,
} from './desk.builder.ts';
import { shownId } from './desk.parse.ts';

/** A config change up to the point where people are asked. */
export async function pending(): Promise<string> {
  const id = shownId(await must(propose(await draft('config.change')), 201));
  await witness();
  const [run] = await capsulesFor('staging-1');
  if (run === undefined) throw new Error('no validation capsule');
  await must(report('staging-1', staging().validation(run, now())), 200);
  return id;
}

/** A drilled restart that runs alone, as it reached its enclave. */
export async function dispatched(): Promise<{ readonly id: string; readonly sent: Opened }> {
  await drilled();
  const id = shownId(await must(propose(await draft('service.restart')), 201));
  await witness();
  const [sent] = await capsulesFor('prod-1');
  if (sent === undefined) throw new Error('nothing was sent');
  return { id, sent };
}

/** Its only target fails and the breaker opens. */
export async function tripped(): Promise<{ readonly id: string; readonly sent: Opened }> {
  const { id, sent } = await dispatched();
  const [target] = sent.capsule.targets;
  if (target === undefined) throw new Error('no target');
  const at = now();
  await must(
    report(
      'prod-1',
      production().progress(sent, 0, [
        { type: 'started', at },
        { type: 'leased', at, target: target.id, lease: 1 },
        { type: 'verdict', at, target: target.id, verdict: 'failure', detail: 'no answer' },
        { type: 'tripped', at, trip: 1, cause: 'no answer' },
      ]),
    ),
    200,
  );
  return { id, sent };
}
