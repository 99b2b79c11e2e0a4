/**
 * GRPO as an objective (TRL 1.13's `_compute_loss`): log-probabilities and entropies of all labels first, then the loss over whole completions with its
 * gradient to them (ops/grpo.ts), then that gradient through the head. Every divisor is known to the host (batches.ts) and is in a completion's weight.
 */
import type { GrpoSettings } from '../../../protocol/grpo.ts';
import type { Tensor } from '../../graph/tensor.ts';
import type { Policy } from '../../kernels/loss.ts';
import { COMPLETION_WORDS, GRPO_STATS, type GrpoAttrs, grpoLoss } from '../../ops/grpo.ts';
import { headLogProbs, headLogProbsGradient } from '../../ops/log-probs.ts';
import type { Column, Objective } from '../method.ts';

/** Beyond every ratio and every mean of log-ratios. */
const UNBOUNDED = 3.4e38;

const policies: Readonly<Record<GrpoSettings['loss_type'], Policy>> = {
  grpo: 'clip',
  bnpo: 'clip',
  dr_grpo: 'clip',
  dapo: 'clip',
  luspo: 'clip',
  cispo: 'cispo',
  sapo: 'sapo',
  vespo: 'vespo',
};

const columns: readonly Column[] = [
  { name: 'labels', dtype: 'i32', per: 'row' },
  { name: 'completions', dtype: 'u32', per: 'row', width: COMPLETION_WORDS },
  { name: 'entropy_rank', dtype: 'u32', per: 'batch' },
  { name: 'entropy_fraction', dtype: 'f32', per: 'batch' },
];

function brought(name: string): Column {
  return { name, dtype: 'f32', per: 'row' };
}

/** `micro_batches`: of an optimizer step. */
export interface GrpoObjectiveOptions {
  readonly micro_batches: number;
  /** Whether batches bring them; without, every ratio is 1. */
  readonly old_logps: boolean;
  /** Likewise; without, each micro-batch computes them where beta needs them. */
  readonly ref_logps?: boolean;
}

export function grpoObjective(settings: GrpoSettings, { micro_batches, old_logps, ref_logps = false }: GrpoObjectiveOptions): Objective {
  const { beta, temperature } = settings;
  const attrs = attrsOf(settings, micro_batches);
  const scale = 1 / temperature;
  return {
    name: `grpo ${settings.loss_type}`,
    columns: [...columns, ...(old_logps ? [brought('old_logps')] : []), ...(ref_logps ? [brought('ref_logps')] : [])],
    router_aux_loss: true,
    stats: GRPO_STATS,
    rows: beta === 0 ? ['logps'] : ['logps', 'ref_logps'],
    loss: (trace, { hidden, head, column, stats, row, base, evaluate }) => {
      const labels = column('labels');
      const made = headLogProbs(trace, hidden, head, labels, scale, row('logps'));
      const reference = (): Tensor => headLogProbs(trace, base(), head, labels, scale, row('ref_logps')).logps;
      if (evaluate) {
        if (ref_logps) reference();
        return null; // log-probabilities alone, before the first step on a batch
      }
      const { logps, entropy } = made;
      const ref = beta === 0 ? logps : ref_logps ? column('ref_logps') : reference();
      const own = { completions: column('completions'), rank: column('entropy_rank'), fraction: column('entropy_fraction') };
      const given = { ...own, labels, logps, entropy, ref_logps: ref, old: old_logps ? column('old_logps') : logps };
      return headLogProbsGradient(trace, { hidden, head, labels, scale }, made, grpoLoss(trace, given, attrs, stats));
    },
  };
}

function attrsOf(settings: GrpoSettings, micro_batches: number): Omit<GrpoAttrs, 'width'> {
  const { loss_type, epsilon, epsilon_high, delta, off_policy_mask_threshold, vespo_lambda_pos, vespo_lambda_neg } = settings;
  const { sapo_temperature_pos, sapo_temperature_neg } = settings;
  const above = epsilon_high ?? epsilon;
  const vespo = loss_type === 'vespo';
  return {
    policy: policies[loss_type],
    sequence: settings.importance_sampling_level === 'sequence',
    correct_kl: settings.use_bias_correction_kl,
    beta: settings.beta,
    low: 1 - epsilon,
    high: loss_type === 'cispo' ? above : 1 + above,
    delta: delta ?? UNBOUNDED,
    positive: vespo ? vespo_lambda_pos : sapo_temperature_pos,
    negative: vespo ? vespo_lambda_neg : sapo_temperature_neg,
    k_positive: settings.vespo_k_pos,
    k_negative: settings.vespo_k_neg,
    off_policy: off_policy_mask_threshold ?? UNBOUNDED,
    bonus: settings.entropy_coef / micro_batches,
  };
}
