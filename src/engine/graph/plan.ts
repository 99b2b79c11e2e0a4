/**
 * Planning: from nodes to launches and memory, before any GPU is touched.
 *
 * Every value gets a slot (a buffer of its own, shared over time). Slots are whole buffers because one buffer may not be bound read-only
 * and read-write in the same dispatch. Assignment is greedy by size: the largest tensors first, each into the smallest slot that is free
 * during its life. Values that cross from forward to backward because a block starts from them are the class `checkpoints`, values of the
 * loss section `loss`, all else `workspace`; each class has its own slots, so bytes by class are exact.
 */

import { prune } from './backward.ts';
import { cut, partsOf } from './cut.ts';
import { fuse } from './fuse.ts';
import { checkLaunch } from './launch.ts';
import type { Capabilities, Launch } from './op.ts';
import { byteLength, type Tensor } from './tensor.ts';
import type { Node, Trace } from './trace.ts';

export type SlotClass = 'checkpoints' | 'workspace' | 'loss';

export interface Slot {
  readonly index: number;
  readonly class: SlotClass;
  readonly bytes: number;
}

/** 16 MiB of parameters. Only steps that last minutes would be cut finer. */
const MAX_DISPATCHES = 2 ** 16;

export interface Plan {
  readonly nodes: readonly Node[];
  /** Whole; a program cuts them as it is built (see `cutLaunches`), and memory is planned without them. */
  readonly launches: readonly Launch[];
  /** Of the cut launches. */
  readonly dispatches: number;
  /** What launches are cut for. */
  readonly device: Capabilities;
  readonly slots: readonly Slot[];
  /** Slot index of every value. */
  readonly assignment: ReadonlyMap<Tensor, number>;
  /** Persistent tensors that the launches bind. */
  readonly persistent: readonly Tensor[];
}

interface Life {
  tensor: Tensor;
  bytes: number;
  from: number;
  to: number;
  class: SlotClass;
}

export function plan(trace: Trace, device: Capabilities): Plan {
  const nodes = fuse(prune(trace), trace.results);
  const launches = nodes.flatMap((node) => node.op.lower(node, device));
  launches.forEach(checkLaunch);
  const { dispatches, device: cutFor } = fineness(launches, device);
  const { slots, assignment } = assign(lives(nodes, trace.results));
  const used = new Set<Tensor>();
  for (const node of nodes) {
    for (const t of [...Object.values(node.inputs), ...Object.values(node.outputs)]) if (t && t.role !== 'value') used.add(t);
  }
  return { nodes, launches, dispatches, device: cutFor, slots, assignment, persistent: [...used] };
}

/** How finely launches are cut: to the device's limit, but never into so many parts that their parameters need much memory. */
function fineness(launches: readonly Launch[], device: Capabilities): { dispatches: number; device: Capabilities } {
  const dispatches = launches.reduce((n, launch) => n + partsOf(launch, device), 0);
  if (dispatches <= Math.max(MAX_DISPATCHES, launches.length)) return { dispatches, device };
  return fineness(launches, { ...device, maxLaunchCost: 2 * device.maxLaunchCost });
}

/** The parts of every launch, as they are dispatched. */
export function cutLaunches({ launches, device }: Plan): Launch[][] {
  return launches.map((launch) => cut(launch, device));
}

/** First and last node (inclusive) at which each value is bound. */
function lives(nodes: readonly Node[], results: ReadonlySet<Tensor>): Life[] {
  const byTensor = new Map<Tensor, Life & { producer: Node }>();
  let forwardEnd = nodes.findIndex((n) => n.section === 'loss');
  if (forwardEnd < 0) forwardEnd = nodes.length;
  nodes.forEach((node, at) => {
    for (const t of Object.values(node.inputs)) {
      const life = t && byTensor.get(t);
      if (life) life.to = at;
    }
    for (const t of Object.values(node.outputs)) {
      if (t?.role !== 'value') continue;
      byTensor.set(t, { tensor: t, bytes: byteLength(t), from: at, to: at, class: node.section, producer: node });
    }
  });
  const all = [...byTensor.values()];
  for (const life of all) {
    if (results.has(life.tensor)) life.to = nodes.length;
    const crosses = life.from < forwardEnd && life.to > forwardEnd;
    if (life.class === 'workspace' && crosses) life.class = 'checkpoints';
  }
  return all;
}

function assign(values: Life[]): { slots: Slot[]; assignment: Map<Tensor, number> } {
  const slots: (Slot & { lives: Life[] })[] = [];
  const assignment = new Map<Tensor, number>();
  values.sort((a, b) => b.bytes - a.bytes || a.from - b.from || a.tensor.id - b.tensor.id);
  for (const life of values) {
    const free = slots.filter((s) => s.class === life.class && s.lives.every((o) => o.to < life.from || o.from > life.to));
    let slot = free.at(-1); // slots are in falling size, so the last that fits in time is the tightest
    if (!slot) {
      slot = { index: slots.length, class: life.class, bytes: life.bytes, lives: [] };
      slots.push(slot);
    }
    slot.lives.push(life);
    assignment.set(life.tensor, slot.index);
  }
  return { slots: slots.map(({ index, class: c, bytes }) => ({ index, class: c, bytes })), assignment };
}
