/** Limits of the kernels on a model's sizes, whatever its family. Each broken limit is a sentence for the config's ModelError. */
import type { BaseConfig } from './family.ts';

type Sizes = Pick<
  BaseConfig,
  | 'hidden_size'
  | 'intermediate_size'
  | 'num_attention_heads'
  | 'num_key_value_heads'
  | 'head_dim'
  | 'num_local_experts'
  | 'num_experts_per_tok'
>;

/** Kernels read four values at a time; decoding holds four query heads in workgroup memory. */
export function kernelProblems(config: Sizes): string[] {
  const { hidden_size, intermediate_size, num_attention_heads: heads, num_key_value_heads: kv_heads, head_dim } = config;
  const { num_local_experts: experts = 0, num_experts_per_tok: chosen = 0 } = config;
  const rules: [boolean, string][] = [
    [heads % kv_heads === 0, `num_attention_heads ${heads} is not a multiple of num_key_value_heads ${kv_heads}`],
    [chosen <= experts, `num_experts_per_tok ${chosen} is more than num_local_experts ${experts}`],
    [hidden_size % 4 === 0, `hidden_size ${hidden_size} is not a multiple of 4, as kernels that read four values at a time need`],
    [intermediate_size % 4 === 0, `intermediate_size ${intermediate_size} is not a multiple of 4`],
    [head_dim % 4 === 0 && head_dim <= 256, `head_dim ${head_dim} is not a multiple of 4 up to 256`],
  ];
  return broken(rules);
}

/** The sentences of the rules that do not hold. */
export function broken(rules: readonly (readonly [boolean, string])[]): string[] {
  return rules.filter(([holds]) => !holds).map(([, problem]) => problem);
}
