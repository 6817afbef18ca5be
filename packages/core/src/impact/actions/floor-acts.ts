/** Acts that no step here makes safe: data until an adapter can restore it, and what the floor keeps for people (L7). */
import type { Step } from '../../proposal/step.ts';
import type { ActionType } from '../../proposal/change.ts';
import { nodeAt, neighbours } from '../wiring.ts';
import { sorted, type Reading, type Study } from './study.ts';

type DataStep = Extract<Step, { adapter: 'data' }>;

/** Restoring takes what was written since the copy; destroying takes everything. Neither can be put back here. */
export function readData({ index }: Study, { operation, store }: DataStep): Reading {
  const position = index.positions.get(store);
  const users = position === undefined ? [] : neighbours(index, position, { kind: 'depends-on', way: 'up' });
  const nodes = sorted([store, ...users.flatMap((user) => nodeAt(index, user)?.id ?? [])]);
  return {
    findings: [
      {
        kind: 'data-prohibited',
        clause: 'X6',
        text: `${operation} of ${store} is prohibited until an adapter can put its data back and prove it`,
        nodes,
      },
    ],
    missing: position === undefined ? [`store ${store} in the graph`] : [],
    touched: [store],
    seeds: [
      [
        store,
        {
          health: 'down',
          because: operation === 'restore' ? 'is restored from a copy' : 'is destroyed',
          isMeant: true,
        },
      ],
    ],
    dataEffects: 'lost',
    isFinal: true,
  };
}

/** The graph says nothing about these: who may do them is the floor's word (L7). */
export const readFloorAct = (action: ActionType): Reading => ({
  findings: [{ kind: 'floor', clause: 'L7', text: `${action} is for people: the floor rules it`, nodes: [] }],
});
