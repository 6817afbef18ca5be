/** Attacks on what people see when they sign: a page of the server can show one thing and ask for another (A2, T18). */
import type { OpenedCapsule } from '../../demo/sign.ts';
import type { Attack, Scene } from '../attack.ts';
import { attemptOf, refusedAs } from '../trials.ts';
import { approval } from '../world/approval.ts';
import { order } from '../world/order.ts';
import { CONSOLE, OWN_PAGE, signedOn, type SigningPage } from '../world/passkey.ts';
import { ANA, approvedBy, people, row, type Planner } from '../world/shorthand.ts';

interface Signing {
  /** Where the passkey was made. */
  readonly page: SigningPage;
  /** Where it is used. */
  readonly shown?: SigningPage;
  /** What the signed statement says of the place. */
  readonly surface: string;
}

/** Pia has a passkey on the console and one on the page her organisation hosts. */
const byPia =
  ({ world }: Scene, { surface, ...where }: Signing) =>
  (opened: OpenedCapsule): ReturnType<typeof signedOn> => {
    const said = approval(world, opened, { person: 'pia', role: 'release-approver', change: { surface } });
    return signedOn(world.keys, said, where);
  };

const signed =
  (signing: Signing): Planner =>
  (scene) => ({ ...people(), approvals: (opened) => [byPia(scene, signing)(opened)] });

const surface = { threats: ['T4', 'T18', 'I1'], requirements: ['A2', 'X1'] } as const;

export const SURFACE_ATTACKS: readonly Attack[] = [
  row({
    ...surface,
    name: 'approved-on-the-console-alone',
    claim: 'all signatures over an act in production were made on a page that the server delivers',
    code: 'own-surface-missing',
    plan: signed({ page: CONSOLE, surface: 'console' }),
    twin: signed({ page: OWN_PAGE, surface: 'page' }),
  }),
  row({
    ...surface,
    name: 'console-says-it-is-cs',
    claim: 'a page of the server writes into the statement that it is the program `cs`',
    code: 'approval-not-bound',
    plan: signed({ page: CONSOLE, surface: 'cli' }),
    twin: (scene) => ({
      ...people(),
      approvals: (opened) => [
        byPia(scene, { page: CONSOLE, surface: 'console' })(opened),
        ...approvedBy(scene, [ANA])(opened),
      ],
    }),
  }),
  row({
    ...surface,
    name: 'own-key-used-on-the-console',
    claim: 'the passkey of the organisation’s page is used on a page of the server',
    code: 'approval-forged',
    plan: signed({ page: OWN_PAGE, shown: CONSOLE, surface: 'page' }),
  }),
  row({
    ...surface,
    name: 'own-key-used-on-a-look-alike',
    claim: 'the passkey of the organisation’s page is used on one with a similar address',
    code: 'approval-forged',
    plan: signed({
      page: OWN_PAGE,
      shown: { ...OWN_PAGE, origin: 'https://approve.example.evil', rpId: 'approve.example.evil' },
      surface: 'page',
    }),
  }),
  {
    ...surface,
    name: 'page-shows-one-thing-and-asks-for-another',
    claim: 'the served page shows one change and lets people sign another',
    run: async (scene) => {
      const onConsole = byPia(scene, { page: CONSOLE, surface: 'console' });
      const asked = order(scene.world, { ...people(), approvals: (opened) => [onConsole(opened)] });
      const shown = order(scene.world, { ...people(), approvals: () => asked.delivery.approvals });
      // What was asked for needs somebody who read it elsewhere; what was shown was never signed.
      return [
        ...(await refusedAs('own-surface-missing', (on) => attemptOf(on, asked))(scene)),
        ...(await refusedAs('approval-not-bound', (on) => attemptOf(on, shown))(scene)),
      ];
    },
  },
];
