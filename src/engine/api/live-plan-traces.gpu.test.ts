/** Rejection sampling as a stage: stopped inside, it makes the others; what it keeps is learned from, mixed with rows of the dataset, and exported. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { strFromU8, unzipSync } from 'fflate';
import { afterAll, expect, it } from 'vitest';
import { openNodeGpu } from '../../headless/adapter.ts';
import type { EngineEvent } from '../../protocol/engine.ts';
import { withValues } from '../../protocol/setting-values.ts';
import type { PlanRecord, RunStage, StagePlan } from '../../protocol/stages.ts';
import { defaultTraces } from '../../protocol/trace-settings.ts';
import type { TrainingSettings } from '../../protocol/training.ts';
import { presetSettings } from '../../state/presets.ts';
import { memoryStore } from '../files/byte-store.ts';
import type { Bytes } from '../files/source.ts';
import { readDataset } from './data.ts';
import { openDevice } from './device.ts';
import { EngineState } from './engine-state.ts';
import { BUNDLED_FILES, loadModel } from './model.ts';
import { exportPlan } from './stage-export.ts';
import { continuePlan, reportPlans, startPlan, stopPlan } from './stages.ts';

const root = resolve(import.meta.dirname, '../../..');
const blob = (path: string): Blob => new Blob([new Uint8Array(readFileSync(`${root}/${path}`))]);
const STEPS = 5;

const engines: EngineState[] = [];
let plan: StagePlan;

/** A tab: an engine with the model and the dataset of the person. */
async function openTab(
  files: Map<string, Bytes>,
  listen: (engine: EngineState, event: EngineEvent) => void = () => {},
): Promise<EngineState> {
  const engine = new EngineState({ files: memoryStore(files), models: null, webgpu: await openNodeGpu() });
  engines.push(engine);
  engine.emit = (event) => listen(engine, event);
  await openDevice(engine, true);
  const model = BUNDLED_FILES.map((path) => ({ path, file: blob(`public/models/mini/${path}`) }));
  const summary = await loadModel(engine, { kind: 'folder', name: 'mini', files: model });
  await readDataset(engine, { kind: 'file', name: 'mini.jsonl', file: blob('public/datasets/mini/train.jsonl') });
  plan ??= planOf((method) => presetSettings('recommended', summary, method));
  return engine;
}

function planOf(preset: (method: string) => TrainingSettings): StagePlan {
  const short = { adherence_steps: 0, per_device_train_batch_size: 2, 'encoding.max_length': 192, 'encoding.date': '2026-11-28' } as const;
  const sft = withValues(preset('sft'), { ...short, max_steps: STEPS });
  const grpo = withValues(preset('grpo'), { ...short, max_steps: 1, 'grpo.num_generations': 2, 'grpo.max_completion_length': 8 });
  const shared = { what: 'It is tried.', model: 'open' as const };
  return {
    name: 'Short',
    choice_seed: 0,
    stages: [
      { ...shared, name: 'Examples', kind: 'sft', from: 'base', data: [{ of: 'dataset', rows: 12 }], settings: { ...sft, method: 'sft' } },
      { ...shared, name: 'Rewards', kind: 'grpo', from: 1, data: [{ of: 'dataset', rows: 6, but: 1 }], settings: grpo },
    ],
  };
}

const plans = (engine: EngineState): Promise<PlanRecord> => reportPlans(engine).then(([newest]) => newest!);

afterAll(() => {
  for (const engine of engines) engine.gpu!.close();
});

it('what a stage keeps of its samples is learned from, mixed with rows of the dataset; stopped inside, it makes the others', async () => {
  let stopped = false;
  const engine = await openTab(new Map(), (tab, event) => {
    if (event.type !== 'traces' || stopped) return; // at the first word of it: later, a quick GPU may have ended all rows at once
    stopped = true;
    void stopPlan(tab);
  });
  const shared = { what: 'It is tried.', model: 'open' as const, from: 'base' as const };
  const base = defaultTraces('2026-11-28');
  const settings = { ...base, num_return_sequences: 1, sampling: { ...base.sampling, temperature: 0, max_new_tokens: 100 } };
  const [examples] = plan.stages;
  const own: StagePlan = {
    ...plan,
    stages: [
      { ...shared, name: 'Samples', kind: 'traces', data: [{ of: 'dataset', languages: 'without', rows: 4 }], settings },
      { ...(examples as RunStage), name: 'Own', data: [{ of: 1 }, { of: 'dataset', rows: 3, but: 1 }] },
    ],
  };
  await startPlan(engine, own);
  const before = await plans(engine);
  expect([before.phase, before.stages[0]!.phase]).toEqual(['stopped', 'stopped']);
  expect(before.stages[0]!.message).toMatch(/^It was stopped after \d of 4 traces and goes on from there\.$/);
  await continuePlan(engine, before.id);
  const done = await plans(engine);
  expect([done.phase, done.message]).toEqual(['done', undefined]);
  const { kept, made, kept_languages } = done.stages[0]!.figures!;
  expect([made, Object.keys(kept_languages!)]).toEqual([4, ['']]);
  expect(kept).toBeGreaterThan(0);
  expect(done.stages[1]!.figures).toMatchObject({ rows: kept! + 3, steps: STEPS });
  const files = unzipSync(new Uint8Array(await (await exportPlan(engine, done.id)).blob.arrayBuffer()));
  const lines = (path: string): string[] => strFromU8(files[`Short/${path}`]!).trim().split('\n');
  expect(lines('stage-1-samples/dataset.jsonl')).toHaveLength(kept!);
  expect(lines('stage-1-samples/traces.jsonl')).toHaveLength(4);
  expect(lines('stage-2-own/dataset.jsonl')).toHaveLength(kept! + 3);
  expect(Object.keys(files)).toContain('Short/stage-2-own/adapter/adapter_model.safetensors');
});
