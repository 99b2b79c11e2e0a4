/** The split of a synthetic gpt-oss-20b against what is known of the published files, and of smaller ones against the rule. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type GptOssConfig, gptOss } from '../../src/engine/models/gpt-oss.ts';
import { shardsOf, syntheticTensors } from './layout.ts';

const published = JSON.parse(readFileSync('e2e/fixtures/configs/gpt-oss-20b/config.json', 'utf8')) as Record<string, unknown>;
const configOf = (change: Record<string, unknown> = {}): GptOssConfig => gptOss.parse({ ...published, ...change }, 'test');
const layersIn = (tensors: readonly { name: string }[]): string[] => [
  ...new Set(tensors.flatMap(({ name }) => /layers\.(\d+)\./.exec(name)?.[1] ?? [])),
];

describe('gpt-oss-20b', () => {
  const shards = shardsOf(configOf());

  it('has the published 459 tensors and 13,761,264,768 bytes', () => {
    const tensors = syntheticTensors(configOf());
    expect(tensors).toHaveLength(459);
    expect(tensors.reduce((n, { bytes }) => n + bytes, 0)).toBe(13_761_264_768);
  });

  it('has the published files: names, bytes, bytes before the data, tensors', () => {
    expect(shards.map(({ file, bytes, header, tensors }) => [file, bytes, 8 + header.length, tensors.length])).toEqual([
      ['model-00000-of-00002.safetensors', 4_792_272_488, 22_248, 196],
      ['model-00001-of-00002.safetensors', 4_798_702_184, 22_312, 197],
      ['model-00002-of-00002.safetensors', 4_170_342_232, 7_576, 66],
    ]);
  });

  it('splits layers 18 and 6 where the published files do', () => {
    expect(shards.map(({ tensors }) => layersIn(tensors).sort())).toEqual([
      ['0', '1', '10', '11', '12', '13', '14', '15', '16', '17', '18'],
      ['18', '19', '2', '20', '21', '22', '23', '3', '4', '5', '6'],
      ['6', '7', '8', '9'],
    ]);
    const of = (layer: number, shard: number): string[] =>
      shards[shard]!.tensors.flatMap(({ name }) => name.split(`layers.${layer}.`)[1] ?? []).sort();
    expect(of(18, 0)).toEqual([
      'input_layernorm.weight',
      'self_attn.k_proj.bias',
      'self_attn.o_proj.bias',
      'self_attn.o_proj.weight',
      'self_attn.q_proj.bias',
      'self_attn.v_proj.bias',
    ]);
    expect(of(6, 2)).toEqual([
      'mlp.experts.down_proj_bias',
      'mlp.experts.down_proj_blocks',
      'mlp.experts.down_proj_scales',
      'mlp.experts.gate_up_proj_blocks',
      'mlp.experts.gate_up_proj_scales',
      'post_attention_layernorm.weight',
    ]);
  });
});

describe('a smaller model', () => {
  const alternating = { num_hidden_layers: 3, vocab_size: 2560, layer_types: (published.layer_types as string[]).slice(0, 3) };

  it('comes in two files that share the middle layer', () => {
    const shards = shardsOf(configOf(alternating));
    expect(shards.map(({ file, tensors }) => [file, layersIn(tensors)])).toEqual([
      ['model-00000-of-00001.safetensors', ['0', '1']],
      ['model-00001-of-00001.safetensors', ['1', '2']],
    ]);
  });

  it('is split at a given size, no file above it', () => {
    const shards = shardsOf(configOf(alternating), 300_000_000);
    expect(shards.length).toBeGreaterThan(4);
    for (const { bytes, header } of shards) expect(bytes - 8 - header.length).toBeLessThanOrEqual(300_000_000);
    expect(shards.flatMap(({ tensors }) => tensors)).toHaveLength(3 * 19 + 3);
  });
});
