/**
 * The metrics of a run as a table: one row a metric, by TRL's names. Charts, numbers, the run strip, CSV, and the model card read it, and the types of
 * what is logged follow from it; so a method's new metric is one row, and the line that computes it.
 */
import { formatLoss, formatPercent, formatRate, formatScientific } from '../lib/format.ts';
import { distillationMetrics } from './distillation-metrics.ts';
import { grpoMetrics } from './grpo-metrics.ts';

interface MetricRow {
  /** Logged with every optimizer step, or with every evaluation. */
  readonly of: 'step' | 'eval';
  /** Not every step has it: it belongs to some methods or settings. */
  readonly optional?: true;
  readonly label: string;
  readonly format: (value: number) => string;
  readonly help?: string;
  readonly healthy?: { readonly min: number; readonly max: number };
  /** Shown among the numbers of the run. */
  readonly shown?: true;
  /** Shown in the run strip: with its label, or alone where the unit is enough. */
  readonly strip?: 'labelled' | 'alone';
  /** A result of the run, listed in the model card. */
  readonly result?: true;
  readonly chart?: MetricChart;
  /** Names of the training methods that log it; absent: all. */
  readonly methods?: readonly string[];
}

export interface MetricChart {
  /** The metric whose chart it is drawn in. */
  readonly in: string;
  readonly color: string;
  /** What the line is called where a chart has several. */
  readonly line?: string;
  /** Of the whole chart, where the metric's own label is not one. */
  readonly title?: string;
  /** The moving average with the raw values faint behind it, large; or without them, in a chart where another has them. */
  readonly smoothed?: true | 'alone';
  /** Of a smoothed one: the higher, the better. */
  readonly best?: 'high';
  readonly points?: true;
  /** One of several lines that steps may lack: named at its end, and drawn over the gaps. */
  readonly named?: true;
  /** Which pattern the line is drawn in; absent: solid. */
  readonly dash?: number;
  /** Only drawn in runs of these methods; absent: wherever it is logged. */
  readonly methods?: readonly string[];
}

/** In the order of the numbers and of the CSV's columns. `step` itself is in every record. */
const table = {
  epoch: { of: 'step', label: 'Epoch', format: (value) => value.toFixed(2), shown: true },
  loss: {
    of: 'step',
    label: 'Loss',
    format: formatLoss,
    help: 'Fine-tuning usually ends between 0.5 and 2.0; small templated data goes lower.',
    shown: true,
    strip: 'labelled',
    result: true,
    chart: { in: 'loss', color: '--mantine-color-anchor', line: 'loss', smoothed: true },
  },
  learning_rate: {
    of: 'step',
    label: 'Learning rate',
    format: formatScientific,
    shown: true,
    chart: { in: 'learning_rate', color: '--language-2' },
  },
  grad_norm: {
    of: 'step',
    label: 'Gradient norm',
    format: formatLoss,
    healthy: { min: 0.1, max: 10 },
    shown: true,
    chart: { in: 'grad_norm', color: '--language-3' },
  },
  mean_token_accuracy: {
    of: 'step',
    optional: true,
    label: 'Accuracy',
    format: (value) => formatPercent(value, 1),
    help: 'Share of trained tokens that the model ranks first.',
    shown: true,
    result: true,
    methods: ['sft'],
  },
  entropy: {
    of: 'step',
    optional: true,
    label: 'Entropy',
    format: formatLoss,
    help: 'Of the next token, in nats: how undecided the model is.',
    shown: true,
    result: true,
    chart: { in: 'entropy', color: '--language-6', methods: ['grpo', 'distillation'] },
  },
  num_tokens: { of: 'step', label: 'Tokens', format: String, help: 'Tokens seen so far, prompts included.' },
  step_time: { of: 'step', label: 'Step time', format: (value) => `${value.toFixed(2)} s` },
  tokens_per_second: { of: 'step', label: 'Speed', format: formatRate, shown: true, strip: 'alone' },
  aux_loss: {
    of: 'step',
    optional: true,
    label: 'Router balance',
    format: formatLoss,
    help: 'The load-balancing loss, before it is weighted.',
    shown: true,
  },
  loss_think: {
    of: 'step',
    optional: true,
    label: 'Loss, think',
    format: formatLoss,
    help: 'Mean over the trained tokens of rows with their reasoning; the router’s loss is not in it.',
    result: true,
    chart: { in: 'loss', color: '--language-4', line: 'think', smoothed: 'alone', named: true },
    methods: ['sft'],
  },
  loss_no_think: {
    of: 'step',
    optional: true,
    label: 'Loss, no think',
    format: formatLoss,
    help: 'Mean over the trained tokens of rows with the answer alone; the router’s loss is not in it.',
    result: true,
    chart: { in: 'loss', color: '--language-2', line: 'no think', smoothed: 'alone', named: true, dash: 1 },
    methods: ['sft'],
  },
  length_think: {
    of: 'step',
    optional: true,
    label: 'Trained tokens per row, think',
    format: (value) => value.toFixed(1),
    chart: { in: 'length_think', title: 'Trained tokens per row', color: '--language-4', line: 'think', named: true },
    methods: ['sft'],
  },
  length_no_think: {
    of: 'step',
    optional: true,
    label: 'Trained tokens per row, no think',
    format: (value) => value.toFixed(1),
    chart: { in: 'length_think', color: '--language-2', line: 'no think', named: true, dash: 1 },
    methods: ['sft'],
  },
  rows_think: { of: 'step', optional: true, label: 'Rows, think', format: String, methods: ['sft'] },
  rows_no_think: { of: 'step', optional: true, label: 'Rows, no think', format: String, methods: ['sft'] },
  ...grpoMetrics,
  ...distillationMetrics,
  eval_loss: {
    of: 'eval',
    optional: true,
    label: 'Evaluation loss',
    format: formatLoss,
    result: true,
    chart: { in: 'loss', color: '--language-5', line: 'eval', points: true },
  },
  eval_mean_token_accuracy: {
    of: 'eval',
    optional: true,
    label: 'Evaluation accuracy',
    format: (value) => formatPercent(value, 1),
    result: true,
    methods: ['sft'],
  },
  eval_accuracy: {
    of: 'eval',
    optional: true,
    label: 'Right answers',
    format: (value) => formatPercent(value, 1),
    help: 'Of the questions of an evaluation, each answered once; mean of all languages’ questions.',
    result: true,
    chart: { in: 'eval_accuracy', title: 'Questions', color: '--language-2', line: 'right', points: true, named: true },
  },
  eval_adherence: {
    of: 'eval',
    optional: true,
    label: 'Reasoning in the language',
    format: (value) => formatPercent(value, 1),
    help: 'Share of the reasoning’s sentences that are in the language asked for.',
    result: true,
    chart: { in: 'eval_accuracy', color: '--language-4', line: 'in the language', points: true, named: true, dash: 1 },
  },
  eval_format: {
    of: 'eval',
    optional: true,
    label: 'Answers that can be read',
    format: (value) => formatPercent(value, 1),
    result: true,
    chart: { in: 'eval_accuracy', color: '--language-5', line: 'readable', points: true, named: true, dash: 2 },
  },
  eval_tokens: {
    of: 'eval',
    optional: true,
    label: 'Tokens of an answer',
    format: (value) => value.toFixed(1),
    help: 'Reasoning included; mean of the questions of an evaluation.',
  },
} as const satisfies Record<string, MetricRow>;

