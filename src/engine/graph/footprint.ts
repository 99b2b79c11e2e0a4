/** What plans need of a device, before anything is allocated: bytes by class, the largest buffer and binding, and whatever exceeds its limits. */
import type { Capabilities, Launch } from './op.ts';
import { bufferSizes } from './pieces.ts';
import type { Plan, SlotClass } from './plan.ts';
import { poolSizes } from './program.ts';
import { byteLength, type Tensor } from './tensor.ts';

/** Bytes of the slots that a pool of all these plans reserves. */
export function slotBytes(plans: readonly Plan[]): Record<SlotClass, number> {
  const bytes = { checkpoints: 0, workspace: 0, loss: 0 };
  for (const slot of poolSizes(plans.map((p) => p.slots)).values()) bytes[slot.class] += slot.bytes;
  return bytes;
}

export function largestBinding(plans: readonly Plan[]): number {
  return plans.flatMap(({ launches }) => launches).reduce((max, launch) => Math.max(max, bindingOf(launch)), 0);
}

/** Bytes of the largest single buffer; a weight that no buffer of this device holds is several. */
export function largestBuffer(plans: readonly Plan[], limits: Capabilities): number {
  const slots = [...poolSizes(plans.map((p) => p.slots)).values()].map(({ bytes }) => bytes);
  return Math.max(0, ...slots, ...persistent(plans).map((t) => Math.max(...buffersOf(t, limits))));
}

/** Clauses that name every buffer, binding and dispatch beyond these limits; empty when all fit. */
export function overLimits(plans: readonly Plan[], limits: Capabilities): string[] {
  const found = new Set<string>();
  const check = (what: string, needed: number, limit: number): void => {
    if (needed > limit) found.add(`${what} of ${needed} (the limit is ${limit})`);
  };
  for (const { bytes, class: of } of poolSizes(plans.map((p) => p.slots)).values()) check(`a ${of} buffer`, bytes, limits.maxBufferSize);
  for (const t of persistent(plans)) check(`${t.name}: a buffer`, Math.max(...buffersOf(t, limits)), limits.maxBufferSize);
  for (const launch of plans.flatMap((p) => p.launches)) {
    check(`${launch.kernel.name}: a binding`, bindingOf(launch), limits.maxStorageBufferBindingSize);
    check(`${launch.kernel.name}: a grid`, Math.max(...launch.workgroups), limits.maxComputeWorkgroupsPerDimension);
  }
  return [...found];
}

function persistent(plans: readonly Plan[]): Tensor[] {
  const byName = new Map(plans.flatMap((p) => p.persistent).map((t) => [t.name, t]));
  return [...byName.values()];
}

/** Only weights are ever split; adapter tensors are parts of an arena. */
function buffersOf(t: Tensor, limits: Capabilities): number[] {
  return t.role === 'weight' ? bufferSizes(t, limits, t.name) : [byteLength(t)];
}

function bindingOf({ bind }: Launch): number {
  return Math.max(...Object.values(bind).map((b) => ('tensor' in b ? b.bytes : byteLength(b))));
}
