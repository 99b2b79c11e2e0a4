/**
 * Reverse-mode differentiation over a traced graph, with rematerialisation.
 *
 * Nodes are walked last to first. When the walk enters a block, its nodes are emitted once more (same ops, fresh outputs) from the values that
 * entered it. The products are computed at the copies, and `prune` removes what the backward does not read. A block inside it is emitted yet again
 * when the walk reaches it, so that only one such block's values are alive at a time.
 * Gradients of a tensor that several nodes read are summed with the `add` op, in the order in which they appear.
 */
import type { Op } from './op.ts';
import type { Tensor, Tensors } from './tensor.ts';
import type { Node, Trace } from './trace.ts';

/** The two ops that differentiation itself needs; handed in, since ops import graphs and not the other way round. */
export interface Sums {
  add(trace: Trace, a: Tensor, b: Tensor): Tensor;
  /** Adds a value to a persistent tensor. */
  addInto(trace: Trace, x: Tensor, into: Tensor): void;
}

/**
 * Emits into `trace` the gradients of everything trainable, given `seeds`: the gradients of some traced values. Without `recompute` all that the
 * backward reads is kept from the forward: faster by the cost of a forward, at the price of the memory.
 */
export function backward(trace: Trace, seeds: ReadonlyMap<Tensor, Tensor>, sums: Sums, recompute = true): void {
  const forward = [...trace.nodes];
  const gradients = new Map<Tensor, Tensor>(seeds);
  const accumulate = (tensor: Tensor, d: Tensor): void => {
    if (tensor.role === 'trainable') {
      sums.addInto(trace, d, trace.gradient(tensor));
      return;
    }
    const sum = gradients.get(tensor);
    gradients.set(tensor, sum ? sums.add(trace, sum, d) : d);
  };
  walk(trace, forward, 0, gradients, accumulate, recompute);
}

/** Last to first; nodes of one block at `depth` are handled together. */
function walk(
  trace: Trace,
  nodes: readonly Node[],
  depth: number,
  gradients: Map<Tensor, Tensor>,
  accumulate: (t: Tensor, d: Tensor) => void,
  recompute: boolean,
): void {
  let i = nodes.length - 1;
  while (i >= 0) {
    const block = nodes[i]!.blocks[depth];
    if (block === undefined) {
      differentiate(trace, nodes[i--]!, gradients, accumulate);
      continue;
    }
    let start = i;
    while (start > 0 && nodes[start - 1]!.blocks[depth] === block) start--;
    const inside = nodes.slice(start, i + 1);
    const copies = recompute && inside.some(reaches(gradients)) ? emitAgain(trace, inside, depth, gradients) : inside;
    walk(trace, copies, depth + 1, gradients, accumulate, recompute);
    i = start - 1;
  }
}

function reaches(gradients: ReadonlyMap<Tensor, Tensor>): (node: Node) => boolean {
  return (node) => Object.values(node.outputs).some((t) => t && gradients.has(t));
}

/** Emits the block again, from what was kept of its input, and moves the gradients of its outputs to the copies. */
function emitAgain(trace: Trace, nodes: readonly Node[], depth: number, gradients: Map<Tensor, Tensor>): Node[] {
  const copy = new Map<Tensor, Tensor>();
  const copies: Node[] = [];
  for (const t of new Set(nodes.flatMap((node) => Object.values(node.inputs)))) {
    const packed = t && trace.packed.get(t);
    if (!packed) continue;
    copy.set(t, trace.options.activationStorage!.unpack(trace, packed, t, nodes[0]!.blocks.slice(0, depth + 1)));
    copies.push(trace.nodes.at(-1)!);
  }
  for (const node of nodes) {
    const inputs = Object.fromEntries(Object.entries(node.inputs).map(([k, t]) => [k, (t && copy.get(t)) ?? t]));
    const outputs = trace.emit(node.op, inputs, node.attrs, {}, node.blocks);
    copies.push(trace.nodes.at(-1)!);
    for (const [name, original] of Object.entries(node.outputs)) {
      const fresh = outputs[name]!;
      copy.set(original!, fresh);
      const d = gradients.get(original!);
      if (d) gradients.set(fresh, d);
    }
  }
  return copies;
}

function differentiate(trace: Trace, node: Node, gradients: Map<Tensor, Tensor>, accumulate: (t: Tensor, d: Tensor) => void): void {
  const op: Op = node.op;
  if (!op.vjp || !Object.values(node.inputs).some((t) => t?.needsGradient)) return;
  const d: Record<string, Tensor> = {};
  for (const [name, t] of Object.entries(node.outputs)) {
    const g = t && gradients.get(t);
    if (g) d[name] = g;
  }
  if (Object.keys(d).length === 0) return;
  const products: Tensors = op.vjp(trace, node, d);
  for (const [name, g] of Object.entries(products)) {
    const input = node.inputs[name];
    if (g && input?.needsGradient) accumulate(input, g);
  }
}

/** Removes nodes whose outputs nobody reads and that write nothing persistent and no kept result. */
export function prune(trace: Trace): Node[] {
  const needed = new Set<Tensor>(trace.results);
  const kept: Node[] = [];
  for (const node of trace.nodes.toReversed()) {
    const outputs = Object.values(node.outputs);
    if (!outputs.some((t) => t && (t.role !== 'value' || needed.has(t)))) continue;
    kept.push(node);
    for (const t of Object.values(node.inputs)) if (t) needed.add(t);
  }
  return kept.reverse();
}
