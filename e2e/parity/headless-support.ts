/** For tests of the verbs in this process: one GPU on WebGPU's default limits, what was printed, a folder that goes away, and comparisons. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { openCheckpoint } from '../../src/engine/files/safetensors-read.ts';
import { bytesDirectory } from '../../src/engine/files/source.ts';
import { Gpu } from '../../src/engine/gpu/device.ts';
import { openNodeGpu } from '../../src/headless/adapter.ts';
import type { Runner } from '../../src/headless/runner.ts';

export interface TestRunner extends Runner {
  readonly printed: string[];
  readonly notes: string[];
  /** A path in a folder that is removed when the file's tests are done. */
  path(name: string): string;
}

/** Call at the top of a test file. Without `gpu`, asking for one fails. */
export function testRunner({ gpu: wanted = true } = {}): TestRunner {
  const folder = mkdtempSync(join(tmpdir(), 'headless-'));
  let gpu: Gpu | undefined;
  const printed: string[] = [];
  const notes: string[] = [];
  beforeAll(async () => {
    if (wanted) gpu = await Gpu.open(await openNodeGpu(), { defaultLimits: true });
  });
  afterAll(() => {
    gpu?.device.destroy();
    rmSync(folder, { recursive: true });
  });
  return {
    gpu: async () => {
      if (!gpu) throw new Error('This verb needs no GPU.');
      return gpu;
    },
    print: (text) => printed.push(text),
    note: (text) => notes.push(text),
    signal: new AbortController().signal,
    printed,
    notes,
    path: (name) => join(folder, name),
  };
}

export function readJson<X>(path: string): X {
  return JSON.parse(readFileSync(path, 'utf8')) as X;
}

/** Every tensor of a safetensors file as f32. */
export async function readTensors(path: string): Promise<Map<string, Float32Array>> {
  const checkpoint = await openCheckpoint(bytesDirectory(path, new Map([['model.safetensors', new Uint8Array(readFileSync(path))]])));
  const tensors = new Map<string, Float32Array>();
  for (const name of checkpoint.tensors.keys()) tensors.set(name, await checkpoint.readFloats(name));
  return tensors;
}

/** Largest |difference| as a share of the largest |wanted|. */
export function largestError(got: Float32Array, want: Float32Array): number {
  const most = (of: (i: number) => number): number => want.reduce((m, _, i) => Math.max(m, Math.abs(of(i))), 0);
  return got.length === want.length ? most((i) => got[i]! - want[i]!) / most((i) => want[i]!) : Number.POSITIVE_INFINITY;
}

/** |got - want| / |want|, Euclidean. */
export function relativeL2(got: Float32Array, want: Float32Array): number {
  const norm = (of: (i: number) => number): number => Math.sqrt(want.reduce((sum, _, i) => sum + of(i) ** 2, 0));
  return norm((i) => got[i]! - want[i]!) / norm((i) => want[i]!);
}
