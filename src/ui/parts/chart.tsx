/**
 * One uPlot chart: thin lines, a faint raw line behind a smoothed one, values under the shared crosshair in a fixed line above, the newest
 * value written at the line's end. uPlot keeps minima and maxima per pixel, so spikes survive; drag zooms, double click shows all again.
 * The chart is rebuilt only when its shape changes (lines, scale, theme); new values are set at most once a frame, as events arrive.
 */
import { Text, useComputedColorScheme } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import { formatClock, formatCount, formatInteger, formatPlural } from '../../lib/format.ts';
import type { Column, RunAxis } from '../../state/run-series.ts';
import { chartOptions, DASHES, type Line } from './chart-options.ts';
import type { Marks } from './chart-overlay.ts';
import classes from './parts.module.css';

interface Props {
  title: string;
  x: number[];
  axis: RunAxis;
  lines: Line[];
  height: number;
  sync: string;
  log?: boolean;
  percent?: boolean;
  range?: [number, number];
  marks?: Marks;
  /** Called with the place of a point that is clicked. */
  onPick?: ((index: number) => void) | undefined;
}

const NO_MARKS: Marks = { notFinite: [], saved: [] };

const SAY_X: Record<RunAxis, (x: number) => string> = {
  step: (x) => `step ${formatInteger(x)}`,
  time: (x) => formatClock(x),
  tokens: (x) => `${formatCount(x)} tokens`,
};

export function Chart({ title, x, axis, lines, height, sync, log = false, percent = false, range, marks = NO_MARKS, onPick }: Props) {
  const { ref, width } = useElementSize();
  const host = useRef<HTMLDivElement>(null);
  const readout = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const scheme = useComputedColorScheme('light');
  const latest = useRef({ x, lines, axis, marks, onPick });
  latest.current = { x, lines, axis, marks, onPick };
  const shape = JSON.stringify([lines.map((l) => [l.label, l.color, l.points, l.dash]), axis, log, percent, range, height, sync, scheme]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: rebuilt only when its shape changes; values and sizes are set on it below
  useEffect(() => {
    if (!host.current || width === 0) return;
    const show = (index: number | null) => writeReadout(readout.current, latest.current, index);
    const made = new uPlot(
      chartOptions({
        lines: latest.current.lines,
        axis,
        height,
        width,
        sync,
        log,
        percent,
        range,
        marks: () => latest.current.marks,
        show,
      }),
      dataOf(latest.current),
      host.current,
    );
    plot.current = made;
    listenToClicks(made, (index) => latest.current.onPick?.(index));
    show(null);
    return () => {
      made.destroy();
      plot.current = null;
    };
  }, [shape, width === 0]);

  useEffect(() => {
    if (width > 0) plot.current?.setSize({ width, height });
  }, [width, height]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: marks are drawn with the data, by the overlay
  useEffect(() => {
    const u = plot.current;
    if (!u) return;
    const zoomed = isZoomed(u);
    u.setData(dataOf({ x, lines }), !zoomed);
    if (zoomed) u.redraw(true);
    writeReadout(readout.current, { x, lines, axis }, u.cursor.idx ?? null);
  }, [x, lines, axis, marks]);

  return (
    <div ref={ref} className={classes.chart} data-chart={title} data-testid={`chart-${title.toLowerCase().replaceAll(' ', '-')}`}>
      <Text size="xs" fw={600}>
        {title}
      </Text>
      <div ref={readout} className={classes.readout} data-many={lines.length > 3 || undefined} />
      <div
        ref={host}
        role="img"
        aria-label={spoken(title, lines, marks)}
        className={onPick && classes.pickable}
        title={onPick && 'A click shows the answers of that step'}
        style={{ height }}
      />
    </div>
  );
}

/** A press that moves selects a range and is no click. */
function listenToClicks(u: uPlot, pick: (index: number) => void): void {
  let from = Number.NaN;
  u.over.addEventListener('mousedown', ({ clientX }) => {
    from = clientX;
  });
  u.over.addEventListener('click', ({ clientX }) => {
    if (Math.abs(clientX - from) < 4 && typeof u.cursor.idx === 'number') pick(u.cursor.idx);
  });
}

function isZoomed(u: uPlot): boolean {
  const xs = u.data[0];
  const { min, max } = u.scales.x!;
  return (
    xs.length > 1 && min !== undefined && max !== undefined && min !== null && max !== null && (min > xs[0]! || max < xs[xs.length - 1]!)
  );
}

function dataOf({ x, lines }: { x: number[]; lines: Line[] }): uPlot.AlignedData {
  return [x, ...lines.map((line) => line.values)];
}

/** Values at the crosshair, or the newest ones; written straight into the page, because a render per mouse move would be waste. */
function writeReadout(
  target: HTMLDivElement | null,
  { x, lines, axis }: { x: number[]; lines: Line[]; axis: RunAxis },
  index: number | null,
): void {
  if (!target) return;
  const parts: HTMLElement[] = [];
  const put = (text: string, line?: Line) => {
    const span = document.createElement('span');
    if (line) span.append(swatchOf(line));
    span.append(text);
    if (line?.title) span.title = line.title;
    parts.push(span);
  };
  if (index !== null && x[index] !== undefined) put(SAY_X[axis](x[index]));
  for (const line of lines) {
    const value = index === null ? lastOf(line.values) : (line.values[index] ?? null);
    const best = line.best && index === null ? bestOf(line.values, line.best) : null;
    const std = line.spread && (index === null ? lastOf(line.spread) : (line.spread[index] ?? null));
    const around = std === null || std === undefined ? '' : ` ± ${line.say(std)}`;
    put(
      `${line.label} ${line.say(value)}${around}${best === null ? '' : `, best ${line.say(best)}`}`.trim(),
      line.faint ? undefined : line,
    );
  }
  target.replaceChildren(...parts);
}

function lastOf(values: Column): number | null {
  for (let i = values.length - 1; i >= 0; i -= 1) if (values[i] !== null) return values[i]!;
  return null;
}

function bestOf(values: Column, which: 'low' | 'high'): number | null {
  let best: number | null = null;
  for (const v of values) if (v !== null && (best === null || (which === 'low' ? v < best : v > best))) best = v;
  return best;
}

function spoken(title: string, lines: Line[], { notFinite, saved }: Marks): string {
  const values = lines.map((line) => `${line.title ?? line.label} ${line.say(lastOf(line.values))}`.trim()).join(', ');
  const wrong = notFinite.length > 0 ? `; not a number at ${formatPlural(notFinite.length, 'step')}` : '';
  return `${title}: ${values}${wrong}${saved.length > 0 ? `; saved ${formatPlural(saved.length, 'time')}` : ''}`;
}

/** A piece of the line as it is drawn; a dot for a solid one. */
function swatchOf({ color, dash = 0 }: Line): Element {
  if (dash === 0) {
    const dot = document.createElement('span');
    dot.style.cssText = `width:8px;height:8px;border-radius:50%;background:var(${color});forced-color-adjust:none`;
    return dot;
  }
  const make = (name: string, attributes: Record<string, string>): SVGElement => {
    const element = document.createElementNS('http://www.w3.org/2000/svg', name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    return element;
  };
  const svg = make('svg', { width: '22', height: '8', 'aria-hidden': 'true' });
  const line = make('line', { x1: '0', y1: '4', x2: '22', y2: '4', 'stroke-width': '2.5', 'stroke-dasharray': DASHES[dash]!.join(' ') });
  line.style.cssText = `stroke:var(${color});forced-color-adjust:none`;
  svg.append(line);
  return svg;
}
