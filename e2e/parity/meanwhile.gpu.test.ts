/** What a person does while something else is under way: opening a model beside a run, stopping before the first step, going on in another tab. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadModel } from '../../src/engine/api/model.ts';
import { reopenDevice } from '../../src/engine/api/recovery.ts';
import { pause, resume, stop, train } from '../../src/engine/api/training.ts';
import { memoryStore } from '../../src/engine/files/byte-store.ts';
import { openNodeGpu } from '../../src/headless/adapter.ts';
import { openTestEngine, type TestEngine, tinySettings, tinySource, writeTinyModel } from './surviving-support.ts';

const folder = mkdtempSync(join(tmpdir(), 'meanwhile-'));
const settings = tinySettings({ max_steps: 4, eval_steps: 0 });

let webgpu: GPU;
beforeAll(async () => {
  webgpu = await openNodeGpu();
  await writeTinyModel(folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

async function ready(files = memoryStore()): Promise<TestEngine> {
  const opened = await openTestEngine(webgpu, folder, { files });
  await opened.load();
  return opened;
}

/** Resolves when the engine says so. */
function heard({ engine, events }: TestEngine, is: (event: (typeof events)[number]) => boolean): Promise<void> {
  return new Promise((resolve) => {
    engine.emit = (event) => {
      events.push(event);
      if (is(event)) resolve();
    };
  });
}

it('a model that is opened while a run goes does not take its place, and the run ends as it would have', async () => {
  const alone = await ready();
  await train(alone.engine, settings);
  const beside = await ready();
  const { session } = beside.engine.model!;
  const loading = loadModel(beside.engine, tinySource(folder));
  const refused = expect(loading).rejects.toThrow(/A run began while the model was being opened/);
  await train(beside.engine, settings);
  await refused;
  expect(beside.engine.model!.session).toBe(session);
  expect(beside.losses()).toEqual(alone.losses());
  for (const { engine } of [alone, beside]) engine.gpu!.close();
});

it('a run that is stopped before its first step leaves the trained adapter where it was', async () => {
  const opened = await ready();
  const { engine, events } = opened;
  await train(engine, settings);
  const standing = async () => (await engine.shelf.open((await engine.shelf.standing(engine.model!.hash))!)).record.run!.id;
  const trained = await standing();
  expect(engine.adapter!.run!.id).toBe(trained);
  const preparing = heard(opened, (event) => event.type === 'run' && event.run?.phase === 'preparing');
  const run = train(engine, { ...settings, seed: 8 });
  await preparing;
  await stop(engine);
  await run;
  expect(engine.adapter!.run!.id, 'on the GPU').toBe(trained);
  expect(await standing(), 'in the files').toBe(trained);
  expect(events.findLast((event) => event.type === 'run-phase')).toMatchObject({ phase: 'stopped', message: /before its first step/ });
  engine.gpu!.close();
});

it.each([
  ['further', 'the later state is offered'],
  ['to its end', 'nothing is offered'],
])('a run that another tab took %s: %s', async (how) => {
  const files = memoryStore();
  const first = await ready(files);
  const paused = heard(first, (event) => event.type === 'run-phase' && event.phase === 'paused');
  const broken = train(first.engine, settings).catch((error: Error) => error);
  await pause(first.engine);
  await paused;
  first.engine.gpu!.device.destroy(); // as a loss: nothing of it is closed
  expect(await broken).toBeInstanceOf(Error);
  const at = first.engine.snapshot!.state.step;

  const second = await ready(files);
  const again = heard(second, (event) => event.type === 'step' && event.metrics.step === at + 2);
  const going = resume(second.engine);
  await again;
  if (how === 'further') {
    const rests = heard(second, (event) => event.type === 'run-phase' && event.phase === 'paused');
    await pause(second.engine);
    await rests;
  } else await going;

  await reopenDevice(first.engine);
  const offered = first.events.findLast((event) => event.type === 'run');
  if (how === 'further') {
    expect(first.engine.resumable).not.toBeNull();
    expect(offered).toMatchObject({ run: { phase: 'paused', message: /after step [234]\./ } });
    expect(first.engine.snapshot).toBeNull();
    await stop(second.engine);
    await going;
  } else {
    expect(first.engine.resumable).toBeNull();
    expect(offered).toMatchObject({ run: { phase: 'done' } });
  }
  for (const { engine } of [first, second]) engine.gpu!.close();
});
