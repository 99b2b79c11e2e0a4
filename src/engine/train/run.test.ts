/** What a run refuses before anything is made. */
import { expect, it } from 'vitest';
import { gptOss20b } from '../../lib/known-models.ts';
import { defaultSettings } from '../../protocol/setting-values.ts';
import { layoutAdapter } from '../adapters/lora.ts';
import { planAdapter } from '../files/adapter-plan.ts';
import { DEFAULT_CAPABILITIES } from '../graph/op.ts';
import { gptOss } from '../models/gpt-oss.ts';
import { adaptableWeights } from '../models/index.ts';
import { plannedWeights } from '../models/tensors.ts';
import type { World } from './method.ts';
import { prepareRun } from './run.ts';

const config = gptOss.parse(
  { ...gptOss20b, num_hidden_layers: 1, layer_types: ['full_attention'], max_position_embeddings: 600 },
  'one layer',
);
const session = { config, weights: plannedWeights(config), capabilities: DEFAULT_CAPABILITIES };
const defaults = defaultSettings('2025-08-05');
const lora = { ...defaults.lora, r: 2, target_modules: ['q_proj'] };
const layout = layoutAdapter(planAdapter(lora, adaptableWeights(config)));
const settings = { ...defaults, lora, per_device_train_batch_size: 1, num_train_epochs: 1 };
const row = (length: number) => ({ row: 7, ids: new Uint32Array(length), trained: new Uint8Array(length).fill(1) });

it('refuses a row longer than the positions of the model, by its number', () => {
  expect(() => prepareRun(session, { settings, rows: [row(601)], validation: [], layout })).toThrow(
    'Row 7 has 601 tokens and this model has 600 positions; set max_length to at most 600.',
  );
  expect(prepareRun(session, { settings, rows: [row(600)], validation: [], layout }).method.steps).toBe(1);
});

it('plans a run of many steps: lists of the size of a run are never spread into arguments', () => {
  const long = { ...settings, max_steps: 200_000 };
  expect(prepareRun(session, { settings: long, rows: [row(600)], validation: [], layout }).method.steps).toBe(200_000);
});

// Steps were listed before the run: gigabytes and half a minute for millions of them.
it.each([
  ['one row, 110,000 steps', 1, { max_steps: 110_000 }],
  ['one row, as many steps as settings allow', 1, { max_steps: 2 ** 24 }],
  ['three rows in pairs', 3, { max_steps: 2 ** 23, per_device_train_batch_size: 2 }],
  ['a thousand rows in fours', 1000, { num_train_epochs: 16_000, per_device_train_batch_size: 4, gradient_accumulation_steps: 8 }],
  ['a hundred thousand rows', 100_000, { num_train_epochs: 167.5 }],
])('%s are planned at once', (_, count, changes) => {
  const rows = Array.from({ length: count }, (_, i) => row(20 + ((i * 37) % 500)));
  const began = performance.now();
  const { method } = prepareRun(session, { settings: { ...settings, ...changes }, rows, validation: [], layout });
  expect(performance.now() - began).toBeLessThan(6000); // on a busy machine; 1 s alone
  const total = rows.reduce((sum, { ids }) => sum + ids.length, 0);
  const seen = 'max_steps' in changes ? (changes.max_steps * (count === 1 ? 1 : 3)) / (count === 1 ? 1 : 2) : 0;
  if (count <= 3) expect(method.workload.tokens / (seen * (total / count))).toBeCloseTo(1, 3);
  expect(method.metrics(method.steps - 1, [{ loss: 1, correct: 1, entropy: 1, trained: 1, aux: 0 }], []).epoch).toBeGreaterThan(0);
});

it('whatever comes together in an epoch that was not looked at fits', async () => {
  const rows = Array.from({ length: 7 }, (_, i) => row(30 + i * 80));
  const many = { ...settings, max_steps: 2 ** 22, per_device_train_batch_size: 3 };
  const { method } = prepareRun(session, { settings: many, rows, validation: [], layout });
  for (let step = 2 ** 22 - 1; step > 0; step = Math.floor(step / 1.5)) expect(await method.batches(step, {} as World)).toHaveLength(1);
});
