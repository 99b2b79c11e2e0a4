/** Another engine gets back what was open: the model with its files, the dataset, and the run where it was at work. */
import { beforeEach, expect, it, vi } from 'vitest';
import type { DatasetSource } from '../protocol/dataset.ts';
import type { ModelSource } from '../protocol/model.ts';
import type { RunPhase, RunRecord } from '../protocol/training.ts';
import { readDataset } from './data-actions.ts';
import { engineHealth, noteSilence, restartEngine } from './engine-health.ts';
import { apply, facts, noFacts } from './facts.ts';
import { loadModel } from './model-actions.ts';
import { pending } from './pending.ts';

let calls: string[] = [];
let clock = 0;

vi.mock('../client/engine.ts', () => ({
  disconnect: () => calls.push('end'),
  reconnect: async () => void calls.push('start'),
  engine: () => ({
    loadModel: async (source: ModelSource) => {
      calls.push(`model ${source.kind === 'folder' ? source.name : source.kind}`);
      if (facts.getState().run) setTimeout(() => apply({ type: 'run', run: { ...runAt('paused'), message: 'It can be resumed.' } }), 20);
      return {};
    },
    readDataset: async (source: DatasetSource) => {
      calls.push(`dataset ${source.kind === 'file' ? source.name : source.kind}`);
      return { id: source.kind };
    },
    listCachedModels: async () => {},
    resume: async () => void calls.push('resume'),
  }),
}));

const runAt = (phase: RunPhase): RunRecord =>
  ({ id: 'r', started: '', model: 'm', dataset: 'd', phase, total_steps: 9, metrics: [], evals: [], samples: [] }) as unknown as RunRecord;

beforeEach(() => {
  calls = [];
  clock += 1_000_000;
  vi.spyOn(performance, 'now').mockImplementation(() => clock);
  vi.stubGlobal('navigator', { locks: { request: async () => {} } });
  facts.setState(noFacts, true);
  pending.setState({ actions: {}, notices: [] }, true);
});

it('a run that was at work goes on', async () => {
  await loadModel({ kind: 'folder', name: 'mine', files: [] });
  await readDataset({ kind: 'file', name: 'rows.jsonl', file: new Blob(['x']) as File });
  apply({ type: 'run', run: runAt('training') });
  calls = [];
  noteSilence(true);
  expect(engineHealth.getState().silent).toBe(true);
  await restartEngine();
  expect(calls).toEqual(['end', 'start', 'model mine', 'dataset rows.jsonl', 'resume']);
});

it('one that was paused stays so, and a second silence soon after starts from what is bundled', async () => {
  apply({ type: 'run', run: runAt('paused') });
  await restartEngine();
  expect(calls).toEqual(['end', 'start', 'model mine', 'dataset rows.jsonl']);
  calls = [];
  clock += 60_000;
  apply({ type: 'run', run: runAt('training') });
  await restartEngine();
  expect(calls).toEqual(['end', 'start', 'model bundled', 'dataset bundled']);
});