type Table = typeof table;
export type MetricName = keyof Table;
type Optional = { [Name in MetricName]: Table[Name] extends { optional: true } ? Name : never }[MetricName];
type Of<X> = { [Name in MetricName]: Table[Name] extends { of: X } ? Name : never }[MetricName];
type Logged<X> = { step: number } & Record<Exclude<Of<X>, Optional>, number> & Partial<Record<Of<X> & Optional, number>>;

/** Of single rewards, and of those by language: their names are the run's. */
export type RewardFigures = { [Name in `rewards/${string}` | `reward/${string}`]?: number };

/** The figures of single rewards and of languages that steps of a run have, in the order in which they first appear. */
export function rewardFigures(logged: readonly StepMetrics[]): (keyof RewardFigures)[] {
  const names = new Set(logged.flatMap((one) => Object.keys(one)));
  return [...names].filter((name): name is keyof RewardFigures => /^rewards?\//.test(name));
}

/** One optimizer step; names as TRL logs them. */
export type StepMetrics = Logged<'step'> & RewardFigures;
export type EvalMetrics = Logged<'eval'> & { [Name in `eval_accuracy/${string}`]?: number };

/** Right answers of an evaluation by language, by the codes of the languages. */
export function accuracyByLanguage(logged: EvalMetrics): [language: string, value: number][] {
  const prefix = 'eval_accuracy/';
  return Object.entries(logged).flatMap(([name, value]): [string, number][] =>
    name.startsWith(prefix) && value !== undefined ? [[name.slice(prefix.length), value]] : [],
  );
}

export interface Metric extends MetricRow {
  readonly name: MetricName;
}

export const metrics: readonly Metric[] = (Object.keys(table) as MetricName[]).map((name) => ({ name, ...table[name] }));

/** The value of a metric in a record that may lack it. */
export function metricIn(logged: StepMetrics | EvalMetrics | undefined, { name }: Metric): number | undefined {
  return (logged as Readonly<Partial<Record<MetricName, number>>> | undefined)?.[name];
}

export function formatMetric(metric: Metric, value: number | null | undefined): string {
  return value === null || value === undefined ? '–' : metric.format(value);
}

/** The charts, each with its lines; the one with smoothed lines is drawn large. */
export function metricCharts(): { metric: Metric; lines: (Metric & { chart: MetricChart })[] }[] {
  const drawn = metrics.filter((metric): metric is Metric & { chart: MetricChart } => metric.chart !== undefined);
  return drawn
    .filter(({ name, chart }) => chart.in === name)
    .map((metric) => ({ metric, lines: drawn.filter(({ chart }) => chart.in === metric.name) }));
}

/** The tooltip of a number: its name in the log, its meaning, and its healthy range. */
export function metricHelp({ name, help, healthy }: Metric): string {
  return [`${name}.`, help, healthy && `Healthy between ${healthy.min} and ${healthy.max}.`].filter(Boolean).join(' ');
}
