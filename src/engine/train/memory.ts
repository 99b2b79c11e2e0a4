/**
 * Memory of a run before anything is allocated: the planner's slots, and everything that lies in the store. The sum is what the runner then
 * allocates, to the byte (a test holds it to that).
 */
import type { MemoryPlan, TrainingSettings } from '../../protocol/training.ts';
import { largestBinding, slotBytes } from '../graph/footprint.ts';
import type { Plan } from '../graph/plan.ts';
import { uniformBytes } from '../graph/program.ts';
import { byteLength } from '../graph/tensor.ts';
import type { BaseConfig } from '../models/family.ts';
import { ropeBytes } from '../models/rope.ts';
import type { Session } from '../models/session.ts';
import { type DeviceWeights, HEAD } from '../models/weights.ts';
import type { PreparedRun } from './run.ts';
import { historyBytes, inputsOf, type StepPlans } from './step.ts';

type Accumulation = Pick<TrainingSettings, 'gradient_accumulation_steps'>;

/** `dispatches` are those of one optimizer step: the largest micro-batch, as often as they accumulate, and the update. */
export function memoryPlan(
  { config, weights }: Pick<Session, 'config' | 'weights'>,
  { layout, plans, history, settings }: Pick<PreparedRun, 'layout' | 'plans' | 'history'> & { settings: Accumulation },
): MemoryPlan {
  const all = allPlans(plans);
  const arena = layout.length * 4;
  const bytes = {
    weights: weightBytes(config, weights),
    adapter: arena,
    optimizer: 3 * arena,
    ...slotBytes(all),
    cache: 0,
    inputs:
      [...inputsOf(all).values()].reduce((n, own) => n + own, 0) + historyBytes(history) + all.reduce((n, p) => n + uniformBytes(p), 0),
  };
  const peak = Object.values(bytes).reduce((a, b) => a + b, 0);
  const micro = Math.max(...plans.micro.map((p) => p.dispatches));
  return {
    ...bytes,
    peak,
    largest_binding: largestBinding(all),
    dispatches: micro * settings.gradient_accumulation_steps + plans.optimizer.dispatches,
  };
}

/** What loading puts on the GPU. */
export function weightBytes(config: BaseConfig, weights: DeviceWeights): number {
  const tied = config.tie_word_embeddings;
  const bytes = [...weights].reduce((n, [name, r]) => n + (tied && name === HEAD ? 0 : byteLength(r)), 0);
  return bytes + ropeBytes(config);
}

/** Every plan of a run. */
export function allPlans({ micro, evaluate, optimizer }: StepPlans): Plan[] {
  return [...micro, ...evaluate, optimizer];
}
