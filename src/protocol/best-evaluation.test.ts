/** The best evaluation and the early end of a run against transformers' own callback (e2e/fixtures/evaluation), and the settings that contradict each other. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { bestEvaluation, bestMetric, earlyStop, seeksBest } from './best-evaluation.ts';
import { readNamed } from './named-settings.ts';
import { defaultSettings, settingProblems } from './setting-values.ts';

const fixture = JSON.parse(readFileSync(join(import.meta.dirname, '../../e2e/fixtures/evaluation/early-stopping.json'), 'utf8')) as {
  cases: { values: number[]; greater: boolean; patience: number; threshold: number; stop: number | null; best: number }[];
};

it('a run ends early where transformers ends it, with the same best evaluation', () => {
  for (const { values, greater, patience, threshold, stop, best } of fixture.cases) {
    const settings = {
      metric_for_best_model: greater ? ('accuracy' as const) : ('loss' as const),
      early_stopping_patience: patience,
      early_stopping_threshold: threshold,
    };
    const evals = values.map((value, i) => ({ step: 10 * i, [greater ? 'eval_accuracy' : 'eval_loss']: value }));
    const ended = evals.findIndex((_, i) => earlyStop(evals.slice(0, i + 1), settings) !== null);
    expect([values, ended < 0 ? null : ended]).toEqual([values, stop]);
    const done = stop === null ? evals : evals.slice(0, stop + 1);
    expect([values, bestEvaluation(done, settings)!.step]).toEqual([values, 10 * best]);
  }
});

it('evaluations without the metric, or with one that is no number, count as none', () => {
  const evals = [
    { step: 1, eval_loss: 2 },
    { step: 2, eval_accuracy: Number.NaN },
    { step: 3, eval_accuracy: 0 },
  ];
  expect(bestEvaluation(evals, { eval_questions: 5 })).toEqual({ step: 3, value: 0, waited: 0 });
  expect(bestEvaluation(evals, {})).toEqual({ step: 1, value: 2, waited: 0 });
  expect(bestEvaluation([], {})).toBeNull();
});

it('goes by right answers where questions are asked, else by the loss', () => {
  expect([bestMetric({}), bestMetric({ eval_questions: 3 }), bestMetric({ metric_for_best_model: 'format' })]).toEqual([
    'loss',
    'accuracy',
    'format',
  ]);
  expect([seeksBest({}), seeksBest({ load_best_model_at_end: true }), seeksBest({ early_stopping_patience: 1 })]).toEqual([
    false,
    true,
    true,
  ]);
});

it('says which settings lack what the best is found by', () => {
  const clauses = (more: object) => settingProblems({ ...defaultSettings('2025-08-05'), ...more }).map(({ problem }) => problem);
  expect(clauses({})).toEqual([]);
  expect(clauses({ load_best_model_at_end: true })).toEqual([
    'load_best_model_at_end goes by the evaluation loss and no rows are kept for it; set validation_split, or eval_questions',
  ]);
  expect(clauses({ early_stopping_patience: 2, metric_for_best_model: 'adherence' })).toEqual([
    'early_stopping_patience is 2 and eval_steps is 0, so that there is one evaluation only; set eval_steps',
    'early_stopping_patience goes by "adherence" and no questions are asked; set eval_questions',
  ]);
  expect(clauses({ early_stopping_patience: 2, eval_steps: 5, eval_questions: 10, load_best_model_at_end: true })).toEqual([]);
  expect(clauses({ load_best_model_at_end: true, validation_split: 0.1 })).toEqual([]);
});

it('takes transformers’ names, with and without eval_ before a metric', () => {
  const { values, problems } = readNamed({
    metric_for_best_model: 'eval_accuracy',
    load_best_model_at_end: true,
    early_stopping_patience: 3,
    eval_steps: 5,
  });
  expect(problems).toEqual([]);
  expect(values.get('metric_for_best_model')).toBe('accuracy');
  expect(readNamed({ metric_for_best_model: null }).problems).toEqual([]);
  expect(readNamed({ metric_for_best_model: 'eval_bleu' }).problems[0]).toContain(
    'metric_for_best_model is "bleu" and must be null or loss or',
  );
});
