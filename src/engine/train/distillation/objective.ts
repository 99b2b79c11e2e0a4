/**
 * Self-distillation as an objective: at each token of a completion the student (the adapter, after its own prompt) is drawn to the distribution of the
 * teacher (other weights of the same model, after a prompt that says more: the second stream). Orders and names as in COPSD and TRL's SDFT.
 */
import { DIVERGENCE_STATS, type DivergenceAttrs, divergenceSums, headDivergence } from '../../ops/divergence.ts';
import type { BesideWeights, Column, Objective } from '../method.ts';

export interface DivergenceSettings {
  /** 0: forward KL of the teacher to the student, 1: reverse KL, between: generalised Jensen-Shannon divergence. */
  readonly beta: number;
  /** Both logits are divided by it. */
  readonly temperature: number;
  /** Every entry of the sum over the vocabulary becomes at most this, and has no gradient where it is cut; null: off. */
  readonly jsd_token_clip: number | null;
  /** Entries that count; 0: the whole vocabulary. */
  readonly top_k_loss: number;
  readonly top_k_of: 'teacher' | 'student';
  /** With `top_k_loss`, what is left out is one more entry; without, both sides are made to sum to 1 again. */
  readonly add_tail: boolean;
  /** The completion's own token alone: -(sg(log p_T - log p_S)) log p_S; beta, clip and top k have no part in it. */
  readonly sampled_token: boolean;
  /** The model without the adapter, with it as it stands, or with its running average. */
  readonly teacher: 'base' | 'live' | 'ema';
}

const weights: Readonly<Record<DivergenceSettings['teacher'], BesideWeights>> = { base: 'base', live: 'adapter', ema: 'average' };

const columns: readonly Column[] = [
  { name: 'labels', dtype: 'i32', per: 'row' },
  { name: 'weight', dtype: 'f32', per: 'row' },
];

/** A row's `weight` multiplies its divergence in the loss; where it is 0 the row has no part in loss and stats. */
export function distillationObjective(settings: DivergenceSettings): Objective {
  const attrs = attrsOf(settings);
  return {
    name: 'distillation',
    columns,
    router_aux_loss: false,
    stats: DIVERGENCE_STATS,
    rows: ['divergence', 'logps', 'teacher_logps'],
    ...(settings.teacher === 'ema' && { average: true }),
    loss: (trace, { hidden, head, column, stats, row, beside, evaluate }) => {
      const given = { hidden, head, teacher: beside(weights[settings.teacher]), labels: column('labels'), weight: column('weight') };
      const { figures, dhidden } = headDivergence(trace, given, attrs, { scale: 1 / settings.temperature, gradient: !evaluate });
      const rows = { divergence: row('divergence'), logps: row('logps'), teacher_logps: row('teacher_logps') };
      divergenceSums(trace, figures, given.weight, rows, stats);
      return dhidden;
    },
  };
}

function attrsOf({ beta, jsd_token_clip, top_k_loss, top_k_of, add_tail, sampled_token }: DivergenceSettings): DivergenceAttrs {
  if (sampled_token) return { beta: 1, clip: null, top_k: 0, top_k_of, tail: false, sampled: true };
  return { beta, clip: jsd_token_clip, top_k: top_k_loss, top_k_of, tail: add_tail, sampled: false };
}
