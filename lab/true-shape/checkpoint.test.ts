/**
 * `npm run check:scale -- checkpoint`: a checkpoint of the cookbook's adapter at gpt-oss-20b's own size (15 million parameters, 180 MB with both
 * moments): copied from the GPU, written, flushed, read back and hashed, loaded again. Seconds of each, and the memory beside the tensors themselves.
 */
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Figure, said } from '../../e2e/parity/scale-support.ts';
import { type AdapterLayout, ARENAS, createAdapter, downloadAdapter, layoutAdapter } from '../../src/engine/adapters/lora.ts';
import { planAdapter } from '../../src/engine/files/adapter-plan.ts';
import { loadCheckpoint, type RunCheckpoint, saveCheckpoint } from '../../src/engine/files/checkpoint.ts';
import { Gpu } from '../../src/engine/gpu/device.ts';
import { Store } from '../../src/engine/gpu/store.ts';
import { gptOss } from '../../src/engine/models/gpt-oss.ts';
import { adaptableWeights } from '../../src/engine/models/index.ts';
import { openNodeGpu } from '../../src/headless/adapter.ts';
import { nodeStore } from '../../src/headless/node-store.ts';
import type { LoraSettings, RunRecord } from '../../src/protocol/training.ts';

const MB = 1e6;
const COOKBOOK: LoraSettings = {
  r: 8,
  lora_alpha: 16,
  target_modules: 'all-linear',
  target_parameters: [7, 15, 23].flatMap((n) => [`${n}.mlp.experts.gate_up_proj`, `${n}.mlp.experts.down_proj`]),
  use_rslora: false,
  rank_pattern: {},
  alpha_pattern: {},
};

const folder = mkdtempSync(join(tmpdir(), 'checkpoint-'));
let gpu: Gpu;
let store: Store;
let layout: AdapterLayout;
beforeAll(async () => {
  gpu = await Gpu.open(await openNodeGpu(), { defaultLimits: true });
  store = new Store(gpu);
  const config = JSON.parse(readFileSync(resolve('e2e/fixtures/configs/gpt-oss-20b/config.json'), 'utf8'));
  layout = layoutAdapter(planAdapter(COOKBOOK, adaptableWeights(gptOss.parse(config, 'gpt-oss-20b'))));
  createAdapter(store, layout, { training: true });
  for (const [i, arena] of [ARENAS.parameters, ARENAS.m, ARENAS.v].entries()) {
    store.write(
      arena,
      Uint32Array.from({ length: layout.length }, (_, at) => Math.imul(at + i, 2654435761) >>> 9),
    );
  }
  await gpu.idle();
});
afterAll(() => {
  gpu.close();
  rmSync(folder, { recursive: true });
});

/** Bytes of array buffers at most while the work went on, above what was there. */
async function memoryOf<X>(work: () => Promise<X>): Promise<{ result: X; seconds: number; bytes: number }> {
  const before = process.memoryUsage().arrayBuffers;
  let most = before;
  const timer = setInterval(() => {
    most = Math.max(most, process.memoryUsage().arrayBuffers);
  }, 2);
  const began = performance.now();
  const result = await work();
  clearInterval(timer);
  return { result, seconds: (performance.now() - began) / 1000, bytes: Math.max(most, process.memoryUsage().arrayBuffers) - before };
}

it('passes through one piece of memory', async () => {
  const arena = (name: string) => downloadAdapter(store, layout, name);
  const copied = await memoryOf(async () => ({
    adapter: await arena(ARENAS.parameters),
    m: await arena(ARENAS.m),
    v: await arena(ARENAS.v),
  }));
  const state = { run: { id: 'scale' } as RunRecord, step: 1, data_order: '', hashes: { model: '', dataset: '' } };
  const checkpoint: RunCheckpoint = { state, ...copied.result };
  const files = nodeStore(folder);
  const saved = await memoryOf(() => saveCheckpoint(files, checkpoint));
  const loaded = await memoryOf(() => loadCheckpoint(files, 'scale'));
  const size = statSync(join(folder, 'scale.1.safetensors')).size;
  for (const group of ['adapter', 'm', 'v'] as const) {
    for (const [key, values] of checkpoint[group]) {
      const back = loaded.result![group].get(key)!;
      expect(
        Buffer.compare(
          Buffer.from(back.buffer, back.byteOffset, back.byteLength),
          Buffer.from(values.buffer, values.byteOffset, values.byteLength),
        ),
      ).toBe(0);
    }
  }
  const figures: Figure[] = [
    { what: 'parameters', value: layout.parameters, bound: 16e6 },
    { what: 'MB of the checkpoint', value: size / MB, bound: 190 },
    { what: 'seconds to copy it from the GPU', value: copied.seconds, bound: 10 },
    { what: 'seconds to write, flush, read back and hash it', value: saved.seconds, bound: 20 },
    { what: 'MB of memory for that', value: saved.bytes / MB, bound: 64 },
    { what: 'seconds to load and check it', value: loaded.seconds, bound: 20 },
    { what: 'MB of memory for that beyond the tensors', value: (loaded.bytes - size) / MB, bound: 64 },
  ];
  console.log(figures.map(said).join('\n'));
  expect(figures.filter(({ value, bound }) => value > bound)).toEqual([]);
});
