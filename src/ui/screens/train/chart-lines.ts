/** Lines of the charts of a run: those that the table of metrics lists, and those of its rewards and languages, whose names are the run's own. */
import { formatLoss, formatPercent } from '../../../lib/format.ts';
import { formatMetric, type Metric, type MetricName, metricCharts } from '../../../protocol/metrics.ts';
import { type RewardName, rewardTable } from '../../../protocol/rewards.ts';
import { languageCode, languageMark } from '../../../state/languages.ts';
import type { RunSeries } from '../../../state/run-series.ts';
import type { Line } from '../../parts/chart-options.ts';

export interface DrawnChart {
  readonly metric: Metric;
  readonly names: readonly MetricName[];
  readonly lines: Line[];
}

/** The charts of a method that have something to draw. */
export function chartsOf(series: RunSeries, method: string): DrawnChart[] {
  return metricCharts()
    .map(({ metric, lines }) => {
      const own = lines.filter(({ chart }) => !chart.methods || chart.methods.includes(method));
      return {
        metric,
        names: own.map(({ name }) => name),
        lines: [...linesOf(own, series), ...rewardLines(metric.name, series)],
      };
    })
    .filter(({ lines }) => lines.length > 0);
}

/** The lines of one chart; a metric that this run need not have and never logged has none. */
function linesOf(metrics: ReturnType<typeof metricCharts>[number]['lines'], { columns, smoothed, figures }: RunSeries): Line[] {
  return metrics.flatMap((metric): Line[] => {
    const { name, chart } = metric;
    const say = (value: number | null) => formatMetric(metric, value);
    const values = columns[name] ?? [];
    if ((metric.optional || chart.points) && values.every((value) => value === null)) return [];
    const { color, dash, named } = chart;
    const spread = name === 'reward' && columns.reward_std;
    const line = { label: chart.line ?? '', values, color, say, ...(dash && { dash }), ...(named && { named }) };
    if (chart.smoothed === 'alone') return [{ ...line, title: `${line.label}, smoothed`, values: smoothed[name] ?? [] }];
    if (chart.smoothed)
      return [
        { ...line, faint: true, ...(spread && { spread }) },
        { ...line, label: 'smoothed', values: smoothed[name] ?? [], best: chart.best ?? 'low' },
      ];
    // Of several lines each has its name, also the first, once there is another.
    const several = name === 'reward_std' && Object.keys(figures).length > 0;
    return [chart.points ? { ...line, points: true } : several ? { ...line, named: true } : line];
  });
}

/** Hues of the parts, none that the total has. */
const HUES = [4, 2, 3, 5, 6, 7, 8, 1];

/** What the single rewards add to the charts of the reward and of its spread. */
function rewardLines(chart: MetricName, { figures }: RunSeries): Line[] {
  const figure = chart === 'reward' ? 'mean' : chart === 'reward_std' ? 'std' : null;
  if (figure === null) return [];
  const names = Object.keys(figures).flatMap((name) => (name.startsWith('rewards/') && name.endsWith('/mean') ? [name.slice(8, -5)] : []));
  if (names.length < 2) return []; // a single reward is the total, but for its weight
  return names.flatMap((name, k): Line[] => {
    const own = figures[`rewards/${name}/${figure}`];
    if (!own) return [];
    const title = Object.hasOwn(rewardTable, name) ? rewardTable[name as RewardName].label : name;
    const std = figures[`rewards/${name}/std`];
    return [
      {
        ...{ label: name, title, named: true, say: formatLoss },
        color: `--language-${HUES[k % HUES.length]}`,
        dash: 1 + (k % 7),
        values: figure === 'mean' ? own.smoothed : own.values,
        ...(figure === 'mean' && std && { spread: std.values }),
      },
    ];
  });
}

/** The reward by the language asked for; fewer than two are the total. */
export function rewardsByLanguage({ figures }: RunSeries): Line[] {
  const languages = Object.entries(figures).filter(([name]) => name.startsWith('reward/'));
  if (languages.length < 2) return [];
  return languages.map(([name, { smoothed }]): Line => {
    const language = name.slice('reward/'.length);
    const none = language === 'none';
    const { hue, pattern } = languageMark(language);
    return {
      label: none ? 'none' : languageCode(language),
      title: none ? 'No language asked for' : language,
      values: smoothed,
      color: none ? '--mantine-color-dimmed' : `--language-${hue}`,
      dash: pattern,
      named: true,
      say: formatLoss,
    };
  });
}

/** Shares by the English name of a language. */
export function sharesByLanguage(columns: RunSeries['adherence']): Line[] {
  return Object.entries(columns).map(([language, values]) => ({
    label: languageCode(language),
    title: language,
    values,
    color: `--language-${languageMark(language).hue}`,
    dash: languageMark(language).pattern,
    points: true,
    say: (v) => formatPercent(v),
  }));
}
