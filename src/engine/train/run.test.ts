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
