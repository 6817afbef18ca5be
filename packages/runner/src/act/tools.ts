/** What the act, the watch and the undo have in their hands. Made once per program; tests put their own clock in. */
import type { Result, RunnableStep } from '@countersign/core';
import type { Clock } from '../preflight/clock.ts';
import type { Inventory, LocalTarget } from '../preflight/inventory.ts';
import type { Caller } from '../watch/ask.ts';
import { configAdapter } from './config/config-adapter.ts';
import { serviceAdapter, type ServiceStep } from './service/service-adapter.ts';
import type { Adapter, AdapterContract, Back, Captured, ProbeResult } from './adapter.ts';
import type { Permit } from './permit.ts';
import type { TaskCredentials } from './task-credentials.ts';

export interface Tools {
  readonly caller: Caller;
  readonly inventory: Inventory;
  readonly clock: Clock;
  readonly service: Adapter<ServiceStep>;
}

export interface ToolParts {
  readonly caller: Caller;
  readonly inventory: Inventory;
  readonly clock: Clock;
  readonly credentials: TaskCredentials;
}

export const toolsOf = ({ caller, inventory, clock, credentials }: ToolParts): Tools => ({
  caller,
  inventory,
  clock,
  service: serviceAdapter(caller, credentials),
});

export function contractOf(tools: Tools, step: RunnableStep): AdapterContract {
  switch (step.adapter) {
    case 'config':
      return configAdapter.contract;
    case 'service':
      return tools.service.contract;
  }
}

export function captureStep(tools: Tools, step: RunnableStep, target: LocalTarget): Result<Captured | undefined> {
  switch (step.adapter) {
    case 'config':
      return configAdapter.capture(step, target);
    case 'service':
      return tools.service.capture(step, target);
  }
}

export function applyStep(
  tools: Tools,
  step: RunnableStep,
  { target, permit }: { readonly target: LocalTarget; readonly permit: Permit },
): Promise<Result<string>> {
  switch (step.adapter) {
    case 'config':
      return configAdapter.apply(step, target, permit);
    case 'service':
      return tools.service.apply(step, target, permit);
  }
}

export function probeStep(tools: Tools, step: RunnableStep, target: LocalTarget): Promise<ProbeResult> {
  switch (step.adapter) {
    case 'config':
      return configAdapter.probe(step, target);
    case 'service':
      return tools.service.probe(step, target);
  }
}

export function undoStep(
  tools: Tools,
  step: RunnableStep,
  { target, ...back }: Back & { readonly target: LocalTarget },
): Promise<Result<string>> {
  switch (step.adapter) {
    case 'config':
      return configAdapter.undo(step, target, back);
    case 'service':
      return tools.service.undo(step, target, back);
  }
}

/** Whether carrying out the steps makes a new instance, so that health must come from one. */
export const restarts = (steps: readonly RunnableStep[]): boolean => steps.some(({ adapter }) => adapter === 'service');
