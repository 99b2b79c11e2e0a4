/**
 * The L2 norm of all gradients and the factor that clips it, as torch.nn.utils.clip_grad_norm_. Gradients of the whole adapter lie in one
 * arena; what pads it between tensors is zero and adds nothing.
 */
import { grid, type Launch, type Op } from '../graph/op.ts';
import { elements, type Tensor } from '../graph/tensor.ts';
import type { Trace } from '../graph/trace.ts';
import { gradientNormFinish, gradientNormSquares } from '../kernels/optimizer.ts';

/** Elements whose squares one workgroup sums. */
const PIECE = 16384;

export const gradientNormOp: Op<{ gradient: Tensor; hyper: Tensor }, { partial: Tensor; norm: Tensor }, Record<string, never>> = {
  name: 'gradient-norm',
  infer: ({ gradient }) => {
    const n = elements(gradient.shape);
    if (n === 0 || n % 4 !== 0) throw new Error(`gradient-norm: an arena of ${n} elements is no multiple of 4.`);
    return { partial: { shape: [Math.ceil(n / PIECE)], dtype: 'f32' }, norm: { shape: [2], dtype: 'f32' } };
  },
  lower: ({ inputs: { gradient, hyper }, outputs: { partial, norm } }, device): Launch[] => {
    const pieces = elements(partial.shape);
    const n = elements(gradient.shape);
    return [
      {
        kernel: gradientNormSquares,
        bind: { gradient, partial },
        params: { quads: n / 4, pieces },
        workgroups: grid(pieces, 1, device),
        cost: 8 * n,
      },
      { kernel: gradientNormFinish, bind: { partial, hyper, norm }, params: { pieces }, workgroups: [1, 1, 1], cost: pieces },
    ];
  },
};

/**
 * `gradient` [n]: the arena. `hyper` [8]: see adamw.ts; only max_grad_norm is read (0 = never clip). Writes into `norm` [2]:
 * the norm before clipping (not finite when any gradient is not) and the factor that gradients are to be multiplied by.
 */
export function gradientNorm(trace: Trace, gradient: Tensor, hyper: Tensor, norm: Tensor): void {
  trace.emit(gradientNormOp, { gradient, hyper }, {}, { norm });
}
