/**
 * No memory or space, injected at every k-th allocation and write of loading and training: on the GPU (a buffer that it refuses, under the real error scopes),
 * in the tab (V8's RangeError), on the disk (a full store). Each time there is one sentence, nothing stays allocated, and the same engine then loads and
 * trains as if nothing had been.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask } from '../../src/engine/api/asking.ts';
import { prepare } from '../../src/engine/api/readiness.ts';
import { train } from '../../src/engine/api/training.ts';
import { type ByteStore, memoryStore } from '../../src/engine/files/byte-store.ts';
import type { Bytes } from '../../src/engine/files/source.ts';
import type { Gpu } from '../../src/engine/gpu/device.ts';
import { probe } from '../../src/engine/gpu/probe.ts';
import { memoryPlan } from '../../src/engine/train/memory.ts';
import { buffersOfRun } from '../../src/engine/train/run-buffers.ts';
import { openNodeGpu } from '../../src/headless/adapter.ts';
import { MotherTongueError } from '../../src/lib/errors.ts';
import { held, openTestEngine, stepsOf, type TestEngine, tinySettings, writeTinyModel } from './surviving-support.ts';

const folder = mkdtempSync(join(tmpdir(), 'no-room-'));
const settings = tinySettings({ max_steps: 2, eval_steps: 0, validation_split: 0, router_aux_loss_coef: 0 });

let webgpu: GPU;
beforeAll(async () => {
  webgpu = await openNodeGpu();
  await writeTinyModel(folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

type Fault = 'refused' | 'thrown';

/** Buffer number `fatal` is one the device refuses; or creating it throws, as where the tab itself has no memory. */
function shortOfRoom(gpu: Gpu, fatal: number, fault: Fault): { buffers: number; restore: () => void } {
  const counted = { buffers: 0, restore: () => void Reflect.deleteProperty(gpu.device, 'createBuffer') };
  const original = gpu.device.createBuffer.bind(gpu.device);
  Object.defineProperty(gpu.device, 'createBuffer', {
    configurable: true,
    value: (descriptor: GPUBufferDescriptor): GPUBuffer => {
      if (counted.buffers++ !== fatal) return original(descriptor);
      if (fault === 'thrown') throw new RangeError('Array buffer allocation failed');
      return original({ ...descriptor, usage: 0 }); // invalid, so the error scope around it has something to catch
    },
  });
  return counted;
}

async function faultOf(work: Promise<unknown>): Promise<Error> {
  return work.then(
    () => new Error('nothing failed'),
    (error: Error) => error,
  );
}

