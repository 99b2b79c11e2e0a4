/**
 * The tensors of a gpt_oss checkpoint: names and shapes as Hugging Face writes them, and the weights that LoRA can attach to.
 * Expert matrices come in two forms. MXFP4 keeps [experts, out, in] in blocks of 32 along `in`, 16 bytes and one scale byte each; dense (bf16
 * or f32) is transposed: [experts, in, out]. Rows of gate_up are interleaved (gate 0, up 0, gate 1, ...) in both.
 */
import { throwProblems } from '../../lib/problems.ts';
import type { AdaptableWeight } from '../files/adaptable.ts';
import type { Dtype } from '../files/dtypes.ts';
import type { ModelCheckpoint } from '../files/safetensors-read.ts';
import type { GptOssConfig } from './gpt-oss-config.ts';

export type ExpertForm = 'mxfp4' | 'dense';

export interface ExpectedTensor {
  name: string;
  shape: number[];
  dtypes: readonly Dtype[];
}

const FLOATS: readonly Dtype[] = ['BF16', 'F32'];
const BYTES: readonly Dtype[] = ['U8'];

export function expectedTensors(config: GptOssConfig, form: ExpertForm): ExpectedTensor[] {
  const { hidden_size: hidden, vocab_size: vocab } = config;
  const float = (name: string, ...shape: number[]): ExpectedTensor => ({ name, shape, dtypes: FLOATS });
  const layers = Array.from({ length: config.num_hidden_layers }, (_, layer) => layerTensors(config, form, `model.layers.${layer}.`));
  const head = config.tie_word_embeddings ? [] : [float('lm_head.weight', vocab, hidden)];
  return [float('model.embed_tokens.weight', vocab, hidden), ...layers.flat(), float('model.norm.weight', hidden), ...head];
}

function layerTensors(config: GptOssConfig, form: ExpertForm, prefix: string): ExpectedTensor[] {
  const { hidden_size: hidden, intermediate_size: inner, num_local_experts: experts } = config;
  const float = (name: string, ...shape: number[]): ExpectedTensor => ({ name: prefix + name, shape, dtypes: FLOATS });
  const matrix = (name: string, out: number, input: number): ExpectedTensor[] =>
    form === 'dense'
      ? [float(name, experts, input, out)]
      : [
          { name: `${prefix}${name}_blocks`, shape: [experts, out, input / 32, 16], dtypes: BYTES },
          { name: `${prefix}${name}_scales`, shape: [experts, out, input / 32], dtypes: BYTES },
        ];
  const attention = attentionSizes(config).flatMap(({ name, in: input, out }) => [
    float(`self_attn.${name}.weight`, out, input),
    ...(config.attention_bias ? [float(`self_attn.${name}.bias`, out)] : []),
  ]);
  return [
    float('input_layernorm.weight', hidden),
    float('post_attention_layernorm.weight', hidden),
    ...attention,
    float('self_attn.sinks', config.num_attention_heads),
    float('mlp.router.weight', experts, hidden),
    float('mlp.router.bias', experts),
    ...matrix('mlp.experts.gate_up_proj', 2 * inner, hidden),
    float('mlp.experts.gate_up_proj_bias', experts, 2 * inner),
    ...matrix('mlp.experts.down_proj', hidden, inner),
    float('mlp.experts.down_proj_bias', experts, hidden),
  ];
}

function attentionSizes(config: GptOssConfig): { name: string; in: number; out: number }[] {
  const { hidden_size: hidden, head_dim } = config;
  const query = config.num_attention_heads * head_dim;
  const key = config.num_key_value_heads * head_dim;
  return [
    { name: 'q_proj', in: hidden, out: query },
    { name: 'k_proj', in: hidden, out: key },
    { name: 'v_proj', in: hidden, out: key },
    { name: 'o_proj', in: query, out: hidden },
  ];
}

/**
 * Which form the experts have; throws one ModelError that lists every tensor that is missing, has another shape or dtype, or belongs to no
 * part of the model.
 */
export function checkTensors(config: GptOssConfig, checkpoint: ModelCheckpoint): ExpertForm {
  const form: ExpertForm = checkpoint.tensors.has('model.layers.0.mlp.experts.gate_up_proj_blocks') ? 'mxfp4' : 'dense';
  const expected = expectedTensors(config, form);
  const problems: string[] = [];
  for (const { name, shape, dtypes } of expected) {
    const found = checkpoint.tensors.get(name);
    if (!found) problems.push(`${name} [${shape.join(', ')}] is missing`);
    else if (found.shape.join() !== shape.join())
      problems.push(`${name} is [${found.shape.join(', ')}] and should be [${shape.join(', ')}]`);
    else if (!dtypes.includes(found.dtype)) problems.push(`${name} is ${found.dtype} and should be ${dtypes.join(' or ')}`);
  }
  const known = new Set(expected.map(({ name }) => name));
  // Some savers write the head also when it is tied to the embedding.
  if (config.tie_word_embeddings) known.add('lm_head.weight');
  for (const name of checkpoint.tensors.keys()) if (!known.has(name)) problems.push(`${name} is not part of the model`);
  throwProblems(
    'ModelError',
    `The weights of ${checkpoint.name} do not fit its config.json`,
    problems,
    'Use config and weights of the same model.',
  );
  return form;
}

/** In the model's own order of modules, which is PEFT's order of wrapping. */
export function adaptableWeights(config: GptOssConfig): AdaptableWeight[] {
  const { hidden_size: hidden, intermediate_size: inner, num_local_experts: experts } = config;
  return Array.from({ length: config.num_hidden_layers }, (_, layer): AdaptableWeight[] => {
    const prefix = `model.layers.${layer}.`;
    const modules = attentionSizes(config).map(
      ({ name, in: input, out }): AdaptableWeight => ({ path: `${prefix}self_attn.${name}`, kind: 'module', in: input, out, experts: 1 }),
    );
    return [
      ...modules,
      { path: `${prefix}mlp.experts.gate_up_proj`, kind: 'expert', in: hidden, out: 2 * inner, experts },
      { path: `${prefix}mlp.experts.down_proj`, kind: 'expert', in: inner, out: hidden, experts },
    ];
  }).flat();
}
