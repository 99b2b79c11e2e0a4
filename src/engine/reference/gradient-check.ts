/**
 * The vjp rules and the backward twins against central differences, in float64, with a random cotangent.
 * The loss is the dot product of the op's outputs with fixed random numbers; its gradient by the graph is compared with
 * (f(x + h) - f(x - h)) / 2h in each coordinate of each differentiable input.
 */
import { Random } from '../../lib/random.ts';
import { backward } from '../graph/backward.ts';
import type { Tensor } from '../graph/tensor.ts';
import { Trace } from '../graph/trace.ts';
import { sums } from '../ops/add.ts';
import { fill } from './fill.ts';
import { interpret } from './interpret.ts';
import type { Array64, Case, Twin } from './twin.ts';

/** Relative error per differentiable input: the largest |analytic - numeric| over the largest gradient, at up to `sample` coordinates. */
export function gradientErrors(twin: Twin, c: Case, step = 1e-5, sample = 24): Record<string, number> {
  const arrays: Record<string, Array64> = {};
  const trace = new Trace();
  const leaves: Record<string, Tensor> = {};
  const values = new Map<Tensor, Array64>();
  for (const [name, input] of Object.entries(c.inputs)) {
    const array = fill(input, `${twin.op.name} ${c.title} ${name}`);
    const leaf = input.differentiable ? trace.trainable(name, input.shape) : trace.input(name, input.shape, input.dtype ?? 'f32');
    arrays[name] = array;
    leaves[name] = leaf;
    values.set(leaf, array);
  }
  const outputs = trace.emit(twin.op, leaves, c.attrs) as Record<string, Tensor>;
  const forward = [...trace.nodes];
  const random = new Random(`cotangent ${c.title}`);
  const seeds = new Map<Tensor, Tensor>();
  const cotangents: Record<string, Float64Array> = {};
  for (const [name, t] of Object.entries(outputs)) {
    if (t.dtype !== 'f32' || twin.scratch?.includes(name)) continue;
    const seed = trace.input(`cotangent ${name}`, t.shape);
    cotangents[name] = Float64Array.from({ length: t.shape.reduce((n, d) => n * d, 1) }, () => random.normal());
    values.set(seed, { shape: t.shape, data: cotangents[name] });
    seeds.set(t, seed);
  }
  backward(trace, seeds, sums);
  interpret(trace.nodes, values);
  const loss = (): number => {
    const scratch = new Map(values);
    interpret(forward, scratch);
    let sum = 0;
    for (const [name, w] of Object.entries(cotangents)) {
      const y = scratch.get(outputs[name]!)!.data;
      for (let i = 0; i < w.length; i++) sum += w[i]! * y[i]!;
    }
    return sum;
  };
  const errors: Record<string, number> = {};
  for (const [name, input] of Object.entries(c.inputs)) {
    if (!input.differentiable) continue;
    const analytic = values.get(trace.gradient(leaves[name]!))?.data;
    errors[name] = analytic ? compare(arrays[name]!.data, analytic, loss, step, sample, random) : Number.POSITIVE_INFINITY;
  }
  return errors;
}

function compare(x: Float64Array, analytic: Float64Array, loss: () => number, step: number, sample: number, random: Random): number {
  const at = x.length <= sample ? [...x.keys()] : Array.from({ length: sample }, () => random.below(x.length));
  let worst = 0;
  let scale = analytic.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
  for (const i of at) {
    const kept = x[i]!;
    x[i] = kept + step;
    const above = loss();
    x[i] = kept - step;
    const below = loss();
    x[i] = kept;
    const numeric = (above - below) / (2 * step);
    worst = Math.max(worst, Math.abs(numeric - analytic[i]!));
    scale = Math.max(scale, Math.abs(numeric));
  }
  return worst / (scale || 1);
}
