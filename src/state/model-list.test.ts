/** The list of known models asks the planner once per model and memory size, and an answer for another size never shows. */
import { beforeEach, expect, it, vi } from 'vitest';
import { knownModels } from '../lib/known-models.ts';
import type { PlanQuestion } from '../protocol/training.ts';

const asked: PlanQuestion[] = [];
let later: (() => void) | null = null;
vi.mock('../client/engine.ts', () => ({
  engine: () => ({
    plan: async (question: PlanQuestion) => {
      asked.push(question);
      if (later) later();
      const large = Number((question.config as { num_hidden_layers: number }).num_hidden_layers) > 30;
      return { verdict: large ? 'does-not-fit' : 'fits', train: { peak: 7 } };
    },
    fittingLength: async () => 2048,
  }),
}));

const { planningStore } = await import('./planning.ts');
const { fitKnownModels, modelListStore } = await import('./model-list.ts');

beforeEach(() => {
  asked.length = 0;
  later = null;
  modelListStore.setState({ gpu_bytes: null, fits: {} });
});

it('answers for every model, and not again for the same GPU', async () => {
  planningStore.setState({ gpu_bytes: 2 ** 33 });
  await fitKnownModels();
  const { fits } = modelListStore.getState();
  expect(Object.keys(fits)).toEqual(knownModels.map(({ repository }) => repository));
  expect(fits['Qwen/Qwen3-0.6B']).toEqual({ max_length: 2048, peak: 7 });
  expect(fits['Qwen/Qwen3-8B']).toEqual({ max_length: null, peak: 7 });
  await fitKnownModels();
  expect(asked.length).toBe(knownModels.length);
});

it('asks nothing while the memory is unknown', async () => {
  planningStore.setState({ gpu_bytes: null });
  await fitKnownModels();
  expect(asked).toEqual([]);
});

it('an older question ends when another GPU is stated', async () => {
  planningStore.setState({ gpu_bytes: 2 ** 33 });
  later = () => {
    later = null;
    planningStore.setState({ gpu_bytes: 2 ** 34 });
    void fitKnownModels();
  };
  await fitKnownModels();
  await vi.waitFor(() => expect(Object.keys(modelListStore.getState().fits).length).toBe(knownModels.length));
  expect(modelListStore.getState().gpu_bytes).toBe(2 ** 34);
  expect(asked.filter(({ gpu_bytes }) => gpu_bytes === 2 ** 33).length).toBe(1);
});
