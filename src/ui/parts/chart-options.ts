/** uPlot's options for our charts: quiet grid, units on the axes, one shared crosshair, the newest value at the line's end. */
import type uPlot from 'uplot';
import uPlotRuntime from 'uplot';
import { formatClock, formatCount, formatLoss, formatPercent } from '../../lib/format.ts';
import type { Column, RunAxis } from '../../state/run-series.ts';
import { drawOverlay, type Marks } from './chart-overlay.ts';
import { fromData } from './chart-range.ts';

export interface Line {
  label: string;
  /** In full, where the label is short. */
  title?: string;
  values: Column;
  /** Name of a CSS variable. */
  color: string;
  faint?: boolean;
  points?: boolean;
  /** One of several: its label stands at its end, and it goes on over gaps. */
  named?: boolean;
  /** Which of `DASHES`; absent: solid. */
  dash?: number;
  say: (value: number | null) => string;
  /** A deviation for each value, shown beside it. */
  spread?: Column;
  /** Also show the best value so far. */
  best?: 'low' | 'high';
}

interface Options {
  lines: Line[];
  axis: RunAxis;
  height: number;
  width: number;
  sync: string;
  log: boolean;
  percent: boolean;
  range: [number, number] | undefined;
  /** Asked for with every drawing, because they grow with the run. */
  marks: () => Marks;
  show: (index: number | null) => void;
}

/** In CSS pixels: line, gap, line, gap; one for each pattern of a language. */
export const DASHES: readonly (readonly number[])[] = [
  [],
  [7, 3],
  [2.5, 2.5],
  [9, 3, 2, 3],
  [14, 4],
  [4, 2, 1.5, 2],
  [9, 3, 2, 3, 2, 3],
  [1.5, 4],
];

const FONT = '11px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';

function css(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

export function chartOptions({ lines, axis, height, width, sync, log, percent, range, marks, show }: Options): uPlot.Options {
  const quiet = css('--mantine-color-dimmed');
  const grid = { stroke: css('--grid-line'), width: 1 };
  const sayX = axis === 'time' ? formatClock : formatCount;
  const sayY = percent ? (v: number) => formatPercent(v) : (v: number) => (Math.abs(v) >= 0.001 || v === 0 ? formatTick(v) : formatLoss(v));
  return {
    width,
    height,
    padding: [8, lines.length > 6 ? 118 : lines.length > 3 || lines.some(({ named }) => named) ? 92 : 60, 0, 0], // for the labels at the ends
    legend: { show: false },
    cursor: { sync: { key: sync, scales: ['x', null] }, drag: { x: true, y: false }, y: false, points: { size: 6 } },
    scales: { x: { time: false }, y: log ? { distr: 3, log: 10 } : range ? { range } : { range: fromData } },
    axes: [
      {
        stroke: quiet,
        font: FONT,
        grid: { show: false },
        ticks: { show: false },
        size: 22,
        gap: 2,
        values: (_u, ticks) => ticks.map((t) => (Number.isInteger(t) ? sayX(t) : '')), // half a step would be written as the next one
      },
      {
        stroke: quiet,
        font: FONT,
        grid,
        ticks: { show: false },
        size: 46,
        gap: 4,
        values: (_u, ticks) => ticks.map((t) => (t === null ? '' : sayY(t))),
      },
    ],
    series: [{}, ...lines.map(seriesOf)],
    hooks: {
      setCursor: [(u) => show(u.cursor.idx ?? null)],
      draw: [(u) => drawOverlay(u, lines, marks())],
    },
  };
}

function formatTick(value: number): string {
  return Math.abs(value) >= 1000 ? formatCount(value) : String(Number(value.toPrecision(3)));
}

function seriesOf(line: Line): uPlot.Series {
  const stroke = css(line.color);
  return {
    label: line.label,
    stroke: line.faint ? `color-mix(in srgb, ${stroke} 35%, transparent)` : stroke,
    width: line.faint ? 1 : 1.6,
    spanGaps: line.points ?? line.named ?? false,
    dash: (DASHES[line.dash ?? 0] ?? []).map((part) => part * uPlotRuntime.pxRatio),
    points: line.points
      ? { show: true, size: 4.5, fill: stroke, stroke }
      : { show: false, filter: lonely, size: 4.5, fill: stroke, stroke },
    alpha: 1,
  };
}

/** A line of points has them all; another only those without a neighbour, such as the one of a run of one step, which no line would show. */
function lonely({ data }: uPlot, series: number): number[] | null {
  const values = data[series]!;
  const has = (index: number): boolean => values[index] !== null && values[index] !== undefined;
  const found: number[] = [];
  for (let i = 0; i < values.length; i++) if (has(i) && !has(i - 1) && !has(i + 1)) found.push(i);
  return found.length > 0 ? found : null;
}
