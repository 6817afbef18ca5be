/** Ids of a made estate. */
import { parseId, type NodeId, type TargetId } from '@countersign/core';

const made = <T>(id: T | undefined): T => {
  if (id === undefined) throw new Error('a made id is malformed');
  return id;
};
export const nodeIdOf = (node: number): NodeId => made(parseId<'Node'>(`n${node}`));
export const targetIdOf = (node: number): TargetId => made(parseId<'Target'>(`n${node}`));
