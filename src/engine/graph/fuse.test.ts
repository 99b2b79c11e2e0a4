/** A sum behind a linear layer's transpose: when it becomes one node, when it must not, and that the value stays the same. */
import { expect, it } from 'vitest';
import { add } from '../ops/add.ts';
import { linearTransposedOp } from '../ops/linear.ts';
import { fill } from '../reference/fill.ts';
import { interpret } from '../reference/interpret.ts';
import type { Array64 } from '../reference/twin.ts';
import { fuse } from './fuse.ts';
import { DEFAULT_CAPABILITIES } from './op.ts';
import { plan } from './plan.ts';
import type { Tensor } from './tensor.ts';
import { Trace } from './trace.ts';

interface Made {
  readonly trace: Trace;
  /** Through a transpose of its own. */
  product(name: string, add?: Tensor): Tensor;
  readonly a: Tensor;
}

function make(): Made {
  const trace = new Trace();
  const product = (name: string, add?: Tensor): Tensor => {
    const inputs = { x: trace.input(`${name}.x`, [3, 8]), weight: trace.input(`${name}.weight`, [8, 4]) };
    return trace.emit(linearTransposedOp, { ...inputs, ...(add && { add }) }, { scale: 0.5 }).y;
  };
  return { trace, product, a: trace.input('a', [3, 4]) };
}

const namesOf = ({ trace }: Made): string[] => fuse(trace.nodes, trace.results).map(({ op }) => op.name);

it('makes one node of a product and the sum that alone reads it', () => {
  const made = make();
  const { trace, a, product } = made;
  trace.keep(add(trace, a, product('b')));
  const before = [...trace.nodes];
  expect(namesOf(made)).toEqual(['linear-transposed']);
  expect(trace.nodes).toEqual(before);
  expect(plan(trace, DEFAULT_CAPABILITIES).launches.map(({ params }) => params.add_from)).toEqual([1]);
});

it('takes several sums, one after the other, and gives their value', () => {
  const made = make();
  const { trace, a, product } = made;
  const sum = trace.keep(add(trace, add(trace, a, product('b')), product('c')));
  expect(namesOf(made)).toEqual(['linear-transposed', 'linear-transposed']);
  const given = [...trace.persistent.values()].map((t): [Tensor, Array64] => [
    t,
    fill({ shape: t.shape, fill: { kind: 'normal' } }, t.name),
  ]);
  const [plain, fused] = [new Map(given), new Map(given)];
  interpret(trace.nodes, plain);
  interpret(fuse(trace.nodes, trace.results), fused);
  fused.get(sum)!.data.forEach((v, i) => {
    expect(v).toBeCloseTo(plain.get(sum)!.data[i]!, 12);
  });
});

it.each<[string, (made: Made) => void]>([
  [
    'another node reads the product',
    ({ trace, a, product }) => {
      const b = product('b');
      trace.keep(add(trace, add(trace, a, b), b));
    },
  ],
  ['the product is a result', ({ trace, a, product }) => trace.keep(add(trace, a, trace.keep(product('b'))))],
  ['the product adds something already', ({ trace, a, product }) => trace.keep(add(trace, a, product('b', a)))],
  ['the product is the first operand', ({ trace, a, product }) => trace.keep(add(trace, product('b'), a))],
])('leaves it where %s', (_title, build) => {
  const made = make();
  build(made);
  expect(namesOf(made)).toEqual(made.trace.nodes.map(({ op }) => op.name));
});
