/** Words the table of attacks is written in. */
import type { DsseEnvelope } from '@countersign/seal';
import type { OpenedCapsule } from '../../demo/sign.ts';
import type { Attack, Launch, Scene } from '../attack.ts';
import { attemptOf, carriedOut, refusedAs } from '../trials.ts';
import { approval, type ApprovalPlan } from './approval.ts';
import { order, type OrderPlan } from './order.ts';

export type Planner = (scene: Scene) => OrderPlan;

/** An order of this plan with everything honest around it. */
export const ordered =
  (planner: Planner): Launch =>
  (scene) =>
    attemptOf(scene, order(scene.world, planner(scene)));

export interface Row extends Pick<Attack, 'name' | 'claim' | 'threats' | 'requirements'> {
  readonly code: string;
  readonly plan: Planner;
  /** The plan whose order must go through. */
  readonly twin?: Planner;
}

/** An attack that is one order, refused. */
export const row = ({ code, plan, twin, ...about }: Row): Attack => ({
  ...about,
  run: refusedAs(code, ordered(plan)),
  ...(twin !== undefined && { twin: carriedOut(ordered(twin)) }),
});

export const people = (): OrderPlan => ({ authority: 'people' });
export const alone = (): OrderPlan => ({ authority: 'alone' });

/** Approvals as planned, signed over whatever capsule comes out. */
export const approvedBy =
  (
    scene: Scene,
    plans: readonly (ApprovalPlan | ((opened: OpenedCapsule) => ApprovalPlan))[],
  ): ((opened: OpenedCapsule) => readonly DsseEnvelope[]) =>
  (opened) =>
    plans.map((plan) => approval(scene.world, opened, typeof plan === 'function' ? plan(opened) : plan));

export const ANA = { person: 'ana', role: 'release-approver' } as const;
export const BEN = { person: 'ben', role: 'release-approver' } as const;
export const ELSEWHERE: string = `sha256:${'e'.repeat(64)}`;
