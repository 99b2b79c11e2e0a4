/**
 * From the residual stream to the chosen experts, for a few rows in one launch: RMSNorm, router, top-k, softmax over the chosen. For decoding: no
 * gradient. Streams of many tokens go through `rms-norm`, `linear` and `route-top-k`.
 */
import type { Op } from '../graph/op.ts';
import type { Tensor } from '../graph/tensor.ts';
import type { Trace } from '../graph/trace.ts';
import { normRouteTopKGemv } from '../kernels/moe.ts';
import { STEP_VALUES } from '../kernels/weights.ts';
import type { LinearLayer } from './linear.ts';
import { bound } from './weight-pieces.ts';

type Inputs = {
  /** [B, C] */ readonly h: Tensor;
  /** [C] */ readonly norm_weight: Tensor;
  /** [E, C] */ readonly weight: Tensor;
  /** [E] */ readonly bias?: Tensor;
};
/** x [B, C] is h normed; experts [B, K] u32 in falling order, weights [B, K]. */
export type Routed = { readonly x: Tensor; readonly experts: Tensor; readonly weights: Tensor };
type Attrs = { readonly perToken: number; readonly eps: number; readonly over_all?: boolean };

const MAX_EXPERTS = 256;

/** Whether the kernel reads this router. */
export function canNormRoute(h: Tensor, { weight }: LinearLayer): boolean {
  const { dtype } = weight;
  return (dtype === 'f32' || dtype === 'bf16') && weight.shape[0]! <= MAX_EXPERTS && h.shape[1]! % STEP_VALUES[dtype] === 0;
}

export const normRouteTopKOp: Op<Inputs, Routed, Attrs> = {
  name: 'norm-route-top-k',
  infer: ({ h, weight }, { perToken }) => {
    const [rows, width] = h.shape as [number, number];
    const [experts, c] = weight.shape as [number, number];
    if (c !== width || !canNormRoute(h, { weight }))
      throw new Error(`norm-route-top-k: ${weight.name} [${weight.shape}] does not fit h [${h.shape}].`);
    if (!(perToken >= 1 && perToken <= experts)) throw new Error(`norm-route-top-k: ${perToken} of ${experts} experts cannot be chosen.`);
    return {
      x: { shape: [rows, width], dtype: 'f32' },
      experts: { shape: [rows, perToken], dtype: 'u32' },
      weights: { shape: [rows, perToken], dtype: 'f32' },
    };
  },
  lower: ({ inputs, outputs, attrs: { perToken, eps, over_all } }) => {
    const { h, weight, bias } = inputs;
    const [rows, width] = h.shape as [number, number];
    const experts = weight.shape[0]!;
    const kernel = normRouteTopKGemv[weight.dtype as 'f32' | 'bf16']; // as checked in `infer`
    return [
      {
        kernel,
        bind: bound(kernel, { ...inputs, bias: bias ?? h, ...outputs }),
        params: { width, experts, per_token: perToken, has_bias: bias ? 1 : 0, eps, over_all: over_all ? 1 : 0 },
        workgroups: [rows, 1, 1],
        cost: rows * width * experts,
      },
    ];
  },
};

export function normRouteTopK(
  trace: Trace,
  h: Tensor,
  norm: { weight: Tensor; eps: number },
  router: LinearLayer,
  perToken: number,
  over_all = false,
): Routed {
  const { weight, bias } = router;
  return trace.emit(normRouteTopKOp, { h, norm_weight: norm.weight, weight, ...(bias && { bias }) }, { perToken, eps: norm.eps, over_all });
}
