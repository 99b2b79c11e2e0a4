/** Twin of AdamW. The gradient is an output: cleared in the same pass. */
import { adamwHyper, adamwOp } from '../ops/adamw.ts';
import { twin, zeros } from './twin.ts';

const settings = {
  learning_rate: 0.02,
  adam_beta1: 0.9,
  adam_beta2: 0.999,
  adam_epsilon: 1e-8,
  weight_decay: 0.1,
  max_grad_norm: 1,
} as const;

const paths = [
  { title: 'partial workgroup, clipped', elements: 76, step: 3, settings, norm: [4, 0.25] },
  { title: 'first step, many workgroups', elements: 1028, step: 1, settings, norm: [0.5, 1] },
  { title: 'large epsilon, no decay', elements: 4, step: 900, settings: { ...settings, adam_epsilon: 0.5, weight_decay: 0 }, norm: [1, 1] },
  { title: 'norm is infinite: only the gradient is cleared', elements: 12, step: 2, settings, norm: [Number.POSITIVE_INFINITY, 0] },
  { title: 'norm is not a number: only the gradient is cleared', elements: 12, step: 2, settings, norm: [Number.NaN, Number.NaN] },
] as const;

export const adamwTwin = twin(
  adamwOp,
  ({ norm, hyper }, _attrs, previous) => {
    const [param, m, v] = [previous.param!, previous.m!, previous.v!].map(({ shape, data }) => ({ shape, data: data.slice() }));
    const gradient = zeros(param!.shape);
    const outputs = { param: param!, gradient, m: m!, v: v! };
    if (!Number.isFinite(norm.data[0]!)) return outputs;
    const [rate, decay, keep1, beta2, keep2, correction, epsilon] = hyper.data as unknown as number[];
    for (let i = 0; i < gradient.data.length; i++) {
      const g = previous.gradient!.data[i]! * norm.data[1]!;
      m!.data[i]! += (g - m!.data[i]!) * keep1!;
      v!.data[i] = v!.data[i]! * beta2! + g * g * keep2!;
      param!.data[i] = param!.data[i]! * decay! - (rate! * m!.data[i]!) / (Math.sqrt(v!.data[i]!) * correction! + epsilon!);
    }
    return outputs;
  },
  paths.map(({ title, elements, step, settings: s, norm }) => ({
    title,
    inputs: {
      norm: { shape: [2], fill: { kind: 'values', values: norm } },
      hyper: { shape: [8], fill: { kind: 'values', values: adamwHyper(s, step) } },
    },
    attrs: { elements },
    into: {
      param: { shape: [elements], fill: { kind: 'normal' } },
      gradient: { shape: [elements], fill: { kind: 'normal', scale: 3 } },
      m: { shape: [elements], fill: { kind: 'normal', scale: 0.1 } },
      v: { shape: [elements], fill: { kind: 'uniform', from: 0, to: 0.1 } },
    },
  })),
);
