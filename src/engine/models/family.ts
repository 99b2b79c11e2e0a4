/**
 * What a model family is: a record of four functions, one line in the table of index.ts. Code outside a family's own file uses only
 * what is here: the fields that every config has, the tensors of a checkpoint with the kind of each, the weights that LoRA can attach to, and a
 * forward over `Weights`, `Stream` and `Attend`.
 */
import type { AdaptableWeight } from '../files/adaptable.ts';
import type { Dtype } from '../files/dtypes.ts';
import type { ModelCheckpoint } from '../files/safetensors-read.ts';
import type { Tensor } from '../graph/tensor.ts';
import type { Trace } from '../graph/trace.ts';
import type { Rotary } from './rope.ts';
import type { Attend, Stream } from './stream.ts';
import type { Weights } from './weights.ts';

/** The fields that every family has, by their names in config.json; a family's own config adds its own. */
export interface BaseConfig extends Rotary {
  /** The family's key in the table. */
  readonly model_type: string;
  readonly hidden_size: number;
  readonly intermediate_size: number;
  readonly num_hidden_layers: number;
  readonly num_attention_heads: number;
  readonly num_key_value_heads: number;
  readonly vocab_size: number;
  /** Keys visible to a query in sliding layers, itself included; null when no layer slides. */
  readonly sliding_window: number | null;
  readonly tie_word_embeddings: boolean;
  /** What embeddings are multiplied by, in f32; absent: 1. */
  readonly embedding_scale?: number;
  /** Absent in dense families. */
  readonly num_local_experts?: number;
  readonly num_experts_per_tok?: number;
  /** Layers with experts, where not all have them. */
  readonly sparse_layers?: number;
  /** From config.json; generation_config.json, where there is one, goes before it. */
  readonly eos_token_ids: readonly number[];
  readonly pad_token_id: number | null;
}

/**
 * How a tensor lies on the GPU.
 *   vector   f32, whatever the file's dtype: norms, biases, sinks, of any rank; `times` the file's values `plus` a number, where the tensor says so
 *   matrix   [out, in], bf16 where the file has bf16, else f32
 *   experts  [experts, in, out] in the file, as transformers stores dense experts; [experts, out, in] on the GPU, bf16 or f32
 *   blocks   MXFP4 values, two a byte, as in the file
 *   scales   their scale bytes, as in the file
 */
export type TensorKind = 'vector' | 'matrix' | 'experts' | 'blocks' | 'scales';

/** Where a matrix of one expert lies in the tensor [E, N, C] that the GPU holds for all of them. */
export interface Stack {
  /** On the GPU. */
  readonly name: string;
  readonly shape: readonly [experts: number, outputs: number, inputs: number];
  readonly expert: number;
  /** Of the N rows of its expert; the two halves of gate and up are listed one after the other. */
  readonly rows: 'all' | 'even' | 'odd';
}

export interface ExpectedTensor {
  readonly name: string;
  readonly kind: TensorKind;
  /** In the file. */
  readonly shape: readonly number[];
  /** The dtypes that are read; the first is that of published checkpoints. */
  readonly dtypes: readonly Dtype[];
  /** Of a vector: the GPU holds times * (file + plus); absent: 1 and 0. */
  readonly times?: number;
  readonly plus?: number;
  /** Of a matrix that files hold for each expert by itself. */
  readonly stack?: Stack;
}

/** Methods, not function properties: so a family of its own config is a `Family` of the table without a cast. */
export interface Family<C extends BaseConfig = BaseConfig> {
  /** From config.json; everything that is wrong is listed in one ModelError. `name` is the model's, for messages. */
  parse(json: Record<string, unknown>, name: string): C;
  /** Every tensor that the model needs. A family that is stored in several forms looks into `checkpoint` for which, and without one into the config. */
  tensors(config: C, checkpoint?: Pick<ModelCheckpoint, 'tensors'>): ExpectedTensor[];
  /** In the model's own order of modules, which is PEFT's order of wrapping. */
  adaptable(config: C): AdaptableWeight[];
  /** [T, C], normed: what `lm_head` multiplies. */
  forward(trace: Trace, config: C, weights: Weights, stream: Stream, attend: Attend): Tensor;
}
