/** Merged models against PEFT's merge_and_unload, on the tiny models; what rounding loses; what comes along; what is refused. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readAdapter } from '../engine/files/adapter.ts';
import { decodeFloats, encodeFloats } from '../engine/files/dtypes.ts';
import { openCheckpoint } from '../engine/files/safetensors-read.ts';
import { bytesDirectory, type Directory } from '../engine/files/source.ts';
import { openModelFiles } from '../engine/models/files.ts';
import { adaptableWeights } from '../engine/models/index.ts';
import { mergeLoss } from '../engine/models/merge.ts';
import { type MergedFolder, mergedFolder } from '../engine/models/merged-folder.ts';
import { nodeDirectory } from './node-files.ts';
import type { Runner } from './runner.ts';
import { exportVerb } from './verbs/export.ts';

const fixture = (path: string): string => new URL(`../../e2e/fixtures/${path}`, import.meta.url).pathname;
const scratch = mkdtempSync(join(tmpdir(), 'merge-'));
afterAll(() => rmSync(scratch, { recursive: true }));

interface Changed {
  shape: number[];
  norm: number;
  at: number[];
  values: number[];
}

async function merge(name: string, dtype: 'F32' | 'BF16' | 'F16' | null, scale = 1): Promise<MergedFolder & { base: Directory }> {
  const { model } = JSON.parse(readFileSync(fixture(`peft/${name}/case.json`), 'utf8')) as { model: string };
  const base = nodeDirectory(fixture(`models/${model}`));
  const files = await openModelFiles(base);
  const adapter = await readAdapter(nodeDirectory(fixture(`peft/${name}/adapter`)), adaptableWeights(files.config));
  for (const target of adapter.targets) target.scale *= scale;
  return { ...mergedFolder(base, { files, adapter, dtype, configText: files.configText }, 100_000), base };
}

async function inMemory({ files }: Pick<MergedFolder, 'files'>): Promise<Directory> {
  const written = new Map<string, Uint8Array<ArrayBuffer>>();
  for (const file of files) {
    const parts: Uint8Array<ArrayBuffer>[] = [];
    for await (const part of file.content()) parts.push(part.slice());
    written.set(file.path, new Uint8Array(await new Blob(parts).arrayBuffer()));
    expect(written.get(file.path)!.byteLength, `${file.path}: the size that was told`).toBe(file.bytes);
  }
  return bytesDirectory('merged', written);
}

describe.each(['both-experts', 'down-rslora', 'patterns'])('%s', (name) => {
  const golden = JSON.parse(readFileSync(fixture(`peft/${name}/merged.json`), 'utf8')) as Record<string, Changed>;

  it('f32: what changes and by how much is as in PEFT; all else is the base', async () => {
    const merged = await merge(name, 'F32');
    const { checkpoint, tensors } = await openModelFiles(await inMemory(merged));
    expect(
      merged.tensors
        .filter(({ changed }) => changed)
        .map((tensor) => tensor.name)
        .sort(),
    ).toEqual(Object.keys(golden).sort());
    for (const [tensor, { shape, norm, at, values }] of Object.entries(golden)) {
      expect(checkpoint.tensors.get(tensor)!.shape).toEqual(shape);
      const found = await checkpoint.readFloats(tensor);
      const largest = Math.max(...values.map(Math.abs));
      for (const [i, place] of at.entries())
        expect(Math.abs(found[place]! - values[i]!), `${tensor} at ${place}`).toBeLessThan(1e-5 * largest);
      expect(Math.hypot(...found) / norm).toBeCloseTo(1, 6);
    }
    const before = await openCheckpoint(merged.base);
    for (const { name: tensor } of tensors.filter((t) => !(t.name in golden) && before.tensors.has(t.name)))
      expect(await checkpoint.readFloats(tensor), tensor).toEqual(await before.readFloats(tensor));
  });

  it('bf16: each value is the f32 sum rounded once', async () => {
    const exact = await openCheckpoint(await inMemory(await merge(name, 'F32')));
    const half = await openCheckpoint(await inMemory(await merge(name, 'BF16')));
    for (const tensor of exact.tensors.keys())
      expect(await half.read(tensor)).toEqual(encodeFloats('BF16', await exact.readFloats(tensor)));
  });
});

describe('the folder', () => {
  it('is in shards that end between tensors, with an index of all of them', async () => {
    const { files } = await merge('both-experts', null);
    const shards = files.filter(({ path }) => path.endsWith('.safetensors'));
    expect(shards.length).toBeGreaterThan(2);
    expect(shards.map(({ path }) => path)).toContain(`model-00001-of-${String(shards.length).padStart(5, '0')}.safetensors`);
  });

  it('has no quantization_config once experts are unpacked, and keeps it while they are not', async () => {
    const config = async (folder: MergedFolder) => JSON.parse(await (await inMemory(folder)).readText('config.json'));
    expect(await config(await merge('both-experts', null))).not.toHaveProperty('quantization_config');
    expect((await config(await merge('both-experts', 'F32'))).dtype).toBe('float32');
    const base = nodeDirectory(fixture('models/mxfp4-yarn'));
    const files = await openModelFiles(base);
    const none = mergedFolder(base, { files, adapter: { targets: [], tensors: new Map() }, dtype: 'BF16', configText: files.configText });
    expect(await config(none)).toHaveProperty('quantization_config.quant_method', 'mxfp4');
    const kept = await openCheckpoint(await inMemory(none));
    const blocks = 'model.layers.0.mlp.experts.down_proj_blocks';
    expect(await kept.read(blocks)).toEqual(await files.checkpoint.read(blocks));
  });

  it('takes generation settings, tokenizer and template along, byte for byte', async () => {
    const base = nodeDirectory(new URL('../../public/models/mini', import.meta.url).pathname);
    const files = await openModelFiles(base);
    const merged = await inMemory(
      mergedFolder(base, { files, adapter: { targets: [], tensors: new Map() }, dtype: null, configText: files.configText }),
    );
    for (const path of ['tokenizer.json', 'tokenizer_config.json', 'generation_config.json', 'chat_template.jinja'])
      if (base.list().includes(path)) expect(await merged.readText(path), path).toBe(await base.readText(path));
    expect(merged.list()).toContain('tokenizer.json');
    expect(merged.list()).not.toContain('settings.json');
  });

  it('says so before anything is written where f16 would be infinite', async () => {
    const { tensors } = await merge('down-rslora', 'F16', 1e6);
    await expect(mergeLoss(tensors)).rejects.toThrow(/which F16 does not hold/);
  });

  it('is refused where f16 would be infinite, naming tensor and place', async () => {
    await expect(inMemory(await merge('down-rslora', 'F16', 1e6))).rejects.toThrow(
      /Tensor model\.layers\.0\.\S+ has the value -?[\d.]+ at \[\d+, \d+(, \d+)?\] after merging, which F16 does not hold/,
    );
  });
});

it('what rounding takes of a small change is measured before anything is written', async () => {
  const small = await merge('down-rslora', 'BF16', 1e-3);
  const all = (await mergeLoss(small.tensors, { values: Number.POSITIVE_INFINITY }))!;
  const sampled = (await mergeLoss(small.tensors, { values: 64 }))!;
  expect(all.relativeError).toBeGreaterThan(0.2);
  expect(all.unchangedRatio).toBeGreaterThan(0.2);
  expect(sampled.relativeError).toBeGreaterThan(0.1);
  expect((await mergeLoss((await merge('down-rslora', 'F32', 1e-3)).tensors))!.relativeError).toBeLessThan(1e-7);
  expect((await mergeLoss((await merge('down-rslora', 'BF16')).tensors))!.relativeError).toBeLessThan(0.02);
});

describe('the verb', () => {
  const run = async (...args: string[]): Promise<string[]> => {
    const notes: string[] = [];
    const runner = { note: (text: string) => void notes.push(text), signal: new AbortController().signal } as unknown as Runner;
    await exportVerb(args, runner);
    return notes;
  };
  const common = ['--model', fixture('models/f32-truncated-yarn'), '--adapter', fixture('peft/patterns/adapter')];

  it('writes a merged folder that opens, and does not write over one', async () => {
    const out = join(scratch, 'merged');
    await run(...common, '--format', 'merged', '--out', out);
    expect((await openModelFiles(nodeDirectory(out))).tensors.length).toBeGreaterThan(20);
    expect(readdirSync(scratch)).toEqual(['merged']);
    await expect(run(...common, '--format', 'merged', '--out', out)).rejects.toThrow(/exists and is not empty/);
  });

  it('writes the PEFT folder again, equal in every value', async () => {
    const out = join(scratch, 'peft');
    await run(...common, '--format', 'peft', '--out', out);
    const [before, after] = [
      await openCheckpoint(nodeDirectory(fixture('peft/patterns/adapter')), 'adapter_model'),
      await openCheckpoint(nodeDirectory(out), 'adapter_model'),
    ];
    expect([...after.tensors.keys()].sort()).toEqual([...before.tensors.keys()].sort());
    for (const key of before.tensors.keys()) expect(await after.read(key)).toEqual(await before.read(key));
    const config = JSON.parse(readFileSync(join(out, 'adapter_config.json'), 'utf8'));
    expect(config.rank_pattern).toEqual(
      JSON.parse(readFileSync(fixture('peft/patterns/adapter/adapter_config.json'), 'utf8')).rank_pattern,
    );
  });

  it('leaves nothing behind when it fails', async () => {
    const out = join(scratch, 'failed');
    const model = join(scratch, 'broken');
    const source = fixture('models/f32-truncated-yarn');
    const { mkdirSync } = await import('node:fs');
    mkdirSync(model);
    for (const file of readdirSync(source)) writeFileSync(join(model, file), readFileSync(join(source, file)));
    const bytes = readFileSync(join(model, 'model.safetensors'));
    bytes.writeFloatLE(Number.NaN, bytes.length - 4);
    writeFileSync(join(model, 'model.safetensors'), bytes);
    await expect(run('--model', model, ...common.slice(2), '--format', 'merged', '--out', out)).rejects.toThrow(/holds NaN/);
    expect(readdirSync(scratch).filter((name) => name.startsWith('failed'))).toEqual([]);
  });
});

describe('narrowing', () => {
  it('f16: every f16 value, its neighbours and ties round as IEEE does', () => {
    for (let half = 0; half < 0x7c00; half++) {
      const [value, next] = decodeFloats('', 'F16', new Uint8Array(new Uint16Array([half, half + 1]).buffer)) as unknown as [
        number,
        number,
      ];
      const tie = (value + (next === Number.POSITIVE_INFINITY ? 65536 : next)) / 2;
      const narrowed = new Uint16Array(encodeFloats('F16', new Float32Array([value, -value, tie])).slice().buffer);
      expect(narrowed[0]).toBe(half);
      expect(narrowed[1]).toBe(half | 0x8000);
      expect(narrowed[2]).toBe(half % 2 === 0 ? half : half + 1);
    }
  });

  it('bf16: ties to even, and f32 as it is', () => {
    const halves = (values: number[]) => [...new Uint16Array(encodeFloats('BF16', new Float32Array(values)).slice().buffer)];
    expect(halves([1, 1 + 2 ** -8, 1 + 3 * 2 ** -8, 1 + 2 ** -8 + 2 ** -20, -1 - 2 ** -8])).toEqual([
      0x3f80, 0x3f80, 0x3f82, 0x3f81, 0xbf80,
    ]);
    expect([...decodeFloats('', 'F32', encodeFloats('F32', new Float32Array([0.1])))]).toEqual([Math.fround(0.1)]);
  });
});
