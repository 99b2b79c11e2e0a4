/** Blocks whose input is kept in 16 bits: the forward does not change by a bit, gradients by little, and where they do not depend on the input not at all. */
import { describe, expect, it } from 'vitest';
import { backward } from '../graph/backward.ts';
import { DEFAULT_CAPABILITIES } from '../graph/op.ts';
import { plan } from '../graph/plan.ts';
import type { Tensor } from '../graph/tensor.ts';
import { Trace } from '../graph/trace.ts';
import { fill } from '../reference/fill.ts';
import { interpret } from '../reference/interpret.ts';
import type { Array64 } from '../reference/twin.ts';
import { sums } from './add.ts';
import { asInt16 } from './int16.ts';
import { linear } from './linear.ts';
import { swiglu } from './swiglu.ts';

const [ROWS, WIDTH] = [12, 132];

/** What enters the block is computed outside, from something trainable, as a model's residual stream is. */
function run(body: (trace: Trace, x: Tensor, w: Tensor) => Tensor, activationStorage?: typeof asInt16) {
  const trace = new Trace({ ...(activationStorage && { activationStorage }) });
  const values = new Map<Tensor, Array64>();
  const given = (tensor: Tensor, scale: number): Tensor => {
    values.set(tensor, fill({ shape: tensor.shape, fill: { kind: 'normal', scale } }, tensor.name));
    return tensor;
  };
  const entrance = given(trace.trainable('entrance', [WIDTH, WIDTH]), 0.1);
  const x = linear(trace, given(trace.input('x', [ROWS, WIDTH]), 1e5), { weight: entrance });
  const w = given(trace.trainable('w', [2 * WIDTH, WIDTH]), 1e-6);
  const out = trace.keep(trace.block(() => body(trace, x, w), x));
  backward(trace, new Map([[out, given(trace.input('dout', out.shape), 1)]]), sums);
  interpret(trace.nodes, values);
  const gradient = (name: string): Float64Array => values.get(trace.persistent.get(`gradient:${name}`)!)!.data;
  return { trace, out: values.get(out)!.data, entrance: gradient('entrance'), w: gradient('w') };
}

function distance(a: Float64Array, b: Float64Array): number {
  const square = (v: Float64Array): number => v.reduce((n, x) => n + x * x, 0);
  return Math.sqrt(square(a.map((v, i) => v - b[i]!)) / square(b));
}

describe('a block whose input is kept in 16 bits', () => {
  const body = (trace: Trace, x: Tensor, w: Tensor): Tensor => swiglu(trace, linear(trace, x, { weight: w }));
  const whole = run(body);
  const packed = run(body, asInt16);

  it('computes the same', () => {
    expect(packed.out).toEqual(whole.out);
  });

  it('has gradients that differ by what is rounded off, of what is inside and of what comes before', () => {
    for (const of of ['w', 'entrance'] as const) {
      expect(distance(packed[of], whole[of]), of).toBeGreaterThan(1e-7);
      expect(distance(packed[of], whole[of]), of).toBeLessThan(1e-4);
    }
  });

  it('passes the gradient on unchanged', () => {
    const line = (trace: Trace, x: Tensor, w: Tensor): Tensor => linear(trace, x, { weight: w });
    expect(run(line, asInt16).entrance).toEqual(run(line).entrance);
  });

  it('keeps half the bytes and a word for the exponents of 64, and nothing where nothing is kept', () => {
    const kept = (trace: Trace): number[] => {
      const { nodes } = plan(trace, DEFAULT_CAPABILITIES);
      return nodes.filter((n) => n.op.name === 'pack-int16').map((n) => n.outputs.packed!.shape[1]!);
    };
    expect(kept(packed.trace)).toEqual([WIDTH / 2 + 3]);
    expect(kept(whole.trace)).toEqual([]);
  });
});
