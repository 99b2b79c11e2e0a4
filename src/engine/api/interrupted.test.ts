/** Runs that were interrupted, as a later visit finds them: shown, stopped, given up for another, deleted. No GPU: its buffers are arrays. */
import { expect, it, vi } from 'vitest';
import { runOf as stepsOf } from '../../../e2e/fixtures/peer-tab.ts';
import { nodeDirectory } from '../../headless/node-files.ts';
import type { EngineEvent } from '../../protocol/engine.ts';
import { defaultSettings } from '../../protocol/setting-values.ts';
import type { RunRecord } from '../../protocol/training.ts';
import { type AdapterTensors, initialAdapter, planAdapter } from '../files/adapter-plan.ts';
import { memoryStore } from '../files/byte-store.ts';
import { listCheckpoints, saveCheckpoint } from '../files/checkpoint.ts';
import type { Gpu } from '../gpu/device.ts';
import { Store } from '../gpu/store.ts';
import { openModelFiles } from '../models/files.ts';
import { adaptableWeights } from '../models/index.ts';
import { EngineState } from './engine-state.ts';
import { deleteRun, listRuns, noteRun, showRun } from './kept-runs.ts';
import { offerInterrupted } from './saving.ts';
import { stop, train } from './training.ts';

const ID = '20251128010101000';
const MODELS = 'e2e/fixtures/models';
const config = (await openModelFiles(nodeDirectory(`${MODELS}/f32-truncated-yarn`))).config;
const other = (await openModelFiles(nodeDirectory(`${MODELS}/bf16-sharded`))).config;
const settings = { ...defaultSettings('2025-08-05'), validation_split: 0.1, eval_steps: 1, early_stopping_patience: 5 };

function runOf(steps: number, more: Partial<RunRecord> = {}): RunRecord {
  const evals = Array.from({ length: steps }, (_, i) => ({ step: i + 1, eval_loss: i + 1 }));
  return { ...stepsOf(ID, 'training', steps, 10), settings, evals, ...more };
}

/** Buffers in memory, in the place of a GPU's. */
function storeInMemory(): Store {
  interface InMemory {
    readonly data: ArrayBuffer;
  }
  const writeBuffer = (buffer: InMemory, to: number, data: ArrayBuffer, at: number, bytes: number): void =>
    new Uint8Array(buffer.data).set(new Uint8Array(data, at, bytes), to);
  const gpu = {
    device: { queue: { writeBuffer, submit() {} } },
    buffer: (size: number) => ({ size, data: new ArrayBuffer(size) }),
    destroy() {},
    allocated: async () => {},
    read: async ({ data }: InMemory, from: number, bytes: number) => data.slice(from, from + bytes),
  };
  return new Store(gpu as unknown as Gpu);
}

function visit(files: ReturnType<typeof memoryStore>, hash: string, of = config): { engine: EngineState; events: EngineEvent[] } {
  const engine = new EngineState({ files });
  const events: EngineEvent[] = [];
  engine.emit = (event) => void events.push(event);
  const model = { hash, session: { name: `Model ${hash}`, config: of, store: storeInMemory() }, generator: { free() {} } };
  Object.assign(engine, { model, data: { dataset: { name: 'd', length: 1 }, hash: 'x' } });
  return { engine, events };
}

const tensorsOf = (seed: number): AdapterTensors => initialAdapter(planAdapter(settings.lora, adaptableWeights(config)), seed);
const LAST = tensorsOf(1);

/** What a closed tab leaves of a run on model A. */
async function left(run: RunRecord, best?: AdapterTensors): Promise<ReturnType<typeof memoryStore>> {
  const files = memoryStore(new Map());
  const hashes = { model: 'A', dataset: 'x' };
  await noteRun(visit(files, 'A').engine, run, hashes);
  const state = { run, step: run.metrics.length, data_order: '', hashes };
  await saveCheckpoint(files, { state, adapter: LAST, m: LAST, v: LAST, ...(best && { best }) });
  return files;
}

async function later(files: ReturnType<typeof memoryStore>, hash = 'A', of = config): Promise<ReturnType<typeof visit>> {
  const tab = visit(files, hash, of);
  await offerInterrupted(tab.engine);
  await listRuns(tab.engine);
  return tab;
}

const shown = (events: readonly EngineEvent[]) => events.filter((event) => event.type === 'run').at(-1)?.run;
const begins = async (): Promise<void> => Promise.reject(new Error('It begins.'));

