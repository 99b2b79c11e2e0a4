/**
 * A weight that LoRA can attach to, as a model family announces it (models/<family>-weights.ts); adapters need to know no more of a model.
 */
export interface AdaptableWeight {
  /** Module path for `module` (`model.layers.0.self_attn.q_proj`), parameter path for `expert` (`model.layers.0.mlp.experts.gate_up_proj`). */
  path: string;
  kind: 'module' | 'expert';
  in: number;
  out: number;
  /** 1 for `module`. */
  experts: number;
}
