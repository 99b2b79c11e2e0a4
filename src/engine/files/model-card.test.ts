/** What a model card tells of a run follows the tables of settings and metrics. */
import { expect, it } from 'vitest';
import { defaultSettings, withValues } from '../../protocol/setting-values.ts';
import type { RunRecord, StepMetrics } from '../../protocol/training.ts';
import { modelCard } from './model-card.ts';

const step = (n: number, loss: number): StepMetrics => ({
  step: n,
  epoch: n / 2,
  loss,
  learning_rate: 1e-3,
  grad_norm: 1,
  mean_token_accuracy: 0.512,
  num_tokens: n * 1000,
  step_time: 1,
  tokens_per_second: 1000,
});
const settings = withValues(defaultSettings('2025-08-05'), {
  'optimizer.learning_rate': 2e-4,
  'optimizer.weight_decay': 0.1,
  adherence_question: 'a | b\nc',
});
const run: RunRecord = {
  id: 'r',
  started: '2026-01-01T00:00:00Z',
  model: 'm',
  dataset: 'd',
  settings,
  phase: 'done',
  total_steps: 2,
  metrics: [step(1, 2.5), step(2, 0.75)],
  evals: [{ step: 2, eval_loss: 0.8 }],
  samples: [],
};
const facts = { name: 'a', base_model: 'm', quant_method: null, lora: settings.lora, modules: ['q_proj'], parameters: 10 };

it('lists the simple settings and those that differ from the defaults, by TRL’s names, and no others', () => {
  const card = modelCard({ ...facts, run });
  for (const row of [
    '| learning_rate | 0.0002 |',
    '| r | 8 |',
    '| target_modules | all-linear |',
    '| weight_decay | 0.1 |',
    '| steps | 2 of 2 |',
  ])
    expect(card).toContain(row);
  expect(card, 'cells keep to their line').toContain('| adherence_question | a \\| b c |');
  for (const name of ['adam_beta1', 'max_grad_norm', 'languages', 'model_identity']) expect(card).not.toContain(`| ${name} |`);
});

it('tells the results that were logged, first and last', () => {
  const card = modelCard({ ...facts, run });
  expect(card).toContain('- loss 2.50 at step 1, 0.750 at step 2');
  expect(card).toContain('- mean_token_accuracy 51.2 % at step 1, 51.2 % at step 2');
  expect(card).toContain('- eval_loss 0.800 at step 2');
  expect(card).not.toContain('entropy');
  expect(modelCard({ ...facts, run: { ...run, metrics: [], evals: [] } })).toContain('No step was finished.');
  expect(modelCard(facts)).not.toContain('## Training procedure');
});
