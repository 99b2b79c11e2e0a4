/**
 * The device is destroyed at random (seeded) calls of loading, training, asking and the self-test, while a run is paused and while nothing happens. Each
 * time every call under way ends with one DeviceError, the device is reopened, and all goes on: same losses bit for bit, same answers, same
 * bytes on the GPU. MT_LOSSES=20 does each that often (npm run check:scale); few in npm test, since every new device compiles anew.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportAdapter } from '../../src/engine/api/adapter.ts';
import { ask } from '../../src/engine/api/asking.ts';
import { selfTest } from '../../src/engine/api/device.ts';
import { loadModel } from '../../src/engine/api/model.ts';
import { reopenDevice } from '../../src/engine/api/recovery.ts';
import { pause, resume, stop, train } from '../../src/engine/api/training.ts';
import type { Gpu } from '../../src/engine/gpu/device.ts';
import { openNodeGpu } from '../../src/headless/adapter.ts';
import type { AskRequest } from '../../src/protocol/generation.ts';
import { held, openTestEngine, seeded, stepsOf, type TestEngine, tinySettings, tinySource, writeTinyModel } from './surviving-support.ts';

const LOSSES = Number(process.env.MT_LOSSES ?? 5);
const settings = tinySettings();
const folder = mkdtempSync(join(tmpdir(), 'surviving-'));
const random = seeded(20260705);
const below = (n: number): number => Math.floor(random() * n);

let webgpu: GPU;
beforeAll(async () => {
  webgpu = await openNodeGpu();
  await writeTinyModel(folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Counts what is asked of the device; destroys it right after call number `fatal`. Nothing of it is closed: to the engine it is a loss. */
function countCalls(gpu: Gpu, fatal = Number.POSITIVE_INFINITY): { calls: number } {
  const counted = { calls: 0 };
  const wrap = <Target extends object>(target: Target, name: keyof Target & string): void => {
    const original = (target[name] as (...args: unknown[]) => unknown).bind(target);
    const spy = (...args: unknown[]): unknown => {
      const result = original(...args);
      if (counted.calls++ === fatal) gpu.device.destroy();
      return result;
    };
    Object.defineProperty(target, name, { value: spy, configurable: true });
  };
  for (const name of ['createBuffer', 'createComputePipelineAsync', 'createBindGroup', 'createCommandEncoder'] as const) {
    wrap(gpu.device, name);
  }
  for (const name of ['submit', 'writeBuffer', 'onSubmittedWorkDone'] as const) wrap(gpu.device.queue, name);
  return counted;
}

/** Fails where a call hangs. */
function soon<X>(work: Promise<X>): Promise<X> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('This call hangs.')), 240_000);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/** What ended the work; null when it came to its end. */
async function ending(work: Promise<unknown>): Promise<Error | null> {
  return soon(work).then(
    () => null,
    (error: Error) => error,
  );
}

/** Work on a device that is destroyed at one of its `calls` calls. What ended the work; null where it was done before anybody could know. */
async function struck({ engine }: TestEngine, calls: number, work: () => Promise<unknown>): Promise<Error | null> {
  const gpu = engine.gpu!;
  countCalls(gpu, below(calls));
  const error = await ending(work());
  gpu.device.destroy(); // where it made fewer calls this time
  await gpu.device.lost;
  if (error) expectLoss(error);
  expect([engine.model, engine.adapter, engine.gpu]).toEqual([null, null, null]);
  return error;
}

function expectLoss(error: Error | null): void {
  expect([error?.name, error?.message]).toEqual(['DeviceError', expect.stringMatching(/^The graphics device was lost \(.+\)\./)]);
}

const figures = ({ events }: TestEngine): unknown[] =>
  stepsOf(events).map(({ step_time: _t, tokens_per_second: _r, ...same }) => same as unknown);

