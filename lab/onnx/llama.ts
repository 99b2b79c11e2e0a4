/**
 * A Llama of random weights in both forms: safetensors for our engine, and an ONNX graph with the operators that published exports for transformers.js
 * have (GroupQueryAttention with the rotation inside, SkipSimplifiedLayerNormalization: one operator each where plain ONNX has dozens). Same values, f32.
 */
import { f32Tensor, writeSafetensors } from '../../src/engine/files/safetensors-write.ts';
import type { Bytes } from '../../src/engine/files/source.ts';
import { Random } from '../../src/lib/random.ts';
import { type OnnxInitializer, type OnnxNode, type OnnxValue, onnxModel } from './protobuf.ts';

export interface LlamaShape {
  readonly vocab: number;
  readonly hidden: number;
  readonly inner: number;
  readonly layers: number;
  readonly heads: number;
  readonly kv_heads: number;
  readonly head_dim: number;
}

export interface Llama {
  /** config.json, the same for both. */
  readonly config: string;
  readonly safetensors: Bytes;
  readonly onnx: Blob;
}

const POSITIONS = 1024;
const THETA = 10_000;
const EPS = 1e-5;
/** A prime number of values that repeat, so that no two rows are alike. */
const PERIOD = 262_139;

export function makeLlama(shape: LlamaShape): Llama {
  const weights = weightsOf(shape);
  const tensors = new Map([...weights].map(([name, { data, shape: size }]) => [name, f32Tensor(data, ...size)]));
  return { config: JSON.stringify(configOf(shape)), safetensors: writeSafetensors(tensors), onnx: onnxModel(graphOf(shape, weights)) };
}

function configOf(s: LlamaShape): Record<string, unknown> {
  return {
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    ...{ vocab_size: s.vocab, hidden_size: s.hidden, intermediate_size: s.inner, num_hidden_layers: s.layers },
    ...{ num_attention_heads: s.heads, num_key_value_heads: s.kv_heads, head_dim: s.head_dim },
    ...{ max_position_embeddings: POSITIONS, rope_theta: THETA, rms_norm_eps: EPS, hidden_act: 'silu', tie_word_embeddings: false },
    ...{ bos_token_id: null, eos_token_id: null, pad_token_id: null, torch_dtype: 'float32' },
  };
}

type Weight = { readonly shape: readonly number[]; readonly data: Float32Array<ArrayBuffer> };

/** Norms about 1, matrices by their width, so that activations keep their size. */
function weightsOf(s: LlamaShape): Map<string, Weight> {
  const weights = new Map<string, Weight>();
  const matrix = (name: string, ...shape: number[]): void => {
    const random = new Random(name);
    const norm = shape.length === 1;
    const period = Float32Array.from({ length: PERIOD }, () => (norm ? 1 + random.normal() * 0.1 : random.normal() * shape[1]! ** -0.5));
    const data = new Float32Array(shape.reduce((n, d) => n * d, 1));
    for (let at = 0; at < data.length; at += PERIOD) data.set(period.subarray(0, Math.min(PERIOD, data.length - at)), at);
    weights.set(`${name}.weight`, { shape, data });
  };
  matrix('model.embed_tokens', s.vocab, s.hidden);
  for (let i = 0; i < s.layers; i++) {
    const layer = `model.layers.${i}`;
    matrix(`${layer}.input_layernorm`, s.hidden);
    matrix(`${layer}.self_attn.q_proj`, s.heads * s.head_dim, s.hidden);
    matrix(`${layer}.self_attn.k_proj`, s.kv_heads * s.head_dim, s.hidden);
    matrix(`${layer}.self_attn.v_proj`, s.kv_heads * s.head_dim, s.hidden);
    matrix(`${layer}.self_attn.o_proj`, s.hidden, s.heads * s.head_dim);
    matrix(`${layer}.post_attention_layernorm`, s.hidden);
    matrix(`${layer}.mlp.gate_proj`, s.inner, s.hidden);
    matrix(`${layer}.mlp.up_proj`, s.inner, s.hidden);
    matrix(`${layer}.mlp.down_proj`, s.hidden, s.inner);
  }
  matrix('model.norm', s.hidden);
  matrix('lm_head', s.vocab, s.hidden);
  return weights;
}

