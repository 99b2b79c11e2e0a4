/** Curves of the chosen runs over each other in one chart, and the settings in which they differ. */
import { Button, Group, Paper, Select, Table, Text, Title } from '@mantine/core';
import { useMemo } from 'react';
import { formatMetric, type MetricName, metrics } from '../../../protocol/metrics.ts';
import type { RunRecord } from '../../../protocol/training.ts';
import { libraryStore } from '../../../state/library.ts';
import { differingSettings, overlayMetrics, overlayOf } from '../../../state/run-overlay.ts';
import { Chart } from '../../parts/chart.tsx';
import type { Line } from '../../parts/chart-options.ts';
import { Scroll } from '../../parts/scroll.tsx';
import { useFacts, useLibrary, useView } from '../../use.ts';
import classes from './runs.module.css';

export function OverlayPanel() {
  const chosen = useLibrary((l) => l.chosen);
  const records = useLibrary((l) => l.records);
  const runs = useMemo(() => chosen.flatMap((id) => records[id] ?? []), [chosen, records]);
  if (runs.length === 0) return null;
  return <Overlaid runs={runs} />;
}

function Overlaid({ runs }: { runs: RunRecord[] }) {
  const wanted = useLibrary((l) => l.metric);
  const { axis, smoothing } = useView((v) => v);
  const offered = useMemo(() => overlayMetrics(runs), [runs]);
  const name = offered.some(({ value }) => value === wanted) ? wanted : 'loss';
  const metric = metrics.find((one) => one.name === name)!;
  const { x, columns } = useMemo(() => overlayOf(runs, name, axis, smoothing), [runs, name, axis, smoothing]);
  const titles = useNames(runs);
  const differing = useMemo(() => differingSettings(runs), [runs]);
  const lines = runs.map(
    (_run, i): Line => ({
      label: `${i + 1}`,
      title: titles[i]!,
      values: columns[i]!,
      color: colorOf(i),
      dash: i % 4,
      named: true,
      say: (value) => formatMetric(metric, value),
    }),
  );
  return (
    <Paper className="panel" p="lg" data-testid="overlay">
      <Group justify="space-between" gap="sm" mb="xs">
        <Title order={2}>Curves</Title>
        <Group gap="xs">
          <Select
            size="xs"
            w={210}
            aria-label="Metric"
            data={offered}
            value={name}
            allowDeselect={false}
            onChange={(value) => value && libraryStore.setState({ metric: value as MetricName })}
            data-testid="overlay-metric"
          />
          <Button size="xs" variant="default" onClick={() => libraryStore.setState({ chosen: [] })}>
            Clear
          </Button>
        </Group>
      </Group>
      <Chart title={metric.label} x={x} axis={axis} lines={lines} height={220} sync="library" />
      <Differing titles={titles} rows={differing} />
    </Paper>
  );
}

const COLORS = 10;

function colorOf(index: number): string {
  return `--language-${(index % COLORS) + 1}`;
}

/** Their names in the library, which may have changed since. */
function useNames(runs: readonly RunRecord[]): string[] {
  const kept = useFacts((f) => f.keptRuns?.runs);
  return runs.map(({ id, dataset }) => kept?.find((run) => run.id === id)?.name ?? dataset);
}

function Differing({ titles, rows }: { titles: string[]; rows: ReturnType<typeof differingSettings> }) {
  return (
    <Scroll label="Settings in which the runs differ">
      <Table fz="xs" mt="sm" verticalSpacing={4} data-testid="differing">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{rows.length === 0 ? 'Runs' : 'Differing settings'}</Table.Th>
            {titles.map((title, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: two runs may have one name
              <Table.Th key={i}>
                <span className={classes.swatch} style={{ background: `var(${colorOf(i)})` }} aria-hidden="true" />
                {i + 1} <bdi>{title}</bdi>
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map(({ name, label, values }) => (
            <Table.Tr key={name}>
              <Table.Td>
                {label}{' '}
                <Text span size="xs" c="dimmed" ff="monospace">
                  {name}
                </Text>
              </Table.Td>
              {values.map((value, i) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a value a run, in their order
                <Table.Td key={i} className="numbers">
                  {value}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {rows.length === 0 && titles.length > 1 && (
        <Text size="xs" c="dimmed" mt={4}>
          Their settings are the same.
        </Text>
      )}
    </Scroll>
  );
}
