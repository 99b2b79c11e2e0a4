/** max_length follows the rows until it is set by hand, as far as model and GPU allow. */
import { beforeAll, beforeEach, expect, it, vi } from 'vitest';
import type { DatasetSummary, TokenStatistics } from '../protocol/dataset.ts';
import type { ModelSummary } from '../protocol/model.ts';
import type { PlanQuestion } from '../protocol/training.ts';
import { dataStore, freshData } from './data.ts';
import { apply, facts, noFacts } from './facts.ts';
import { runLengthWatch } from './length-actions.ts';
import { freshPlanning, planningStore } from './planning.ts';
import { changedByHand, freshSettings, setSetting, settingsStore, takePreset, undoChanges } from './settings.ts';

let largest = 4096;
const asked: PlanQuestion[] = [];
vi.mock('../client/engine.ts', () => ({
  engine: () => ({
    fittingLength: async (question: PlanQuestion) => {
      asked.push(question);
      return Math.min(question.max_length, largest);
    },
  }),
}));

const model = {
  layers: 2,
  experts: 4,
  context: 2048,
  adaptable: { rank: 64 },
  recommended: { max_length: 192, r: 4 },
} as unknown as ModelSummary;
const dataset = {
  id: 'a',
  name: 'own.jsonl',
  bytes: 9,
  rows: 3,
  languages: { German: 3 },
  schema: 'messages',
} as unknown as DatasetSummary;
const rows = (...lengths: number[]) => dataStore.setState({ statistics: { lengths: Uint32Array.from(lengths) } as TokenStatistics });
const length = () => settingsStore.getState().settings.encoding.max_length;
const follows = (to: number) => expect.poll(length, { interval: 2 }).toBe(to);
const quiet = () => new Promise((resolve) => setTimeout(resolve, 20));

beforeAll(() => runLengthWatch());
beforeEach(async () => {
  largest = 4096;
  facts.setState(noFacts, true);
  dataStore.setState(freshData, true);
  planningStore.setState(freshPlanning, true);
  settingsStore.setState(freshSettings, true);
  await quiet();
  apply({ type: 'model', model }, { type: 'dataset', dataset });
  takePreset('recommended', model);
  settingsStore.setState({ settings: { ...settingsStore.getState().settings }, earlier: null });
});

// red before: own rows were cut to the bundled model's 192 tokens, and Train said that it fits
it('is longer than the preset where the rows are, and the preset’s where they are not', async () => {
  rows(400, 500, 700);
  await follows(704);
  rows(100, 120, 90);
  await follows(192);
});

it('is no change of the user’s', async () => {
  rows(400, 500, 700);
  await follows(704);
  expect(changedByHand(settingsStore.getState(), model)).toEqual([]);
  expect(settingsStore.getState().touched).toBe(false);
});

it('goes to the positions of the model and the memory of the GPU', async () => {
  rows(5000);
  await follows(2048);
  largest = 1024;
  planningStore.setState({ gpu_bytes: 2 ** 30 });
  await follows(1024);
  expect(asked.at(-1)).toMatchObject({ gpu_bytes: 2 ** 30, max_length: 2048 });
});

it('stays where it was set by hand, until that is undone', async () => {
  rows(700);
  await follows(704);
  setSetting('encoding.max_length', 256);
  rows(900);
  await quiet();
  expect(length()).toBe(256);
  expect(changedByHand(settingsStore.getState(), model).map(({ path }) => path)).toEqual(['encoding.max_length']);
  undoChanges(model);
  await follows(960);
});

it('follows under another preset, which cuts nothing in between', async () => {
  rows(1900);
  await follows(2048);
  takePreset('cookbook', { ...model, context: 4096 });
  expect(length()).toBe(2048);
});