describe('a device that is lost at work', () => {
  it('while the model loads', async () => {
    const plain = await openTestEngine(webgpu, folder);
    const { calls } = await (async () => {
      const counted = countCalls(plain.engine.gpu!);
      await plain.load();
      return counted;
    })();
    const test = await openTestEngine(webgpu, folder);
    for (let i = 0; i < 2 * LOSSES; i++) {
      await struck(test, calls, test.load);
      await soon(reopenDevice(test.engine));
      expect([test.engine.model?.session.name, held(test)]).toEqual(['tiny', held(plain)]);
    }
  });

  it('during a run, resumed until its end', async () => {
    const plain = await openTestEngine(webgpu, folder);
    await plain.load();
    const { calls } = await (async () => {
      const counted = countCalls(plain.engine.gpu!);
      await train(plain.engine, settings);
      return counted;
    })();
    const reference = figures(plain);
    const test = await openTestEngine(webgpu, folder);
    await test.load();
    const bytes = held(test);
    let lost = 0;
    let ended = 0;
    let work: () => Promise<void> = () => train(test.engine, settings);
    for (let losses = 0; losses < LOSSES; ) {
      if ((await struck(test, calls, work)) === null) ended++;
      else losses++;
      const { snapshot } = test.engine;
      if (snapshot) {
        // Of this run alone: one that ended before it reported steps too.
        const began = test.events.findIndex((event) => event.type === 'run' && event.run?.id === snapshot.state.run.id);
        const reached = stepsOf(test.events.slice(began)).at(-1)?.step ?? 0;
        lost = Math.max(lost, reached - snapshot.state.step);
      }
      await soon(reopenDevice(test.engine));
      if (!test.engine.adapter) expect(held(test)).toBe(bytes);
      work = test.engine.resumable ? () => resume(test.engine) : () => train(test.engine, settings);
    }
    await soon(work());
    expect(ended).toBeLessThan(LOSSES);
    // Every step that was ever reported is the reference's, to the bit.
    for (const step of figures(test) as { step: number }[]) expect(step).toEqual(reference[step.step - 1]);
    expect(stepsOf(test.events).at(-1)?.step).toBe(settings.max_steps);
    expect(test.engine.adapter?.run?.evals).toEqual(plain.engine.adapter?.run?.evals);
    expect(held(test)).toBe(held(plain));
    expect(await adapterBytes(test)).toEqual(await adapterBytes(plain));
    expect(lost, 'reported steps that had to be done again').toBeLessThanOrEqual(1);
    // nothing is left that a run resumes from
    expect((await test.engine.files.list()).filter((name) => !/^(adapter|run)-/.test(name))).toEqual([]);
  });

  it('while it answers, tests itself, waits or rests', async () => {
    const test = await openTestEngine(webgpu, folder);
    await test.load();
    await train(test.engine, tinySettings({ max_steps: 2, eval_steps: 0, validation_split: 0 }));
    const bytes = held(test);
    const counted = countCalls(test.engine.gpu!);
    const wanted = await answers(test);
    const { calls } = counted;
    for (let i = 0; i < LOSSES; i++) {
      const from = test.events.length;
      await struck(test, calls, () => answers(test));
      expect(test.events.slice(from)).toContainEqual({ type: 'ask-end', request: 'r' });
      await soon(reopenDevice(test.engine));
      expect([test.engine.adapter?.summary.origin, held(test)]).toEqual(['trained', bytes]);
    }
    expect(await answers(test)).toEqual(wanted);

    expect(await struck(test, 500, () => selfTest(test.engine))).not.toBeNull();
  });
});

