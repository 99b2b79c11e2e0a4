/** Smoothing, chart columns over three axes, times, and the CSV. */
import { describe, expect, it } from 'vitest';
import { runCsv } from '../protocol/run-files.ts';
import type { RunRecord, StepMetrics } from '../protocol/training.ts';
import { debiasedEma } from './ema.ts';
import { startingSettings } from './presets.ts';
import { runSeries, runTimes } from './run-series.ts';

const metrics = [4, 2, Number.NaN, 1].map(
  (loss, i): StepMetrics => ({
    step: i + 1,
    epoch: 0,
    loss,
    learning_rate: 1e-3,
    grad_norm: 1,
    mean_token_accuracy: 0.5,
    entropy: 1,
    num_tokens: (i + 1) * 100,
    step_time: 0.5 * (i + 1),
    tokens_per_second: 200,
  }),
);
const run: RunRecord = {
  id: 'r',
  started: '2026-01-01T00:00:00Z',
  model: 'm',
  dataset: 'd',
  settings: startingSettings,
  phase: 'training',
  total_steps: 6,
  metrics,
  evals: [{ step: 2, eval_loss: 2.5, eval_mean_token_accuracy: 0.4 }],
  samples: [0, 4].map((step) => ({ step, language: 'German, Swiss', question: 'q', thinking: 'a', content: 'f', share: step / 4 })),
};

describe('de-biased EMA', () => {
  it('starts at the first value instead of near zero', () =>
    expect(debiasedEma([5, 5, 5], 0.9)).toEqual([5, expect.closeTo(5, 12), expect.closeTo(5, 12)]));
  it('is m_t / (1 - w^t)', () => expect(debiasedEma([4, 2], 0.5)[1]).toBeCloseTo((0.25 * 4 + 0.5 * 2) / 0.75, 12));
  it('with weight 0 is the values themselves', () => expect(debiasedEma([3, 1, 2], 0)).toEqual([3, 1, 2]));
  it('leaves gaps where there is no number, and goes on after them', () => {
    expect(debiasedEma([1, null, Number.NaN, 1], 0.5)).toEqual([1, null, null, 1]);
  });
});

describe('run series', () => {
  it('has one x for steps, evaluations and probes', () => {
    const series = runSeries(run, 'step', 0);
    expect(series.x).toEqual([0, 1, 2, 3, 4]);
    expect(series.columns.loss).toEqual([null, 4, 2, null, 1]);
    expect(series.columns.eval_loss).toEqual([null, null, 2.5, null, null]);
    expect(series.adherence).toEqual({ 'German, Swiss': [0, null, null, null, 1] });
  });

  it('has the figures of single rewards and of languages by their names in the log, also as CSV', () => {
    const paid = metrics.map((one, i) => ({ ...one, reward: i, 'rewards/accuracy/mean': i / 4, ...(i > 1 && { 'reward/German': 1 }) }));
    const { figures, steps } = runSeries({ ...run, metrics: paid }, 'time', 0);
    expect(steps).toEqual([0, 1, 2, 3, 4]);
    expect(figures['rewards/accuracy/mean']).toEqual({ values: [null, 0, 0.25, 0.5, 0.75], smoothed: [null, 0, 0.25, 0.5, 0.75] });
    expect(figures['reward/German']!.values).toEqual([null, null, null, 1, 1]);
    expect(runSeries(run, 'step', 0).figures).toEqual({});
    const [header, , , third] = runCsv({ ...run, metrics: paid, samples: [], evals: [] }).split('\n');
    expect(header).toMatch(/,rewards\/accuracy\/mean,reward\/German$/);
    expect(third).toMatch(/,0\.5,1$/);
  });

  it('counts seconds and tokens along', () => {
    expect(runSeries(run, 'time', 0).x).toEqual([0, 0.5, 1.5, 3, 5]);
    expect(runSeries(run, 'tokens', 0).x).toEqual([0, 100, 200, 300, 400]);
  });

  it('tells the time left at the pace of late', () => {
    expect(runTimes(run)).toEqual({ elapsed: 5, left: 2.5 });
    expect(runTimes({ ...run, metrics: [] })).toEqual({ elapsed: 0, left: null });
  });

  it('writes CSV with TRL’s names, quoting where needed', () => {
    const lines = runCsv(run).trim().split('\n');
    expect(lines[0]).toBe(
      'step,epoch,loss,learning_rate,grad_norm,mean_token_accuracy,entropy,num_tokens,step_time,tokens_per_second,eval_loss,eval_mean_token_accuracy,"adherence_German, Swiss"',
    );
    expect(lines[1]).toBe('0,,,,,,,,,,,,0');
    expect(lines[3]).toBe('2,0,2,0.001,1,0.5,1,200,1,200,2.5,0.4,');
    expect(lines).toHaveLength(6);
  });
});

