/** The charts of a run: loss large, learning rate, gradient norm and adherence small, one x axis and one crosshair for all. */
import { Button, Group, Menu, Paper, SegmentedControl, Slider, Switch, Text, Title } from '@mantine/core';
import { memo, useMemo, useRef } from 'react';
import { formatLoss, formatPercent, formatScientific } from '../../../lib/format.ts';
import type { RunRecord } from '../../../protocol/training.ts';
import { facts } from '../../../state/facts.ts';
import { languageCode, languageHue } from '../../../state/languages.ts';
import { type RunAxis, runSeries } from '../../../state/run-series.ts';
import { viewStore } from '../../../state/view.ts';
import { Chart } from '../../parts/chart.tsx';
import type { Line } from '../../parts/chart-options.ts';
import { DownloadIcon } from '../../parts/icons.tsx';
import { useView } from '../../use.ts';
import { exportRun } from './chart-export.ts';
import classes from './train.module.css';

export function ChartPanel({ run }: { run: RunRecord }) {
  const { axis, smoothing, logLoss } = useView((v) => v);
  const box = useRef<HTMLDivElement>(null);
  const series = useMemo(() => runSeries(run, axis, smoothing), [run, axis, smoothing]);
  const loss: Line[] = [
    { label: 'loss', values: series.loss, color: '--mantine-color-anchor', faint: true, say: formatLoss },
    { label: 'smoothed', values: series.smooth, color: '--mantine-color-anchor', say: formatLoss, best: 'low' },
    ...(run.evals.length > 0 ? [{ label: 'eval', values: series.evaluation, color: '--language-5', points: true, say: formatLoss }] : []),
  ];
  const adherence: Line[] = Object.entries(series.adherence).map(([language, values]) => ({
    label: languageCode(language),
    values,
    color: `--language-${languageHue(language)}`,
    points: true,
    say: (v) => formatPercent(v),
  }));
  const shared = { x: series.x, axis, sync: `run-${run.id}` };
  return (
    <Paper className="panel" px="md" py="sm" ref={box} data-testid="charts">
      <ChartControls box={box} />
      <Chart {...shared} title="Loss" lines={loss} height={190} log={logLoss} />
      <div className={classes.small} data-count={adherence.length > 0 ? 3 : 2}>
        {adherence.length > 0 && (
          <Chart {...shared} title="Thought in the language asked" lines={adherence} height={100} range={[0, 1.05]} percent />
        )}
        <Chart
          {...shared}
          title="Gradient norm"
          lines={[{ label: '', values: series.grad_norm, color: '--language-3', say: formatLoss }]}
          height={100}
        />
        <Chart
          {...shared}
          title="Learning rate"
          lines={[{ label: '', values: series.learning_rate, color: '--language-2', say: (v) => (v === null ? '–' : formatScientific(v)) }]}
          height={100}
        />
      </div>
    </Paper>
  );
}

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
            <Menu.Item onClick={() => save('csv')}>CSV, one line a step</Menu.Item>
            <Menu.Item onClick={() => save('json')}>JSON, the whole record</Menu.Item>
            <Menu.Item onClick={() => save('png', box.current)}>PNG, the charts</Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </Group>
    </Group>
  );
});
