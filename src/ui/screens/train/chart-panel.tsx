/** The charts of a run: smoothed metrics large, the others and adherence small, one x axis and one crosshair for all. */
import { Button, Group, Menu, Paper, SegmentedControl, Slider, Switch, Text, Title } from '@mantine/core';
import { memo, useMemo, useRef } from 'react';
import { unjudgedWords } from '../../../lib/language/unjudged.ts';
import type { MetricName } from '../../../protocol/metrics.ts';
import type { RunRecord } from '../../../protocol/training.ts';
import { facts } from '../../../state/facts.ts';
import { openStep } from '../../../state/rollouts.ts';
import { type RunAxis, runSeries } from '../../../state/run-series.ts';
import { viewStore } from '../../../state/view.ts';
import { Chart } from '../../parts/chart.tsx';
import type { Marks } from '../../parts/chart-overlay.ts';
import { DownloadIcon } from '../../parts/icons.tsx';
import { useView } from '../../use.ts';
import { exportRun } from './chart-export.ts';
import { chartsOf, rewardsByLanguage, sharesByLanguage } from './chart-lines.ts';
import classes from './train.module.css';

export function ChartPanel({ run }: { run: RunRecord }) {
  const { axis, smoothing, logLoss } = useView((v) => v);
  const box = useRef<HTMLDivElement>(null);
  const series = useMemo(() => runSeries(run, axis, smoothing), [run, axis, smoothing]);
  const { method = 'sft' } = run.settings;
  const charts = chartsOf(series, method);
  const smooth = charts.filter(({ metric }) => metric.chart?.smoothed);
  // What a method is about, the reward for one, stands above the loss that all methods have.
  const large = [...smooth.filter(({ metric }) => metric.methods), ...smooth.filter(({ metric }) => !metric.methods)];
  const small = charts.filter(({ metric }) => !metric.chart?.smoothed);
  const onPick =
    method === 'grpo' || method === 'distillation'
      ? (index: number) => void openStep(run, series.steps[index]!, facts.getState().rollouts)
      : undefined;
  const shared = { x: series.x, axis, sync: `run-${run.id}`, onPick };
  const marksOf = (names: readonly MetricName[]): Marks => ({
    saved: series.saved,
    notFinite: [...new Set(names.flatMap((name) => series.notFinite[name] ?? []))],
  });
  // Many languages need the whole width, for their lines, their labels and the key above them.
  const byLanguage = [
    { title: 'Reward by language asked for', lines: rewardsByLanguage(series) },
    { title: 'Reasoning in the requested language', lines: sharesByLanguage(series.adherence), ...SHARE },
    { title: 'Right answers by language', lines: sharesByLanguage(series.accuracy), ...SHARE },
  ].filter(({ lines }) => lines.length > 0);
  const many = byLanguage.some(({ lines }) => lines.length > 6);
  const languageCharts = byLanguage.map((own) => <Chart key={own.title} {...shared} {...own} height={many ? 190 : 100} />);
  return (
    <Paper className="panel" px="md" py="sm" ref={box} data-testid="charts">
      <ChartControls box={box} />
      {large.map(({ metric, names, lines }) => (
        <Chart key={metric.name} {...shared} title={metric.label} lines={lines} marks={marksOf(names)} height={190} log={logLoss} />
      ))}
      {many && languageCharts}
      <div className={classes.small} data-count={small.length + (many ? 0 : languageCharts.length)}>
        {!many && languageCharts}
        {small.map(({ metric, names, lines }) => (
          <Chart
            key={metric.name}
            {...shared}
            title={metric.chart?.title ?? metric.label}
            lines={lines}
            marks={marksOf(names)}
            height={100}
          />
        ))}
      </div>
      {Object.entries(series.unjudged).map(([language, reason]) => (
        <Text key={language} size="xs" c="dimmed" data-testid="unjudged">
          Reasoning in {language} {unjudgedWords(reason)}.
        </Text>
      ))}
    </Paper>
  );
}

/** The axis of shares. */
const SHARE = { range: [0, 1.05] as [number, number], percent: true };

const AXES: { value: RunAxis; label: string }[] = [
  { value: 'step', label: 'Steps' },
  { value: 'time', label: 'Time' },
  { value: 'tokens', label: 'Tokens' },
];

/** Not drawn again with every step: the run is looked up when something is saved. */
const ChartControls = memo(function ChartControls({ box }: { box: React.RefObject<HTMLDivElement | null> }) {
  const { axis, smoothing, logLoss } = useView((v) => v);
  const save = (kind: 'csv' | 'json' | 'png', from?: HTMLElement | null) => {
    const { run } = facts.getState();
    if (run) exportRun(run, kind, from);
  };
  return (
    <Group justify="space-between" gap="sm" mb="xs">
      <Title order={2}>Charts</Title>
      <Group gap="md">
        <SegmentedControl
          size="xs"
          aria-label="Horizontal axis"
          value={axis}
          onChange={(value) => viewStore.setState({ axis: value as RunAxis })}
          data={AXES}
          data-testid="chart-axis"
        />
        <Group gap={8} wrap="nowrap">
          <Text size="xs">Smoothing</Text>
          <Slider
            size="xs"
            w={90}
            min={0}
            max={0.99}
            step={0.01}
            value={smoothing}
            onChange={(value) => viewStore.setState({ smoothing: value })}
            label={(v) => v.toFixed(2)}
            thumbLabel="Smoothing of the loss"
          />
        </Group>
        <Switch
          size="xs"
          label="Log loss"
          checked={logLoss}
          onChange={(event) => viewStore.setState({ logLoss: event.currentTarget.checked })}
        />
        <Menu position="bottom-end">
          <Menu.Target>
            <Button size="compact-xs" variant="default" leftSection={<DownloadIcon size={12} />}>
              Save
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item onClick={() => save('csv')}>CSV, one line per step</Menu.Item>
            <Menu.Item onClick={() => save('json')}>JSON, the whole record</Menu.Item>
            <Menu.Item onClick={() => save('png', box.current)}>PNG, the charts</Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </Group>
    </Group>
  );
});
