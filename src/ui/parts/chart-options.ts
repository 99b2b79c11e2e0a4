/** uPlot's options for our charts: quiet grid, units on the axes, one shared crosshair, the newest value at the line's end. */
import type uPlot from 'uplot';
import uPlotRuntime from 'uplot';
import { formatClock, formatCount, formatLoss, formatPercent } from '../../lib/format.ts';
import type { Column, RunAxis } from '../../state/run-series.ts';
import { fromData } from './chart-range.ts';

export interface Line {
  label: string;
  values: Column;
  /** Name of a CSS variable. */
  color: string;
  faint?: boolean;
  points?: boolean;
  say: (value: number | null) => string;
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
  show: (index: number | null) => void;
}

const FONT = '11px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';

function css(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

export function chartOptions({ lines, axis, height, width, sync, log, percent, range, show }: Options): uPlot.Options {
  const quiet = css('--mantine-color-dimmed');
  const grid = { stroke: css('--grid-line'), width: 1 };
  const sayX = axis === 'time' ? formatClock : formatCount;
  const sayY = percent ? (v: number) => formatPercent(v) : (v: number) => (Math.abs(v) >= 0.001 || v === 0 ? formatTick(v) : formatLoss(v));
  return {
    width,
    height,
    padding: [8, 52, 0, 0],
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
      draw: [(u) => drawEnds(u, lines)],
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
    spanGaps: line.points ?? false,
    points: { show: line.points ?? false, size: 4.5, fill: stroke, stroke },
    alpha: 1,
  };
}

/** The newest value beside the end of each line that is not faint; when many lines end together only the first is written. */
function drawEnds(u: uPlot, lines: Line[]): void {
  const { ctx } = u;
  const ratio = uPlotRuntime.pxRatio;
  const taken: number[] = [];
  ctx.save();
  ctx.font = `${11 * ratio}px system-ui, sans-serif`;
  ctx.textBaseline = 'middle';
  ctx.textAlign = 'left';
  lines.forEach((line, i) => {
    if (line.faint) return;
    const values = u.data[i + 1]!;
    let index = values.length - 1;
    while (index >= 0 && (values[index] === null || values[index] === undefined)) index -= 1;
    const value = values[index];
    const x = u.data[0][index];
    if (value === null || value === undefined || x === undefined || x > (u.scales.x!.max ?? x)) return;
    const y = u.valToPos(value, 'y', true);
    if (!Number.isFinite(y) || taken.some((t) => Math.abs(t - y) < 12 * ratio)) return;
    taken.push(y);
    ctx.fillStyle = css(line.color);
    ctx.fillText(line.say(value), u.valToPos(x, 'x', true) + 5 * ratio, y);
  });
  ctx.restore();
}
