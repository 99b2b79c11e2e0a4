/**
 * Memory of a run before anything is allocated: the planner's slots, and everything that lies in the store. The sum is what the runner then
 * allocates, to the byte (a test holds it to that).
 */
import type { MemoryPlan } from '../../protocol/training.ts';
import { ARENAS } from '../adapters/lora.ts';
import type { Capabilities, Launch } from '../graph/op.ts';
import type { Plan } from '../graph/plan.ts';
import { poolSizes, uniformBytes } from '../graph/program.ts';
import { byteLength, type Tensor } from '../graph/tensor.ts';
import { ropeShape } from '../models/load.ts';
import type { Session } from '../models/session.ts';
import type { PreparedRun } from './run.ts';
import { historyBytes, type StepPlans } from './step.ts';

/** `dispatches` are those of one optimizer step: the largest micro-batch, as often as they accumulate, and the update. */
export function memoryPlan(
  { config, residents }: Pick<Session, 'config' | 'residents'>,
  { layout, plans, history, settings }: Pick<PreparedRun, 'layout' | 'plans' | 'history' | 'settings'>,
): MemoryPlan {
  const all = [...plans.micro, ...plans.evaluate, plans.optimizer];
  const slots = { checkpoints: 0, workspace: 0, loss: 0 };
  for (const slot of poolSizes(all.map((p) => p.slots)).values()) slots[slot.class] += slot.bytes;
  const arena = layout.length * 4;
  const tied = config.tie_word_embeddings;
  const weights = [...residents].reduce((n, [name, r]) => n + (tied && name === 'lm_head.weight' ? 0 : byteLength(r)), 0);
  const bytes = {
    weights: weights + byteLength({ shape: ropeShape(config), dtype: 'f32' }),
    adapter: arena,
    optimizer: 3 * arena,
    ...slots,
    cache: 0,
    inputs: inputBytes(all) + historyBytes(history) + all.reduce((n, p) => n + uniformBytes(p), 0),
  };
  const peak = Object.values(bytes).reduce((a, b) => a + b, 0);
  const micro = Math.max(...plans.micro.map((p) => p.launches.length));
  return {
    ...bytes,
    peak,
    largest_binding: all.flatMap((p) => p.launches).reduce((most, launch) => Math.max(most, largestBinding(launch)), 0),
    dispatches: micro * settings.gradient_accumulation_steps + plans.optimizer.launches.length,
  };
}

/** Inputs and small states of the step programs, each once. */
function inputBytes(plans: readonly Plan[]): number {
  const own = new Map<string, Tensor>();
  const arenas = new Set<string>(Object.values(ARENAS));
  for (const t of plans.flatMap((p) => p.persistent)) {
    if (t.role === 'input' || (t.role === 'state' && !arenas.has(t.name))) own.set(t.name, t);
  }
  return [...own.values()].reduce((n, t) => n + byteLength(t), 0);
}

function largestBinding({ bind }: Launch): number {
  return Math.max(...Object.values(bind).map((b) => ('tensor' in b ? b.bytes : byteLength(b))));
}

/** Bytes of the largest single buffer of a run. */
export function largestBuffer({ micro, evaluate, optimizer }: StepPlans): number {
  const all = [...micro, ...evaluate, optimizer];
  const slots = [...poolSizes(all.map((p) => p.slots)).values()].map(({ bytes }) => bytes);
  return [...slots, ...all.flatMap((p) => p.persistent.map(byteLength))].reduce((most, bytes) => Math.max(most, bytes), 0);
}

/** Clauses that name every buffer, binding and dispatch of a run that a device with these limits refuses; empty when it takes all. */
export function overLimits({ micro, evaluate, optimizer }: StepPlans, limits: Capabilities): string[] {
  const all = [...micro, ...evaluate, optimizer];
  const found = new Set<string>();
  const check = (what: string, needed: number, limit: number): void => {
    if (needed > limit) found.add(`${what} of ${needed} (the limit is ${limit})`);
  };
  for (const { bytes, class: of } of poolSizes(all.map((p) => p.slots)).values()) check(`a ${of} buffer`, bytes, limits.maxBufferSize);
  for (const t of all.flatMap((p) => p.persistent)) check(`${t.name}: a buffer`, byteLength(t), limits.maxBufferSize);
  for (const launch of all.flatMap((p) => p.launches)) {
    check(`${launch.kernel.name}: a binding`, largestBinding(launch), limits.maxStorageBufferBindingSize);
    check(`${launch.kernel.name}: a grid`, Math.max(...launch.workgroups), limits.maxComputeWorkgroupsPerDimension);
  }
  return [...found];
}

/** Whether it fits, and if not the smallest change that could mend it. WebGPU does not say how much memory there is, so limits decide. */
export function verdictOf(
  memory: MemoryPlan,
  plans: StepPlans,
  capabilities: Capabilities,
): { verdict: 'fits' | 'tight' | 'does-not-fit'; advice?: string } {
  const [first] = overLimits(plans, capabilities);
  if (first) {
    return { verdict: 'does-not-fit', advice: `This GPU refuses ${first}; halve max_length or per_device_train_batch_size.` };
  }
  const working = memory.peak - memory.weights;
  if (memory.peak > 6 * 2 ** 30 && working > memory.weights / 2) {
    return {
      verdict: 'tight',
      advice:
        'More than 6 GiB are needed; a smaller per_device_train_batch_size with more gradient_accumulation_steps trains the same with less.',
    };
  }
  return { verdict: 'fits' };
}