/** Red before: it was offered on the model that was open, and "Stop and keep" put its adapter there. */
it.each([
  ['the same layers', config],
  ['other layers', other],
])('a run of another model with %s can be looked at, and nothing of it is put on the open one', async (_, of) => {
  const files = await left(runOf(3));
  const { engine, events } = await later(files, 'B', of);
  await showRun(engine, ID);
  expect(engine.resumable).toBeNull();
  expect(shown(events)).toMatchObject({ id: ID, phase: 'stopped' });
  expect(shown(events)!.metrics).toHaveLength(3);
  await stop(engine);
  expect([engine.adapter, await engine.shelf.list()]).toEqual([null, []]);
  await expect(train(engine, settings, begins)).rejects.toThrow('It begins.');
  const { engine: own, events: offered } = await later(files);
  expect([own.resumable, shown(offered)!.phase]).toEqual([ID, 'paused']);
});

/** Red before: it was offered again at every visit. */
it('stopped before its first step, or given up for another, nothing of a run is left', async () => {
  for (const end of [
    (engine: EngineState) => stop(engine),
    (engine: EngineState) => train(engine, settings, begins).catch(() => undefined),
  ]) {
    const files = await left(runOf(0));
    const { engine, events } = await later(files);
    expect(shown(events)!.phase).toBe('paused');
    await end(engine);
    expect([await listCheckpoints(files), await engine.library.list(), await engine.shelf.list()]).toEqual([[], [], []]);
    expect((await later(files)).engine.resumable).toBeNull();
  }
});

/** Red before: the best was deleted with the checkpoint that held it. */
it.each([true, false])(
  'the best adapter of a run that was interrupted is kept; load_best_model_at_end %s',
  async (load_best_model_at_end) => {
    const run = runOf(3, { settings: { ...settings, load_best_model_at_end } });
    const names = async (end: (engine: EngineState) => Promise<unknown>): Promise<unknown[]> => {
      const { engine } = await later(await left(run, tensorsOf(2)));
      await end(engine);
      const kept = await engine.shelf.list();
      return kept.map(({ record, stands }) => [record!.run!.best_step ?? null, stands]).toSorted(([a], [b]) => Number(b) - Number(a));
    };
    const best = (stands: boolean) =>
      load_best_model_at_end
        ? [[1, stands]]
        : [
            [1, false],
            [null, stands],
          ];
    expect(await names(stop)).toEqual(best(true));
    expect(await names((engine) => train(engine, settings, begins).catch(() => undefined))).toEqual(best(false));
  },
);

/** Red before: the page was at "stopping" until it was loaded again. */
it.each(['done', 'stopped', 'failed'] as const)('a stop while what a run left is put away, %s, changes nothing', async (phase) => {
  const { engine, events } = visit(memoryStore(new Map()), 'A');
  const ends = vi.fn();
  engine.run = {
    record: runOf(10, { phase }),
    paused: false,
    stop: ends,
    wake() {},
  } as unknown as EngineState['run'];
  await stop(engine);
  expect([ends.mock.calls, events]).toEqual([[], []]);
});

/** Red before: the adapter was put on the model that had been opened meanwhile. */
it('stopping an interrupted run while another model is being opened leaves that one alone, and the run can go on', async () => {
  const files = await left(runOf(3));
  const { engine } = await later(files);
  const opened = await engine.lock();
  const stopped = stop(engine);
  await new Promise((resolve) => setTimeout(resolve, 20));
  Object.assign(engine, { model: visit(files, 'B', other).engine.model, resumable: null });
  opened();
  await expect(stopped).rejects.toThrow("Another model was opened before the run's adapter stood; open Model A and keep it then.");
  expect([engine.adapter, await engine.shelf.list()]).toEqual([null, []]);
  expect((await later(files)).engine.resumable).toBe(ID);
});

/** Red before: its tensors went under the hands of an answer. */
it('deleting a run whose adapter stands waits for the answers that are written with it', async () => {
  const { engine } = visit(memoryStore(new Map()), 'A');
  const run = runOf(10, { phase: 'done' });
  await noteRun(engine, run, { model: 'A', dataset: 'x' });
  Object.assign(engine, { adapter: { kept: null, run, summary: {}, layout: {} } });
  const answered = await engine.lock();
  const deleted = deleteRun(engine, ID);
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(engine.adapter).not.toBeNull();
  answered();
  await deleted;
  expect(engine.adapter).toBeNull();
});

it('a run whose adapter answers an evaluation is not deleted', async () => {
  const { engine } = visit(memoryStore(new Map()), 'A');
  const run = runOf(10, { phase: 'done' });
  await noteRun(engine, run, { model: 'A', dataset: 'x' });
  Object.assign(engine, { adapter: { kept: null, run, summary: {}, layout: {} }, evaluating: {} });
  await expect(deleteRun(engine, ID)).rejects.toThrow('An evaluation is under way; pause it before deleting its adapter.');
  expect(engine.adapter).not.toBeNull();
  expect(await engine.library.list()).toHaveLength(1);
});