/** In the order in which onnxruntime-genai's model builder writes them. */
function graphOf(s: LlamaShape, weights: ReadonlyMap<string, Weight>) {
  const nodes: OnnxNode[] = [];
  const emit = (op: string, inputs: string[], output: string, more: Partial<OnnxNode> = {}): string => {
    nodes.push({ op, inputs, outputs: [output], ...more });
    return output;
  };
  const product = (x: string, name: string): string => emit('MatMul', [x, `${name}.weight`], `${name}.y`);
  /** norm(x + skip) and the sum. */
  const skipNorm = (x: string, skip: string, name: string): [normed: string, sum: string] => {
    const outputs = [`${name}.y`, '', '', `${name}.sum`] as const;
    const attributes = { epsilon: { float: EPS } };
    nodes.push({
      op: 'SkipSimplifiedLayerNormalization',
      domain: 'com.microsoft',
      inputs: [skip, x, `${name}.weight`],
      outputs,
      attributes,
    });
    return [outputs[0], outputs[3]];
  };
  lengths(emit);
  let stream = emit('Gather', ['model.embed_tokens.weight', 'input_ids'], 'embedded');
  const first = 'model.layers.0.input_layernorm';
  let x = emit('SimplifiedLayerNormalization', [stream, `${first}.weight`], `${first}.y`, {
    attributes: { axis: -1, epsilon: { float: EPS }, stash_type: 1 },
  });
  for (let i = 0; i < s.layers; i++) {
    const layer = `model.layers.${i}`;
    const [q, k, v] = ['q', 'k', 'v'].map((name) => product(x, `${layer}.self_attn.${name}_proj`)) as [string, string, string];
    nodes.push({
      ...{ op: 'GroupQueryAttention', domain: 'com.microsoft' },
      inputs: [q, k, v, `past_key_values.${i}.key`, `past_key_values.${i}.value`, 'seqlens_k', 'total_length', 'cos', 'sin'],
      outputs: [`${layer}.attended`, `present.${i}.key`, `present.${i}.value`],
      attributes: {
        num_heads: s.heads,
        kv_num_heads: s.kv_heads,
        do_rotary: 1,
        rotary_interleaved: 0,
        scale: { float: s.head_dim ** -0.5 },
      },
    });
    [x, stream] = skipNorm(product(`${layer}.attended`, `${layer}.self_attn.o_proj`), stream, `${layer}.post_attention_layernorm`);
    const gate = product(x, `${layer}.mlp.gate_proj`);
    const act = emit('Mul', [gate, emit('Sigmoid', [gate], `${layer}.sigmoid`)], `${layer}.act`);
    const inner = emit('Mul', [act, product(x, `${layer}.mlp.up_proj`)], `${layer}.inner`);
    const next = i + 1 < s.layers ? `model.layers.${i + 1}.input_layernorm` : 'model.norm';
    [x, stream] = skipNorm(product(inner, `${layer}.mlp.down_proj`), stream, next);
  }
  emit('MatMul', [x, 'lm_head.weight'], 'logits');
  return { nodes, ...valuesOf(s), initializers: initializersOf(s, weights) };
}

/** What GroupQueryAttention asks for besides: keys of each row less one, and keys of the longest. */
function lengths(emit: (op: string, inputs: string[], output: string, more?: Partial<OnnxNode>) => string): void {
  const int32 = { attributes: { to: 6 } };
  const sum = emit('ReduceSum', ['attention_mask', 'one'], 'mask.sum', { attributes: { keepdims: 0 } });
  emit('Cast', [emit('Sub', [sum, 'one'], 'mask.last')], 'seqlens_k', int32);
  const total = emit('Gather', [emit('Shape', ['attention_mask'], 'mask.shape'), 'one.scalar'], 'mask.length', { attributes: { axis: 0 } });
  emit('Cast', [total], 'total_length', int32);
}

/** transformers.js fills in `batch_size` by its name and takes 0 for any other, which is right for an empty cache. */
function valuesOf(s: LlamaShape): { inputs: OnnxValue[]; outputs: OnnxValue[] } {
  const ids = (name: string, length: string): OnnxValue => ({ name, type: 'i64', shape: ['batch_size', length] });
  const cache = (prefix: string, length: string): OnnxValue[] =>
    Array.from({ length: s.layers }, (_, i) =>
      ['key', 'value'].map(
        (kind): OnnxValue => ({ name: `${prefix}.${i}.${kind}`, type: 'f32', shape: ['batch_size', s.kv_heads, length, s.head_dim] }),
      ),
    ).flat();
  return {
    inputs: [ids('input_ids', 'sequence'), ids('attention_mask', 'total'), ...cache('past_key_values', 'past')],
    outputs: [{ name: 'logits', type: 'f32', shape: ['batch_size', 'sequence', s.vocab] }, ...cache('present', 'total')],
  };
}

/** Matrices as MatMul wants them, [in, out]; the table of the embedding and norms as they are; the rotary tables. */
function initializersOf(s: LlamaShape, weights: ReadonlyMap<string, Weight>): OnnxInitializer[] {
  const half = s.head_dim / 2;
  const table = (of: (angle: number) => number): Float32Array<ArrayBuffer> =>
    Float32Array.from({ length: POSITIONS * half }, (_, i) => of(Math.floor(i / half) * THETA ** (-(i % half) / half)));
  return [
    ...[...weights].map(([name, { shape, data }]): OnnxInitializer => {
      if (shape.length === 1 || name.startsWith('model.embed_tokens')) return { name, shape, data };
      const [rows, columns] = shape as [number, number];
      return { name, shape: [columns, rows], data: transposed(data, rows, columns) };
    }),
    { name: 'cos', shape: [POSITIONS, half], data: table(Math.cos) },
    { name: 'sin', shape: [POSITIONS, half], data: table(Math.sin) },
    { name: 'one', shape: [1], data: BigInt64Array.of(1n) },
    { name: 'one.scalar', shape: [], data: BigInt64Array.of(1n) },
  ];
}

function transposed(data: Float32Array, rows: number, columns: number): Float32Array<ArrayBuffer> {
  const out = new Float32Array(data.length);
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) out[c * rows + r] = data[r * columns + c]!;
  return out;
}
