/**
 * Fusing: pairs of nodes that one op can do become one, before anything is planned. A pure pass: the trace stays as it is, so that twins and gradient
 * checks run the plain ops.
 *
 * An op names the pairs that it is the second of (`Op.fuse`). Here stands when a pair may go: the value between them is read by the second alone,
 * is nobody's result, and is all that the first makes. The fused node stands where the second stood, so what it reads is there.
 */
import type { Tensor } from './tensor.ts';
import type { Node } from './trace.ts';

export function fuse(nodes: readonly Node[], results: ReadonlySet<Tensor>): Node[] {
  const readers = countReaders(nodes);
  const producers = new Map<Tensor, Node>();
  const kept = new Set<Node>();
  for (const second of nodes) {
    let node = second;
    for (const [name, value] of Object.entries(second.inputs)) {
      const first = value && producers.get(value);
      if (!first || readers.get(value) !== 1 || results.has(value) || Object.keys(first.outputs).length > 1) continue;
      const both = second.op.fuse?.(second, name, first);
      if (!both) continue;
      kept.delete(first);
      node = { ...both, outputs: second.outputs, blocks: second.blocks, section: second.section };
      break;
    }
    kept.add(node);
    for (const value of Object.values(node.outputs)) if (value?.role === 'value') producers.set(value, node);
  }
  return [...kept];
}

function countReaders(nodes: readonly Node[]): Map<Tensor, number> {
  const readers = new Map<Tensor, number>();
  for (const value of nodes.flatMap((node) => Object.values(node.inputs))) if (value) readers.set(value, (readers.get(value) ?? 0) + 1);
  return readers;
}