/** One sentence, or two where a run tells what is left of it. */
function expectSentence(error: Error, what: RegExp): void {
  expect([error.name, error.message]).toEqual(['MemoryError', expect.stringMatching(what)]);
  expect(error.message).not.toMatch(/undefined|NaN|\[object/);
}

it('the probe tries every buffer that the plan counts, and gives them back', async () => {
  const test = await openTestEngine(webgpu, folder);
  await test.load();
  const { prepared } = await prepare(test.engine, tinySettings());
  const { peak, weights } = memoryPlan(test.engine.model!.session, prepared);
  const wanted = buffersOfRun(prepared);
  expect(wanted.reduce((n, { bytes }) => n + bytes, 0)).toBe(peak - weights);
  const gpu = test.engine.gpu!;
  const { bytes, buffers } = gpu.counters;
  await probe(gpu, wanted);
  expect(gpu.counters).toMatchObject({ bytes, buffers: buffers + wanted.length });
});

describe('no memory on the GPU', () => {
  it.each(['refused', 'thrown'] as const)('while a model loads: %s', async (fault) => {
    const test = await openTestEngine(webgpu, folder);
    const gpu = test.engine.gpu!;
    const plain = shortOfRoom(gpu, Number.POSITIVE_INFINITY, fault);
    await test.load();
    plain.restore();
    const before = held(test);
    for (let k = 0; k < plain.buffers; k += 7) {
      const events = test.events.length;
      const short = shortOfRoom(gpu, k, fault);
      const error = await faultOf(test.load());
      short.restore();
      if (short.buffers <= k) break; // a GPU is calibrated with its first model only
      expectSentence(error, /^Loading the model stopped: the GPU had no memory for .+; close other pages .+\.$/);
      expect(held(test), `after buffer ${k}`).toBe(before);
      expect(test.events.slice(events).filter((e) => e.type === 'model')).toEqual([]);
    }
    await trains(test);
  });

  it.each(['refused', 'thrown'] as const)('while a run begins and goes: %s', async (fault) => {
    const test = await openTestEngine(webgpu, folder);
    await test.load();
    await trains(test);
    const gpu = test.engine.gpu!;
    const before = held(test);
    const counted = shortOfRoom(gpu, Number.POSITIVE_INFINITY, fault);
    await trains(test);
    counted.restore();
    for (let k = 0; k < counted.buffers; k += 9) {
      const short = shortOfRoom(gpu, k, fault);
      const error = await faultOf(train(test.engine, settings));
      short.restore();
      if (error.message === 'nothing failed') continue; // a copy that could not be made: the run went on unsaved
      expectSentence(error, /the GPU had no memory for .+(close other pages|[Ss]et |No single setting)/);
      if (k === 0) expect(error.message).toMatch(/^The run needs .+ beside the model, and the GPU had no memory for /);
      expect(held(test), `after buffer ${k}`).toBe(before);
      expect(test.engine.adapter?.summary.origin).toBe('trained');
      expect(test.events.findLast((e) => e.type === 'run-phase')).toMatchObject({ phase: 'failed' });
    }
    await trains(test);
    expect(held(test)).toBe(before);
  });

  it('while an answer begins', async () => {
    const test = await openTestEngine(webgpu, folder);
    await test.load();
    const before = held(test);
    const short = shortOfRoom(test.engine.gpu!, 3, 'refused');
    const question = { messages: [{ role: 'user' as const, content: 'Hello' }] };
    const sampling = { temperature: 0, top_k: 0, top_p: 1, min_p: 0, max_new_tokens: 3, seed: 1 };
    const columns = [{ id: 'c', source: 'base' as const, reasoning_language: null }];
    const request = { id: 'r', conversation: question, columns, sampling, date: '2025-08-05' };
    expectSentence(await faultOf(ask(test.engine, request)), /^Answering stopped: the GPU had no memory for .+; ask in fewer columns/);
    short.restore();
    expect(held(test)).toBe(before);
    await ask(test.engine, request);
  });
});

/** A store that is full from its n-th write on. */
function full(files: Map<string, Bytes>, from: number): ByteStore {
  const store = memoryStore(files);
  let writes = 0;
  return {
    ...store,
    put: async (name, data) => {
      if (writes++ < from) return store.put(name, data);
      files.set(name, new Uint8Array(5)); // as much as fitted
      throw new MotherTongueError('FileError', `The browser's storage is full: ${name} could not be written; free disk space.`);
    },
  };
}

it('no space on the disk: the run goes on and says so, and what could not be written is not there', async () => {
  for (let from = 0; from < 4; from++) {
    // At least four writes: the beginning and the kept adapter, each as data and record.
    const files = new Map<string, Bytes>();
    const test = await openTestEngine(webgpu, folder, { files: full(files, from) });
    await test.load();
    await trains(test);
    expect(test.engine.adapter?.summary.origin).toBe('trained');
    const problems = test.events.flatMap((e) => (e.type === 'saved' && e.problem ? [e.problem] : []));
    for (const problem of problems) expect(problem).toMatch(/storage is full/);
    expect(problems.length + [...files.keys()].length).toBeGreaterThan(0);
    expect([...files.values()].filter((bytes) => bytes.length === 5)).toEqual([]);
    const end = test.events.findLast((e) => e.type === 'run-phase');
    expect(end).toMatchObject({ phase: 'done', message: /storage is full.+export it before you close it/ });
  }
});

async function trains(test: TestEngine): Promise<void> {
  const from = test.events.length;
  await train(test.engine, settings);
  expect(stepsOf(test.events.slice(from)).map(({ step }) => step)).toEqual([1, 2]);
}
