/**
 * What a repository's config.json states about a model, as the page shows it. It is read loosely, because it comes from anywhere: what is missing
 * or of another kind is left out. Whether the engine supports it is decided there.
 */
import { formatInteger } from '../lib/format.ts';

export interface ModelShape {
  /** `model_type`; '' where the file does not say. */
  family: string;
  layers: number;
  experts: number;
  context: number;
}

function number(config: Record<string, unknown>, ...names: string[]): number | null {
  for (const name of names) {
    const value = config[name];
    if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
  }
  return null;
}

/** Family, layers, experts (0: dense) and longest context; 0 where the file does not say. */
export function shapeOf(config: Record<string, unknown>): ModelShape {
  return {
    family: typeof config.model_type === 'string' ? config.model_type : '',
    layers: number(config, 'num_hidden_layers') ?? 0,
    experts: number(config, 'num_local_experts', 'num_experts') ?? 0,
    context: number(config, 'max_position_embeddings') ?? 0,
  };
}

/** Named values for a list: family with its quantisation, layers, experts, attention, vocabulary, context. */
export function describeConfig(config: Record<string, unknown>): [string, string][] {
  const { layers, experts, context } = shapeOf(config);
  const width = number(config, 'hidden_size');
  const perToken = number(config, 'num_experts_per_tok', 'experts_per_token');
  const heads = number(config, 'num_attention_heads');
  const keys = number(config, 'num_key_value_heads');
  const window = number(config, 'sliding_window');
  const vocabulary = number(config, 'vocab_size');
  const quantised = config.quantization_config;
  const method = typeof quantised === 'object' && quantised !== null ? (quantised as Record<string, unknown>).quant_method : undefined;
  const items: [string, string | null][] = [
    [
      'Family',
      typeof config.model_type === 'string' ? [config.model_type, method].filter((part) => typeof part === 'string').join(', ') : null,
    ],
    ['Layers', layers > 0 ? `${layers}${width ? ` of width ${formatInteger(width)}` : ''}` : null],
    ['Experts', experts > 0 ? `${experts}${perToken ? `, ${perToken} per token` : ''}` : 'none'],
    ['Attention', heads ? [`${heads} heads${keys ? ` (${keys} KV)` : ''}`, window && `window ${window}`].filter(Boolean).join(', ') : null],
    ['Vocabulary', vocabulary ? formatInteger(vocabulary) : null],
    ['Context', context > 0 ? `${formatInteger(context)} tokens` : null],
  ];
  return items.filter((item): item is [string, string] => item[1] !== null);
}
