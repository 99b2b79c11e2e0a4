/**
 * AdamW over the adapter's arenas: one dispatch that clips, steps and clears the gradient for the next step. Semantics and order of
 * torch.optim.AdamW (decoupled decay, bias correction, epsilon outside the root).
 */
import { grid, type Op } from '../graph/op.ts';
import { elements, type Tensor } from '../graph/tensor.ts';
import type { Trace } from '../graph/trace.ts';
import { adamwStep } from '../kernels/optimizer.ts';

/** Flat tensors of equal length, all persistent. */
export type Arenas = { param: Tensor; gradient: Tensor; m: Tensor; v: Tensor };

export interface AdamwSettings {
  readonly learning_rate: number;
  readonly adam_beta1: number;
  readonly adam_beta2: number;
  readonly adam_epsilon: number;
  readonly weight_decay: number;
  /** 0 = never clip. */
  readonly max_grad_norm: number;
}

/** What `hyper` [8] must hold for the `step`-th update, counted from 1. Taken in float64; rounded to f32 when written to the GPU. */
export function adamwHyper({ learning_rate: lr, adam_beta1: beta1, adam_beta2: beta2, ...rest }: AdamwSettings, step: number): number[] {
  return [
    lr / (1 - beta1 ** step),
    1 - lr * rest.weight_decay,
    1 - beta1,
    beta2,
    1 - beta2,
    1 / Math.sqrt(1 - beta2 ** step),
    rest.adam_epsilon,
    rest.max_grad_norm,
  ];
}

/** `elements`: length of the arenas, which are outputs only: each is bound once, read-write. */
export const adamwOp: Op<{ norm: Tensor; hyper: Tensor }, Arenas, { readonly elements: number }> = {
  name: 'adamw',
  infer: (_inputs, { elements: n }) => {
    if (n === 0 || n % 4 !== 0) throw new Error(`adamw: an arena of ${n} elements is no multiple of 4.`);
    const arena = { shape: [n], dtype: 'f32' } as const;
    return { param: arena, gradient: arena, m: arena, v: arena };
  },
  lower: ({ inputs, outputs, attrs: { elements: n } }, device) => [
    {
      kernel: adamwStep,
      bind: { ...inputs, ...outputs },
      params: { quads: n / 4 },
      workgroups: grid(n / 4, adamwStep, device),
      cost: 48 * n,
    },
  ],
};

/**
 * Updates `param`, `m`, `v` from `gradient` and sets `gradient` to zero. `norm` [2] comes from `gradientNorm`; when it is not finite
 * nothing but the gradient changes. `hyper` [8]: `adamwHyper`, written before every run.
 */
export function adamw(trace: Trace, arenas: Arenas, norm: Tensor, hyper: Tensor): void {
  trace.emit(adamwOp, { norm, hyper }, { elements: elements(arenas.param.shape) }, arenas);
}
