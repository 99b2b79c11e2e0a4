/** What the worker refuses at its door: one SettingsError that lists everything, before anything is loaded, counted or allocated. */
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { gptOss20b } from '../../lib/known-models.ts';
import type { AskRequest, SamplingSettings } from '../../protocol/generation.ts';
import { defaultSettings, withValues } from '../../protocol/setting-values.ts';
import type { PlanQuestion } from '../../protocol/training.ts';
import { memoryStore } from '../files/byte-store.ts';
import { parseConfig } from '../models/index.ts';
import { trainingProblems } from './checks.ts';
import { createEngine } from './engine.ts';
import { EngineState, type OpenDataset, type OpenModel } from './engine-state.ts';
import { readiness } from './readiness.ts';

beforeAll(() => vi.stubGlobal('navigator', {})); // older Node has none
afterAll(() => vi.unstubAllGlobals());

const settings = defaultSettings('2025-08-05');
const wrong = { ...withValues(settings, { 'optimizer.learning_rate': 1e9, 'lora.r': 4096, seed: 0.5 }), epochs: 3 };
const refused = (message: RegExp) => ({ name: 'SettingsError', message: expect.stringMatching(message) });

it('train', async () => {
  const engine = await createEngine();
  await expect(engine.train(wrong)).rejects.toMatchObject(
    refused(
      /^The settings cannot be used: epochs is not a setting.*; learning_rate is 1e9 and must be.*; r is 4096.*; seed is 0\.5.*Correct them\.$/,
    ),
  );
  await expect(engine.train(settings), 'good ones come as far as the missing model').rejects.toMatchObject({ name: 'StateError' });
});

it('row and tokenStatistics', async () => {
  const engine = await createEngine();
  const encoding = { ...settings.encoding, max_length: Number.NaN, date: 'today', lenght: 1 };
  const all = refused(/encoding\.lenght is not a setting.*max_length is not a number.*date is "today"/);
  await expect(engine.row(1, encoding)).rejects.toMatchObject(all);
  await expect(engine.tokenStatistics(encoding)).rejects.toMatchObject(all);
});

it('plan, by the model it is about', async () => {
  const engine = await createEngine();
  const question: PlanQuestion = {
    config: gptOss20b,
    lora: settings.lora,
    max_length: 131_073,
    per_device_train_batch_size: 0,
    cache_length: -1,
    cache_rows: 1.5,
    gpu_bytes: Number.NaN,
  };
  await expect(engine.plan(question)).rejects.toMatchObject(
    refused(
      /per_device_train_batch_size is 0.*max_length is 131073 and must be a whole number from 2 to 131,072.*cache_length is -1.*cache_rows is 1\.5.*gpu_bytes is not a number/,
    ),
  );
  const lora = { ...settings.lora, r: 2881, lora_alpha: 0, target_modules: ['p_proj'] };
  await expect(engine.plan({ ...question, max_length: 1024, per_device_train_batch_size: 1, lora })).rejects.toMatchObject(
    refused(/r is 2881 and must be a whole number from 1 to 1,024; lora_alpha is 0.*"p_proj", which names none of the linear layers/),
  );
});

it('ask', async () => {
  const engine = await createEngine();
  const sampling = { temperature: -1, top_k: 0.5, top_p: 2, min_p: Number.NaN, max_new_tokens: 0, seeds: 1 } as unknown as SamplingSettings;
  const request: AskRequest = { id: 'a', conversation: { messages: [] }, columns: [], sampling, date: '2025-13-01' };
  await expect(engine.ask(request)).rejects.toMatchObject(
    refused(
      /seeds is not a setting.*temperature is -1.*top_k is 0\.5.*top_p is 2.*min_p is not a number.*max_new_tokens is 0.*seed is missing.*date is "2025-13-01"/,
    ),
  );
});

it('readiness tells the same as blockers, one each, with what the model and the data allow', async () => {
  const config = parseConfig({ ...gptOss20b, max_position_embeddings: 600 }, 'small');
  const engine = new EngineState({ files: memoryStore() });
  engine.model = { session: { config } } as OpenModel;
  engine.data = { dataset: { length: 100_000 } } as OpenDataset;
  const given = withValues(settings, { 'optimizer.adam_beta2': 1, 'encoding.max_length': 601, num_train_epochs: 200 });
  const { blockers } = await readiness(engine, given, null);
  expect(blockers).toEqual(trainingProblems(engine, given).map((problem) => ({ place: 'train', sentence: `${problem}.` })));
  expect(blockers.map(({ sentence }) => sentence)).toEqual([
    'max_length is 601 and must be a whole number from 2 to 600, the positions of this model.',
    'adam_beta2 is 1 and must be a number from 0 to below 1.',
    'num_train_epochs x rows of the dataset is 2e7 rows and must be at most 16,777,216.',
  ]);
});
