/** Attacks by repetition: one leave is one act on one host, however often and however fast it is delivered (I4, T14). */
import type { Attack, Scene } from '../attack.ts';
import { attemptOf, carriedOut, deliver, refusedAs } from '../trials.ts';
import { order } from '../world/order.ts';
import { alone, people, ordered } from '../world/shorthand.ts';

const QUIET_MS = 400;

/** The same delivery `times` times at once, under as many names: one restart a host, the others refused. */
const atOnce =
  (times: number) =>
  async (scene: Scene): Promise<readonly string[]> => {
    const { enclave, hosts, world } = scene;
    const restarts = await hosts.restarts();
    const from = enclave.mark();
    const made = order(world, { ...alone(), hosts: world.hosts(2) });
    deliver(scene, attemptOf(scene, made));
    for (let again = 1; again < times; again += 1) enclave.drop(made.delivery);
    await enclave.until(from, (report) => (report.kind === 'evidence' ? report : undefined), 30_000);
    await new Promise((done) => setTimeout(done, QUIET_MS));
    const touched = (await hosts.restarts()) - restarts;
    const refusals = enclave.since(from).flatMap((report) => (report.kind === 'refusal' ? [report.refusal] : []));
    // Whichever check comes first: used before, or its hosts are taken.
    const others = refusals.filter(({ code }) => code !== 'replay' && code !== 'overlap');
    return [
      ...(touched === 2 ? [] : [`${touched} restarts on 2 hosts`]),
      ...(refusals.length === 0 ? ['no repetition was reported'] : []),
      ...others.map(({ code }) => `refused as ${code}`),
      ...(enclave.isInboxEmpty() ? [] : ['a repetition still lies in the inbox']),
    ];
  };

/** Two capsules under one nonce, on different hosts, at the same time: one is carried out, the runner lives on. */
async function oneNonceAtOnce(scene: Scene): Promise<readonly string[]> {
  const { enclave, hosts, world } = scene;
  enclave.drop({ kind: 'trust', trust: world.trust });
  const restarts = await hosts.restarts();
  const from = enclave.mark();
  const first = order(world, people());
  const { nonce } = first.capsule;
  const second = order(world, { ...people(), capsule: () => ({ nonce }) });
  deliver(scene, attemptOf(scene, first));
  enclave.drop(second.delivery);
  const refused = await enclave.until(
    from,
    (report) => (report.kind === 'refusal' ? report.refusal : undefined),
    10_000,
  );
  await new Promise((done) => setTimeout(done, QUIET_MS));
  const touched = (await hosts.restarts()) - restarts;
  const afterwardsFine = await carriedOut(ordered(people))(scene);
  return [
    ...(refused.code === 'replay' ? [] : [`refused as ${refused.code}`]),
    ...(touched === 1 ? [] : [`${touched} restarts for one nonce`]),
    ...afterwardsFine,
  ];
}

/** First carried out, then delivered again; `again` makes the second delivery. */
const afterwards =
  (again: (scene: Scene, first: ReturnType<typeof order>) => ReturnType<typeof order>) =>
  async (scene: Scene): Promise<readonly string[]> => {
    const first = order(scene.world, people());
    const honest = await carriedOut(() => attemptOf(scene, first))(scene);
    if (honest.length > 0) return honest;
    return refusedAs('replay', () => attemptOf(scene, again(scene, first)))(scene);
  };

const about = { threats: ['T14', 'I4'], requirements: ['C1', 'X1', 'X7'] } as const;

export const REPLAY_ATTACKS: readonly Attack[] = [
  {
    ...about,
    name: 'capsule-delivered-again',
    claim: 'a capsule that was carried out is delivered again',
    run: afterwards((_, first) => first),
  },
  {
    ...about,
    name: 'nonce-used-again',
    claim: 'a new capsule carries the nonce of one that was carried out',
    run: afterwards(({ world }, { capsule: { nonce } }) => order(world, { ...people(), capsule: () => ({ nonce }) })),
    twin: carriedOut(ordered(people)),
  },
  {
    ...about,
    name: 'nonce-used-twice-at-once',
    claim: 'two capsules carry one nonce and come at the same time',
    runner: 'own',
    run: oneNonceAtOnce,
  },
  { ...about, name: 'capsule-twice-at-once', claim: 'a capsule is delivered twice at the same time', run: atOnce(2) },
  {
    ...about,
    name: 'capsule-five-times-at-once',
    claim: 'a capsule is delivered five times at the same time',
    run: atOnce(5),
  },
];