describe('a device that is lost in peace', () => {
  it('while nothing happens', async () => {
    const test = await openTestEngine(webgpu, folder);
    await test.load();
    const wanted = await answers(test, ['base']);
    const { device } = test.engine.gpu!;
    device.destroy();
    await device.lost;
    expectLoss(await ending(answers(test, ['base'])));
    expectLoss(await ending(train(test.engine, settings)));
    expectLoss(await ending(test.load()));
    expect(test.events).toContainEqual({ type: 'device-lost', message: expect.stringMatching(/was lost/) });
    await soon(reopenDevice(test.engine));
    expect(await answers(test, ['base'])).toEqual(wanted);
  });

  it('while it fetches a model, or during a run that is then stopped instead of resumed', async () => {
    const test = await openTestEngine(webgpu, folder);
    await test.load();
    const { device } = test.engine.gpu!;
    const emit = test.engine.emit;
    test.engine.emit = (event) => {
      emit(event);
      if (event.type === 'step' && event.metrics.step === 2) device.destroy();
    };
    expectLoss(await ending(train(test.engine, tinySettings({ max_steps: 4 }))));
    await soon(reopenDevice(test.engine));
    await soon(stop(test.engine));
    expect(test.engine.adapter?.run?.metrics.map(({ step }) => step)).toEqual([1]);
    expect([test.engine.resumable, test.engine.snapshot]).toEqual([null, null]);
    const state = new RegExp(`^(adapter-|run-|${test.engine.adapter!.run!.id}\\.)`); // from which it can be resumed later
    expect((await test.engine.files.list()).filter((name) => !state.test(name))).toEqual([]);

    const source = tinySource(folder);
    if (source.kind !== 'folder') throw new Error('The tiny model is a folder.');
    const tokenizer = source.files.find(({ path }) => path === 'tokenizer.json')!;
    const gpu = test.engine.gpu!;
    const slow = {
      size: tokenizer.file.size,
      slice: (from: number, to: number) => {
        gpu.device.destroy();
        return { arrayBuffer: () => gpu.device.lost.then(() => tokenizer.file.slice(from, to).arrayBuffer()) };
      },
    } as Blob;
    expectLoss(
      await ending(loadModel(test.engine, { ...source, files: source.files.map((f) => (f === tokenizer ? { ...f, file: slow } : f)) })),
    );
    await soon(reopenDevice(test.engine));
    expect(test.engine.adapter?.summary.origin).toBe('trained');
  });

  it('while a run is paused', async () => {
    const test = await openTestEngine(webgpu, folder);
    await test.load();
    const run = train(test.engine, tinySettings({ max_steps: 3 }));
    await pause(test.engine);
    await expect.poll(() => test.events.some((e) => e.type === 'run-phase' && e.phase === 'paused'), { timeout: 60_000 }).toBe(true);
    test.engine.gpu!.device.destroy();
    expectLoss(await ending(run));
    await soon(reopenDevice(test.engine));
    expect(test.events.findLast((e) => e.type === 'run')).toMatchObject({ run: { phase: 'paused', message: /after step \d/ } });
    await soon(resume(test.engine));
    expect(stepsOf(test.events).at(-1)?.step).toBe(3);
  });
});

it('a device that is closed is not lost', async () => {
  const { engine, events } = await openTestEngine(webgpu, folder);
  const { gpu } = engine;
  gpu!.close();
  await gpu!.device.lost;
  await expect(gpu!.idle()).rejects.toThrow(/lost/);
  expect(events.filter((e) => e.type === 'device-lost')).toEqual([]);
});

async function adapterBytes({ engine }: TestEngine): Promise<number[]> {
  const { unzipSync } = await import('fflate');
  return [...unzipSync((await exportAdapter(engine)).bytes)['adapter_model.safetensors']!];
}

const request: AskRequest = {
  id: 'r',
  conversation: { messages: [{ role: 'user', content: 'What is the capital of Norway?' }] },
  columns: [
    { id: 'b', source: 'base', reasoning_language: 'German' },
    { id: 'a', source: 'adapter', reasoning_language: 'German' },
  ],
  sampling: { temperature: 0, top_k: 0, top_p: 1, min_p: 0, max_new_tokens: 12, seed: 1 },
  date: '2025-08-05',
};

async function answers({ engine, events }: TestEngine, sources: readonly string[] = ['base', 'adapter']): Promise<unknown[]> {
  const from = events.length;
  await ask(engine, { ...request, columns: request.columns.filter(({ source }) => sources.includes(source)) });
  const last = new Map(events.slice(from).flatMap((e) => (e.type === 'column' ? [[e.state.column, e.state]] : [])));
  return [...last.values()].map(({ tokens_per_second: _r, ...state }) => state);
}
