/** Runs a traced graph on the float64 twins: the arbiter for gradient checks and for whole tiny models. */

import type { Tensor } from '../graph/tensor.ts';
import type { Node } from '../graph/trace.ts';
import { twins } from './index.ts';
import { type Array64, zeros } from './twin.ts';

/** `values` holds the persistent tensors by object; results are added to it. Outputs into persistent tensors replace their contents. */
export function interpret(nodes: readonly Node[], values: Map<Tensor, Array64>): void {
  for (const node of nodes) {
    const twin = twins.get(node.op.name);
    if (!twin) throw new Error(`The op ${node.op.name} has no twin.`);
    const inputs: Record<string, Array64 | undefined> = {};
    for (const [name, t] of Object.entries(node.inputs)) {
      if (t && !values.has(t)) throw new Error(`${node.op.name} reads ${t.name} before it is written.`);
      inputs[name] = t && values.get(t);
    }
    const previous: Record<string, Array64> = {};
    for (const [name, t] of Object.entries(node.outputs)) if (t && t.role !== 'value') previous[name] = values.get(t) ?? zeros(t.shape);
    const outputs = twin.run(inputs, node.attrs, previous);
    for (const [name, t] of Object.entries(node.outputs)) if (t) values.set(t, outputs[name]!);
  }
}
