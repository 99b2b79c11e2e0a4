/**
 * Which tensor lies in which file of a synthetic checkpoint: the published one's order, names and split. Its order is that of OpenAI's own names
 * (layers by string, in a layer attention before the mixture, both sorted by those names), its files are filled up to 4.8 GB, and their
 * numbers begin at 0 while the last number stands for the count. In a file, tensors lie as the safetensors library puts them: by falling
 * element size, then by name.
 */
import { type GptOssConfig, gptOss } from '../../src/engine/models/gpt-oss.ts';
import { MotherTongueError } from '../../src/lib/errors.ts';
import type { SyntheticTensor } from './tensor-bytes.ts';

/** Below the published split: no file is larger, and one tensor more would make it so. */
const PUBLISHED_SHARD_BYTES = 4_800_000_000;
const CUT = 'mlp.experts.gate_up_proj_blocks';

/** Within a layer, in the order of the original names (attn.norm, attn.out, attn.qkv, attn.sinks, mlp.gate, mlp.mlp1, mlp.mlp2, mlp.norm). */
const IN_LAYER = [
  'input_layernorm.weight',
  'self_attn.o_proj.bias',
  'self_attn.o_proj.weight',
  'self_attn.q_proj.bias',
  'self_attn.k_proj.bias',
  'self_attn.v_proj.bias',
  'self_attn.q_proj.weight',
  'self_attn.k_proj.weight',
  'self_attn.v_proj.weight',
  'self_attn.sinks',
  'mlp.router.bias',
  'mlp.router.weight',
  'mlp.experts.gate_up_proj_bias',
  CUT,
  'mlp.experts.gate_up_proj_scales',
  'mlp.experts.down_proj_bias',
  'mlp.experts.down_proj_blocks',
  'mlp.experts.down_proj_scales',
  'post_attention_layernorm.weight',
];
const LAST = ['model.embed_tokens.weight', 'model.norm.weight', 'lm_head.weight'];

export interface Shard {
  readonly file: string;
  /** In the order of their bytes. */
  readonly tensors: readonly SyntheticTensor[];
  /** JSON, padded to a multiple of 8 bytes; its length stands before it in 8 bytes. */
  readonly header: Uint8Array<ArrayBuffer>;
  /** Of the whole file. */
  readonly bytes: number;
}

/** Every tensor, in the order in which files are filled. */
export function syntheticTensors(config: GptOssConfig): SyntheticTensor[] {
  if (!config.quantized || !config.attention_bias || config.tie_word_embeddings) {
    throw new MotherTongueError(
      'SettingsError',
      'A synthetic checkpoint has MXFP4 experts, attention biases and an untied head; its config.json must say so.',
    );
  }
  const tensors = gptOss.tensors(config).map(({ name, shape, dtypes }): SyntheticTensor => {
    const dtype = dtypes.includes('U8') ? 'U8' : 'BF16';
    return { name, shape, dtype, bytes: shape.reduce((n, d) => n * d, dtype === 'U8' ? 1 : 2) };
  });
  return tensors.sort((a, b) => compare(rank(a.name), rank(b.name)));
}

/** `limit`: most bytes of tensors in a file; absent: the published limit, or two files that share the middle layer where all would fit one. */
export function shardsOf(config: GptOssConfig, limit?: number): Shard[] {
  const tensors = syntheticTensors(config);
  const total = tensors.reduce((n, { bytes }) => n + bytes, 0);
  const groups = limit === undefined && total <= PUBLISHED_SHARD_BYTES ? halves(tensors) : filled(tensors, limit ?? PUBLISHED_SHARD_BYTES);
  const number = (n: number): string => String(n).padStart(5, '0');
  return groups.map((group, i) => shard(`model-${number(i)}-of-${number(groups.length - 1)}.safetensors`, group));
}

function filled(tensors: readonly SyntheticTensor[], limit: number): SyntheticTensor[][] {
  const groups: SyntheticTensor[][] = [[]];
  let bytes = 0;
  for (const tensor of tensors) {
    if (bytes > 0 && bytes + tensor.bytes > limit) {
      groups.push([]);
      bytes = 0;
    }
    groups.at(-1)!.push(tensor);
    bytes += tensor.bytes;
  }
  return groups;
}

function halves(tensors: readonly SyntheticTensor[]): SyntheticTensor[][] {
  const cuts = tensors.flatMap(({ name }, i) => (name.endsWith(CUT) ? [i] : []));
  const cut = cuts[Math.floor(cuts.length / 2)]!;
  return [tensors.slice(0, cut), tensors.slice(cut)];
}

function shard(file: string, group: readonly SyntheticTensor[]): Shard {
  const tensors = [...group].sort((a, b) => compare([a.dtype, a.name], [b.dtype, b.name])); // BF16 before U8
  const entries: Record<string, unknown> = {}; // the published files have no __metadata__
  let at = 0;
  for (const { name, dtype, shape, bytes } of tensors) {
    entries[name] = { dtype, shape, data_offsets: [at, at + bytes] };
    at += bytes;
  }
  const json = new TextEncoder().encode(JSON.stringify(entries));
  const header = new Uint8Array(Math.ceil(json.length / 8) * 8).fill(0x20);
  header.set(json);
  return { file, tensors, header, bytes: 8 + header.length + at };
}

/** Sort key: layers before the rest, layers by their number as text. */
function rank(name: string): (string | number)[] {
  const [, layer, part] = /^model\.layers\.(\d+)\.(.+)$/.exec(name) ?? [];
  return layer === undefined ? [1, '', LAST.indexOf(name)] : [0, layer, IN_LAYER.indexOf(part!)];
}

function compare(a: readonly (string | number)[], b: readonly (string | number)[]): number {
  const i = a.findIndex((x, j) => x !== b[j]);
  return i < 0 ? 0 : a[i]! < b[i]! ? -1 : 1;
}
