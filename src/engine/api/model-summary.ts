/** What the page shows of a model, from its config and tensors, whatever its family. */
import type { ModelSource, ModelSummary } from '../../protocol/model.ts';
import { settingLimits } from '../adapters/setting-limits.ts';
import { targetNames } from '../files/adaptable.ts';
import { elements } from '../graph/tensor.ts';
import type { ModelFiles } from '../models/files.ts';
import { adaptableWeights } from '../models/index.ts';
import { positionsOf } from '../models/rope.ts';
import { countParameters, type FoundTensor, quantMethod } from '../models/tensors.ts';
import type { OwnSettings } from './own-settings.ts';

export function summarise({ config, checkpoint, tensors }: ModelFiles, source: ModelSource['kind'], own: OwnSettings): ModelSummary {
  return {
    source,
    name: checkpoint.name,
    family: config.model_type,
    parameters: countParameters(tensors),
    bytes: [...checkpoint.tensors.values()].reduce((n, t) => n + t.bytes, 0),
    layers: config.num_hidden_layers,
    hidden_size: config.hidden_size,
    intermediate_size: config.intermediate_size,
    heads: config.num_attention_heads,
    kv_heads: config.num_key_value_heads,
    head_dim: config.head_dim,
    experts: config.num_local_experts ?? 0,
    experts_per_token: config.num_experts_per_tok ?? 0,
    vocab_size: config.vocab_size,
    sliding_window: config.sliding_window,
    context: positionsOf(config),
    quantization: quantization(tensors),
    quant_method: quantMethod(tensors),
    adaptable: { ...targetNames(adaptableWeights(config)), rank: settingLimits(config).rank },
    examples: [...own.questions],
    ...(own.about && { about: own.about }),
    ...(own.recommended && { recommended: own.recommended }),
    ...(own.notes.length > 0 && { notes: [...own.notes] }),
  };
}

/** In words, by the dtypes that the files have. */
function quantization(tensors: readonly FoundTensor[]): string {
  const method = quantMethod(tensors);
  if (method === null) return 'none';
  const values = new Map<string, number>();
  for (const { kind, dtype, shape } of tensors) {
    if (kind === 'matrix' || kind === 'experts') values.set(dtype, (values.get(dtype) ?? 0) + elements(shape));
  }
  const [main] = [...values].sort(([, a], [, b]) => b - a);
  return `${method.toUpperCase()} experts${main ? `, ${main[0].toLowerCase()} elsewhere` : ''}`;
}