it('figures of a mode that a step lacks leave a gap, in the columns and in the CSV; a run of one mode has no column for them', () => {
  const both = metrics.map((one, i): StepMetrics => (i === 1 ? { ...one, loss_think: 1.5 } : { ...one, loss_think: 2, loss_no_think: 3 }));
  const series = runSeries({ ...run, metrics: both }, 'step', 0);
  expect(series.columns.loss_no_think).toEqual([null, 3, null, 3, 3]);
  expect(series.smoothed.loss_think).toEqual([null, 2, 1.5, 2, 2]);
  const [header, ...lines] = runCsv({ ...run, metrics: both }).split('\n');
  const at = (name: string) => lines.map((line) => line.split(',')[header!.split(',').indexOf(name)]);
  expect(at('loss_no_think').slice(0, 4)).toEqual(['', '3', '', '3']);
  expect(runCsv(run)).not.toContain('think');
});

it('right answers are charted and exported by language, where questions are of several', () => {
  const evals = [
    { step: 2, eval_accuracy: 0.5, 'eval_accuracy/de': 1, 'eval_accuracy/sw': 0 },
    { step: 4, eval_accuracy: 0.75, 'eval_accuracy/de': 1, 'eval_accuracy/sw': 0.5 },
  ];
  expect(runSeries({ ...run, evals }, 'step', 0).accuracy).toEqual({
    German: [null, null, 1, null, 1],
    Swahili: [null, null, 0, null, 0.5],
  });
  expect(runSeries({ ...run, evals: [{ step: 2, 'eval_accuracy/de': 1 }] }, 'step', 0).accuracy).toEqual({});
  const [header, ...lines] = runCsv({ ...run, evals }).split('\n');
  expect(header!.split(',').slice(-2)).toEqual(['eval_accuracy/de', 'eval_accuracy/sw']);
  expect(lines[4]!.split(',').slice(-2)).toEqual(['1', '0.5']);
});

it('a language that was never judged has no line but a reason', () => {
  const samples = [
    { step: 0, language: 'Klingon', share: null, unjudged: 'unknown' },
    { step: 0, language: 'Zulu', share: null, unjudged: 'too-short' },
    { step: 4, language: 'Zulu', share: 0.5 },
  ].map((one) => ({ question: 'q', thinking: 'a', content: 'f', ...one }));
  const { adherence, unjudged } = runSeries({ ...run, samples } as RunRecord, 'step', 0);
  expect(Object.keys(adherence)).toEqual(['Zulu']);
  expect(adherence.Zulu!.filter((share) => share !== null)).toEqual([0.5]);
  expect(unjudged).toEqual({ Klingon: 'unknown' });
});

it('what was not a number keeps its place, and saves have theirs on every axis', () => {
  const saved = { ...run, saves: [1, 3, 5] };
  expect(runSeries(saved, 'step', 0).notFinite).toEqual({ loss: [3] });
  expect(runSeries(saved, 'step', 0).saved).toEqual([1, 3]);
  expect(runSeries(saved, 'tokens', 0)).toMatchObject({ notFinite: { loss: [300] }, saved: [100, 300] });
  expect(runSeries(run, 'time', 0).saved).toEqual([]);
});

// Each step of a long run drew all steps before it: a second a step at 110,000.
it('a run of 110,000 steps is drawn by every nth, with its last step, all evaluations, what is no number, and all of its time', () => {
  const long = Array.from(
    { length: 110_000 },
    (_, i): StepMetrics => ({ ...metrics[0]!, step: i + 1, loss: i === 70_001 ? Number.NaN : 2, step_time: 1 }),
  );
  const evals = [{ step: 1234, eval_loss: 2.5, eval_mean_token_accuracy: 0.4 }];
  const began = performance.now();
  const series = runSeries({ ...run, metrics: long, evals, samples: [] }, 'time', 0.9);
  expect(performance.now() - began).toBeLessThan(500);
  expect(series.x.length).toBeLessThan(5000);
  expect(series.x.at(-1)).toBe(110_000);
  expect(series.x).toContain(1234);
  expect(series.columns.loss![series.x.indexOf(70_002)]).toBeNull();
  expect(series.smoothed.loss!.at(-1)).toBeCloseTo(2, 9);
});
