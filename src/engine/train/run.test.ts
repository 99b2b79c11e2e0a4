/** What a run refuses before anything is made. */
import { expect, it } from 'vitest';
import { gptOss20b } from '../../lib/known-models.ts';
import { layoutAdapter } from '../adapters/lora.ts';
import { planAdapter } from '../files/adapter-plan.ts';
import { DEFAULT_CAPABILITIES } from '../graph/op.ts';
import { parseGptOssConfig } from '../models/gpt-oss-config.ts';
import { adaptableWeights } from '../models/gpt-oss-weights.ts';
import { plannedResidents } from '../models/load.ts';
import { prepareRun } from './run.ts';

const config = parseGptOssConfig(
  { ...gptOss20b, num_hidden_layers: 1, layer_types: ['full_attention'], max_position_embeddings: 600 },
  'one layer',
);
const session = { config, residents: plannedResidents(config), capabilities: DEFAULT_CAPABILITIES };
const lora = {
  r: 2,
  lora_alpha: 4,
  target_modules: ['q_proj'],
  target_parameters: null,
  use_rslora: false,
  rank_pattern: {},
  alpha_pattern: {},
};
const layout = layoutAdapter(planAdapter(lora, adaptableWeights(config)));
const settings = {
  encoding: {
    template: 'trl' as const,
    date: '2025-08-05',
    max_length: 1024,
    assistant_only_loss: false,
    inject_reasoning_language: false,
  },
  lora,
  optimizer: {
    learning_rate: 1e-3,
    lr_scheduler_type: 'constant' as const,
    lr_scheduler_kwargs: {},
    warmup_steps: 0,
    weight_decay: 0,
    adam_beta1: 0.9,
    adam_beta2: 0.999,
    adam_epsilon: 1e-8,
    max_grad_norm: 1,
  },
  per_device_train_batch_size: 1,
  gradient_accumulation_steps: 1,
  num_train_epochs: 1,
  max_steps: -1,
  router_aux_loss_coef: 0,
  seed: 1,
  validation_split: 0,
  eval_steps: 0,
  adherence_steps: 0,
  adherence_languages: [],
};
const row = (length: number) => ({ row: 7, ids: new Uint32Array(length), trained: new Uint8Array(length).fill(1) });

it('refuses a row longer than the positions of the model, by its number', () => {
  expect(() => prepareRun(session, { settings, rows: [row(601)], validation: [], layout })).toThrow(
    'Row 7 has 601 tokens and this model has 600 positions; set max_length to at most 600.',
  );
  expect(prepareRun(session, { settings, rows: [row(600)], validation: [], layout }).windows).toHaveLength(1);
});
