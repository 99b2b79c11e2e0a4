/**
 * A weight that LoRA can attach to, as a model family lists it (models/<family>.ts); adapters need no more of a model.
 */
export interface AdaptableWeight {
  /** Module path for `module` (`model.layers.0.self_attn.q_proj`), parameter path for `expert` (`model.layers.0.mlp.experts.gate_up_proj`). */
  path: string;
  kind: 'module' | 'expert';
  in: number;
  out: number;
  /** 1 for `module`. */
  experts: number;
  /** Outputs lie in turn here, gate 0, up 0, gate 1, and in PEFT all of gate before all of up. */
  interleaved?: true;
}

/** The short names of PEFT's lists: modules by their last name, expert parameters from the layer's number on. */
export function targetNames(weights: readonly Pick<AdaptableWeight, 'path' | 'kind'>[]): { modules: string[]; parameters: string[] } {
  const modules = weights.filter(({ kind }) => kind === 'module').map(({ path }) => path.slice(path.lastIndexOf('.') + 1));
  const parameters = weights.filter(({ kind }) => kind === 'expert').map(({ path }) => path.slice(path.search(/\d+\./)));
  return { modules: [...new Set(modules)], parameters };
}
