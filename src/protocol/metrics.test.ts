/** The table of metrics: every line has a chart, what is logged is typed by it, and what a step lacks is a dash. */
import { expect, it } from 'vitest';
import { formatMetric, metricCharts, metricHelp, metricIn, metrics, type StepMetrics } from './metrics.ts';

const step: StepMetrics = {
  step: 1,
  epoch: 0.25,
  loss: 2,
  learning_rate: 2e-4,
  grad_norm: 0.5,
  num_tokens: 100,
  step_time: 0.5,
  tokens_per_second: 200,
};
const named = (name: string) => metrics.find((metric) => metric.name === name)!;

it('draws every metric that has a chart in exactly one', () => {
  const drawn = metricCharts().flatMap(({ lines }) => lines.map(({ name }) => name));
  expect(drawn.sort()).toEqual(metrics.flatMap(({ name, chart }) => (chart ? [name] : [])).sort());
  expect(metricCharts().map(({ metric }) => metric.name)).toEqual([
    ...['loss', 'learning_rate', 'grad_norm', 'entropy', 'length_think', 'reward', 'reward_std', 'frac_reward_zero_std'],
    ...['completions/mean_length', 'completions/clipped_ratio', 'kl', 'clip_ratio/region_mean'],
    ...['parse_failures', 'completions/distinct_ratio', 'divergence', 'clipped_share', 'agreement', 'eval_accuracy'],
  ]);
  expect(metricCharts()[0]!.lines.map(({ name }) => name)).toEqual(['loss', 'loss_think', 'loss_no_think', 'eval_loss']);
});

it('types what is logged: what every step has is required, the rest may lack', () => {
  const { loss: _, ...rest } = step;
  // @ts-expect-error: every step has a loss.
  const wrong: StepMetrics = rest;
  const more: StepMetrics = { ...step, aux_loss: 0.1 };
  expect(metricIn(wrong, named('loss'))).toBeUndefined();
  expect(metricIn(more, named('aux_loss'))).toBe(0.1);
  expect(metricIn(undefined, named('loss'))).toBeUndefined();
});

it('says values with their names and healthy ranges', () => {
  expect(metrics.filter(({ of }) => of === 'step').map((metric) => formatMetric(metric, metricIn(step, metric)))).toEqual([
    '0.25',
    '2.00',
    '2e-4',
    '0.500',
    '–',
    '–',
    '100',
    '0.50 s',
    '200 tokens/s',
    '–',
    ...Array.from({ length: 6 }, () => '–'), // figures by mode
    ...Array.from({ length: 23 }, () => '–'), // of GRPO
    ...Array.from({ length: 4 }, () => '–'), // of distillation
  ]);
  expect(metricHelp(named('grad_norm'))).toBe('grad_norm. Healthy between 0.1 and 10.');
  expect(metricHelp(named('num_tokens'))).toBe('num_tokens. Tokens seen so far, prompts included.');
});
