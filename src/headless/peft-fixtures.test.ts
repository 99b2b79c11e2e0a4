/** The fixtures of e2e/fixtures as files: models open and fit their configs; adapters that real PEFT saved survive the way in and out. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { exportAdapter, type ImportedAdapter, importAdapter, readAdapter } from '../engine/files/adapter.ts';
import { planAdapter } from '../engine/files/adapter-plan.ts';
import { decodeMxfp4 } from '../engine/files/mxfp4.ts';
import { openCheckpoint } from '../engine/files/safetensors-read.ts';
import { bytesDirectory } from '../engine/files/source.ts';
import { readModelConfig } from '../engine/models/config.ts';
import { openModelFiles } from '../engine/models/files.ts';
import { adaptableWeights } from '../engine/models/index.ts';
import { quantMethod } from '../engine/models/tensors.ts';
import { nodeDirectory } from './node-files.ts';

const fixture = (path: string): string => new URL(`../../e2e/fixtures/${path}`, import.meta.url).pathname;

describe('the tiny models', () => {
  it.each([
    ['mxfp4-yarn', 'mxfp4'],
    ['bf16-sharded', null],
    ['f32-truncated-yarn', null],
  ])('%s holds every tensor of its config', async (name, method) => {
    const directory = nodeDirectory(fixture(`models/${name}`));
    expect(quantMethod((await openModelFiles(directory)).tensors)).toBe(method);
  });

  it('bf16-sharded has a layer in both shards', async () => {
    const { tensors } = await openCheckpoint(nodeDirectory(fixture('models/bf16-sharded')));
    expect(new Set([...tensors.values()].filter(({ name }) => name.startsWith('model.layers.1.')).map(({ file }) => file)).size).toBe(2);
  });

  it('mxfp4-yarn decodes to weights of the scale it was drawn with', async () => {
    const checkpoint = await openCheckpoint(nodeDirectory(fixture('models/mxfp4-yarn')));
    const name = 'model.layers.0.mlp.experts.gate_up_proj';
    const values = decodeMxfp4(await checkpoint.read(`${name}_blocks`), await checkpoint.read(`${name}_scales`));
    expect(values.length).toBe(5 * 192 * 64);
    expect(Math.sqrt(values.reduce((sum, x) => sum + x * x, 0) / values.length)).toBeCloseTo(4 / 8, 1);
  });
});

describe('adapters that real PEFT saved', () => {
  const cases = ['both-experts', 'down-rslora', 'patterns'];
  const load = async (name: string) => {
    const model = JSON.parse(readFileSync(fixture(`peft/${name}/case.json`), 'utf8')).model as string;
    const offered = adaptableWeights(await readModelConfig(nodeDirectory(fixture(`models/${model}`))));
    const folder = nodeDirectory(fixture(`peft/${name}/adapter`));
    return { offered, folder, adapter: await readAdapter(folder, offered) };
  };

  it.each(cases)('%s: planned, read and written again with the same keys, shapes and bytes', async (name) => {
    const { offered, folder, adapter } = await load(name);
    const original = await openCheckpoint(folder, 'adapter_model');
    expect(adapter.targets.flatMap(({ keyA, keyB }) => [keyA, keyB]).sort()).toEqual([...original.tensors.keys()].sort());
    expect(planAdapter(adapter.settings, offered)).toEqual(adapter.targets);

    const { configJson, safetensors } = exportAdapter(adapter.targets, adapter.tensors, adapter.settings, adapter.base_model!);
    const exported = await openCheckpoint(bytesDirectory('export', new Map([['adapter_model.safetensors', safetensors]])), 'adapter_model');
    for (const [key, { shape }] of original.tensors) {
      expect(exported.tensors.get(key)?.shape).toEqual(shape);
      expect(await exported.read(key)).toEqual(await original.read(key));
    }
    // The Python library orders and pads the file in the same way.
    expect(Buffer.from(safetensors).equals(readFileSync(fixture(`peft/${name}/adapter/adapter_model.safetensors`)))).toBe(true);
    const again = await importAdapter(configJson, exported, offered);
    expect(again).toEqual(adapter);
  });

  it('has the scales that PEFT computes', async () => {
    const scaleOf = ({ targets }: ImportedAdapter, path: string): number => targets.find((target) => target.path.endsWith(path))!.scale;
    const { adapter: rslora } = await load('down-rslora');
    expect(scaleOf(rslora, '0.self_attn.q_proj')).toBe(4 / Math.sqrt(5));
    const { adapter: patterns } = await load('patterns');
    expect(scaleOf(patterns, '1.self_attn.o_proj')).toBe(3 / 6);
    expect(scaleOf(patterns, '2.self_attn.k_proj')).toBe(8);
    expect(scaleOf(patterns, '3.mlp.experts.gate_up_proj')).toBe(20 / 4);
    expect(scaleOf(patterns, '3.mlp.experts.down_proj')).toBe(8 / 2);
  });
});
