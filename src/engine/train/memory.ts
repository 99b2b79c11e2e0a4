/**
 * Memory of a run before anything is allocated: the planner's slots, and everything that lies in the store. The sum is what the runner then
 * allocates, to the byte (a test holds it to that).
 */
import type { MemoryPlan } from '../../protocol/training.ts';
import { type AdapterLayout, ARENAS } from '../adapters/lora.ts';
import type { Capabilities, Launch } from '../graph/op.ts';
import type { Plan } from '../graph/plan.ts';
import { poolSizes, uniformBytes } from '../graph/program.ts';
import { byteLength, type Tensor } from '../graph/tensor.ts';
import type { ModelConfig } from '../models/config.ts';
import { ropeShape } from '../models/load.ts';
import type { Residents } from '../models/weights.ts';
import { historyBytes, type StepPlans } from './step.ts';

/** `history`: most micro-batches between two reads of figures. */
export function memoryPlan(
  config: ModelConfig,
  residents: Residents,
  layout: AdapterLayout,
  plans: StepPlans,
  history: number,
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
  const launches = all.flatMap((p) => p.launches);
  return {
    ...bytes,
    peak,
    largest_binding: Math.max(0, ...launches.map(largestBinding)),
    dispatches: plans.micro.at(-1)?.launches.length ?? 0,
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

/** Whether it fits, and if not the smallest change that could mend it. WebGPU does not say how much memory there is, so limits decide. */
export function verdictOf(
  memory: MemoryPlan,
  { maxStorageBufferBindingSize, maxBufferSize }: Capabilities,
): { verdict: 'fits' | 'tight' | 'does-not-fit'; advice?: string } {
  if (memory.largest_binding > Math.min(maxStorageBufferBindingSize, maxBufferSize)) {
    return {
      verdict: 'does-not-fit',
      advice: 'One tensor is larger than this GPU binds at once; halve max_length or per_device_train_batch_size.',
    };
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
