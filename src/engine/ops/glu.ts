/**
 * The middle of a gated MLP: y = act(gate) * up, act being SiLU or GELU by its tanh form (`gelu_pytorch_tanh`). Source: transformers
 * LlamaMLP and Gemma3MLP, down(act(gate(x)) * up(x)).
 */
import { grid, type Op } from '../graph/op.ts';
import { elements, type Tensor } from '../graph/tensor.ts';
import type { Trace } from '../graph/trace.ts';
import { gluBackward, gluForward } from '../kernels/elementwise.ts';

export type Activation = 'silu' | 'gelu_tanh';
type Attrs = { readonly act: Activation };
type Inputs = { readonly gate: Tensor; readonly up: Tensor };

/** As the shaders know it. */
export function activationKind(act: Activation): number {
  return act === 'silu' ? 0 : 1;
}

export const gluOp: Op<Inputs, { y: Tensor }, Attrs> = {
  name: 'glu',
  infer: ({ gate, up }) => {
    if (gate.shape.join() !== up.shape.join() || elements(gate.shape) % 4 !== 0)
      throw new Error(`glu: [${gate.shape}] and [${up.shape}] must be alike and whole quads.`);
    return { y: { shape: gate.shape, dtype: 'f32' } };
  },
  lower: ({ inputs, outputs, attrs }, device) => {
    const n = elements(outputs.y.shape) / 4;
    const params = { n, kind: activationKind(attrs.act) };
    return [{ kernel: gluForward, bind: { ...inputs, ...outputs }, params, workgroups: grid(n, gluForward, device), cost: 100 * n }];
  },
  vjp: (trace, { inputs, attrs }, { y: dy }) => {
    const { dgate, dup } = trace.emit(gluGradient, { ...inputs, dy: dy! }, attrs);
    return { gate: dgate, up: dup };
  },
};

export const gluGradient: Op<Inputs & { readonly dy: Tensor }, { dgate: Tensor; dup: Tensor }, Attrs> = {
  name: 'glu-gradient',
  infer: ({ gate }) => ({ dgate: { shape: gate.shape, dtype: 'f32' }, dup: { shape: gate.shape, dtype: 'f32' } }),
  lower: ({ inputs, outputs, attrs }, device) => {
    const n = elements(inputs.dy.shape) / 4;
    const params = { n, kind: activationKind(attrs.act) };
    return [{ kernel: gluBackward, bind: { ...inputs, ...outputs }, params, workgroups: grid(n, gluBackward, device), cost: 160 * n }];
  },
};

/** [T, F] each -> [T, F]. */
export function glu(trace: Trace, gate: Tensor, up: Tensor, act: Activation): Tensor {
  return trace.emit(gluOp, { gate, up }, { act }).y;
}
