/**
 * The loss of GRPO over log-probabilities, with its gradient to them and to the entropies: the root of the backward. A few numbers per token, so one
 * workgroup does it. Formulas, by TRL 1.13: shaders/loss/grpo.forward.wgsl and the policies in front of it.
 */
import type { Op } from '../graph/op.ts';
import { elements, type Tensor } from '../graph/tensor.ts';
import type { Trace } from '../graph/trace.ts';
import { entropyThresholdForward, grpoForward, type Policy } from '../kernels/loss.ts';

/** Words of one completion in its list: its first token and the one behind its last, the bits of its advantage and of its tokens' weight. */
export const COMPLETION_WORDS = 4;
/** What the loss adds to the stats of a micro-batch, in order. */
export const GRPO_STATS = ['loss', 'entropy', 'kl', 'low', 'high', 'region', 'low_min', 'high_max', 'weight'] as const;

type ThresholdInputs = { entropy: Tensor; labels: Tensor; rank: Tensor; fraction: Tensor };

/** `rank` [1] u32 and `fraction` [1]: between which sorted entropies the threshold lies. */
export const entropyThresholdOp: Op<ThresholdInputs, { threshold: Tensor }> = {
  name: 'entropy-threshold',
  infer: () => ({ threshold: { shape: [3], dtype: 'f32' } }),
  lower: ({ inputs, outputs }) => {
    const rows = elements(inputs.entropy.shape);
    return [{ kernel: entropyThresholdForward, bind: { ...inputs, ...outputs }, params: { rows }, workgroups: [1, 1, 1], cost: 40 * rows }];
  },
};

export interface GrpoAttrs {
  readonly [name: string]: unknown;
  readonly policy: Policy;
  /** One ratio per completion. */
  readonly sequence: boolean;
  readonly correct_kl: boolean;
  readonly beta: number;
  /** Bounds of the ratio; of cispo only `high`, which is the cap itself. */
  readonly low: number;
  readonly high: number;
  readonly delta: number;
  /** sapo's temperatures or vespo's lambda, by the sign of the advantage. */
  readonly positive: number;
  readonly negative: number;
  readonly k_positive: number;
  readonly k_negative: number;
  readonly off_policy: number;
  /** Weight of the mean entropy in this micro-batch. */
  readonly bonus: number;
  /** Of the stats. */
  readonly width: number;
}

type Inputs = { logps: Tensor; old: Tensor; ref_logps: Tensor; entropy: Tensor; threshold: Tensor; completions: Tensor };

export const grpoOp: Op<Inputs, { gradients: Tensor; stats: Tensor }, GrpoAttrs> = {
  name: 'grpo',
  infer: ({ logps }, { width }) => ({
    gradients: { shape: [elements(logps.shape), 2], dtype: 'f32' },
    stats: { shape: [width], dtype: 'f32' },
  }),
  lower: ({ inputs, outputs, attrs: { policy, sequence, correct_kl, width: _, ...numbers } }) => {
    const tokens = elements(inputs.logps.shape);
    const params = { ...(numbers as Record<string, number>), tokens, sequence: Number(sequence), correct_kl: Number(correct_kl) };
    return [{ kernel: grpoForward[policy], bind: { ...inputs, ...outputs }, params, workgroups: [1, 1, 1], cost: 60 * tokens }];
  },
};

/** The gradients [M, 2]; sums are added to `stats`. */
export function grpoLoss(
  trace: Trace,
  { labels, rank, fraction, ...given }: Omit<Inputs, 'threshold'> & Omit<ThresholdInputs, 'entropy'>,
  attrs: Omit<GrpoAttrs, 'width'>,
  stats: Tensor,
): Tensor {
  const { entropy } = given;
  const { threshold } = trace.emit(entropyThresholdOp, { entropy, labels, rank, fraction }, {});
  return trace.emit(grpoOp, { ...given, threshold }, { ...attrs, width: stats.shape[0]! } as GrpoAttrs, { stats }).gradients;
}
