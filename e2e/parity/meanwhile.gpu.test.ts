/** What a person does while something else is under way: opening a model beside a run, stopping before the first step, going on in another tab. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { keptRun } from '../../src/engine/api/adapter.ts';
import { loadModel } from '../../src/engine/api/model.ts';
import { reopenDevice } from '../../src/engine/api/recovery.ts';
import { pause, resume, stop, train } from '../../src/engine/api/training.ts';
import { memoryStore } from '../../src/engine/files/byte-store.ts';
import { openNodeGpu } from '../../src/headless/adapter.ts';
import { openTestDesk, type TestDesk, tinySettings, tinySource, writeTinyModel } from './surviving-support.ts';

const folder = mkdtempSync(join(tmpdir(), 'meanwhile-'));
const settings = tinySettings({ max_steps: 4, eval_steps: 0 });

let webgpu: GPU;
beforeAll(async () => {
  webgpu = await openNodeGpu();
  await writeTinyModel(folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

async function ready(files = memoryStore()): Promise<TestDesk> {
  const opened = await openTestDesk(webgpu, folder, { files });
  await opened.load();
  return opened;
}

/** Resolves when the desk says so. */
function heard({ desk, events }: TestDesk, is: (event: (typeof events)[number]) => boolean): Promise<void> {
  return new Promise((resolve) => {
    desk.emit = (event) => {
      events.push(event);
      if (is(event)) resolve();
    };
  });
}

it('a model that is opened while a run goes does not take its place, and the run ends as it would have', async () => {
  const alone = await ready();
  await train(alone.desk, settings);
  const beside = await ready();
  const { session } = beside.desk.model!;
  const loading = loadModel(beside.desk, tinySource(folder));
  const refused = expect(loading).rejects.toThrow(/A run began while the model was being opened/);
  await train(beside.desk, settings);
  await refused;
  expect(beside.desk.model!.session).toBe(session);
  expect(beside.losses()).toEqual(alone.losses());
  for (const { desk } of [alone, beside]) desk.gpu!.close();
});

it('a run that is stopped before its first step leaves the trained adapter where it was', async () => {
  const opened = await ready();
  const { desk, events } = opened;
  await train(desk, settings);
  const trained = await keptRun(desk);
  expect(desk.adapter!.run!.id).toBe(trained);
  const preparing = heard(opened, (event) => event.type === 'run' && event.run?.phase === 'preparing');
  const run = train(desk, { ...settings, seed: 8 });
  await preparing;
  await stop(desk);
  await run;
  expect(desk.adapter!.run!.id, 'on the GPU').toBe(trained);
  expect(await keptRun(desk), 'in the files').toBe(trained);
  expect(events.findLast((event) => event.type === 'run-phase')).toMatchObject({ phase: 'stopped', message: /before its first step/ });
  desk.gpu!.close();
});

it.each([
  ['further', 'the later state is offered'],
  ['to its end', 'nothing is offered'],
])('a run that another tab took %s: %s', async (how) => {
  const files = memoryStore();
  const first = await ready(files);
  const paused = heard(first, (event) => event.type === 'run-phase' && event.phase === 'paused');
  const broken = train(first.desk, settings).catch((error: Error) => error);
  await pause(first.desk);
  await paused;
  first.desk.gpu!.device.destroy(); // as a loss: nothing of it is closed
  expect(await broken).toBeInstanceOf(Error);
  const at = first.desk.snapshot!.state.step;

  const second = await ready(files);
  const again = heard(second, (event) => event.type === 'step' && event.metrics.step === at + 2);
  const going = resume(second.desk);
  await again;
  if (how === 'further') {
    const rests = heard(second, (event) => event.type === 'run-phase' && event.phase === 'paused');
    await pause(second.desk);
    await rests;
  } else await going;

  await reopenDevice(first.desk);
  const offered = first.events.findLast((event) => event.type === 'run');
  if (how === 'further') {
    expect(first.desk.resumable).not.toBeNull();
    expect(offered).toMatchObject({ run: { phase: 'paused', message: /after step [234]\./ } });
    expect(first.desk.snapshot).toBeNull();
    await stop(second.desk);
    await going;
  } else {
    expect(first.desk.resumable).toBeNull();
    expect(offered).toMatchObject({ run: { phase: 'done' } });
  }
  for (const { desk } of [first, second]) desk.gpu!.close();
});
