/** A newer version of an open desk's envelope, and a look at what is open under it. */
import { digestOf, type DsseEnvelope } from '@countersign/seal';
import { control, must, now, policy, production, remediations, report, world } from '../flow/desk.builder.ts';
import { dispatched } from '../flow/scenes.builder.ts';
import { Redecide } from './redecide.ts';

export const look = (): Promise<number> => new Redecide(control.deps, remediations).look(world.organisation);
export const contentOf = (dsse: DsseEnvelope): object => {
  const content: unknown = JSON.parse(Buffer.from(dsse.payload, 'base64').toString());
  if (typeof content !== 'object' || content === null) throw new TypeError('the payload is not an object');
  return content;
};
/** Version 2, with `change`, is in force. */
export const activate = (change: object): Promise<unknown> =>
  must(
    control.ask('person:kim', 'POST', '/api/v1/envelope', {
      body: {
        envelope: world.envelope({
          ...contentOf(policy(2)),
          ...change,
          supersedes: digestOf(Buffer.from(policy(1).payload, 'base64')),
        }),
      },
    }),
    200,
  );
export const suspend = (): Promise<unknown> => must(control.ask('person:ana', 'POST', '/api/v1/envelope/suspend'), 200);
/** A restart that runs. */
export const started = async (): Promise<{ readonly id: string; readonly digest: string }> => {
  const { id, sent } = await dispatched();
  await must(report('prod-1', production().progress(sent, 0, [{ type: 'started', at: now() }])), 200);
  return { id, digest: sent.digest };
};
