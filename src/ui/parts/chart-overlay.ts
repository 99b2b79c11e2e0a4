/**
 * What uPlot does not draw: labels at the lines' ends, lines that lie on each other in turns of their colours, the steps whose values were not numbers,
 * and on the axis the steps at which the run was saved.
 */
import uPlot from 'uplot';
import { placeLabels } from './chart-labels.ts';
import type { Line } from './chart-options.ts';

export interface Marks {
  /** Places on the x axis where a value was NaN or infinite. */
  readonly notFinite: readonly number[];
  /** Places on the x axis where the run was saved. */
  readonly saved: readonly number[];
}

const LABEL_GAP = 12;
const TURN = 7;

function css(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

export function drawOverlay(u: uPlot, lines: readonly Line[], marks: Marks): void {
  const { ctx } = u;
  ctx.save();
  ctx.font = `${11 * uPlot.pxRatio}px system-ui, sans-serif`;
  drawShared(u, lines);
  drawNotFinite(u, marks.notFinite);
  drawSaved(u, marks.saved);
  drawEnds(u, lines);
  ctx.restore();
}

/** The newest value beside the end of each line that is not faint. */
function drawEnds(u: uPlot, lines: readonly Line[]): void {
  const ratio = uPlot.pxRatio;
  const { ctx, bbox } = u;
  const many = lines.filter((line) => !line.faint && line.points).length > 1;
  let right = bbox.left;
  const wanted = lines.flatMap((line, i) => {
    const end = line.faint ? null : endOf(u, i + 1);
    if (!end) return [];
    right = Math.max(right, end.x);
    return [{ y: end.y, name: many || line.named ? line.label : '', value: line.say(end.value), color: line.color }];
  });
  const room = { top: bbox.top + 5 * ratio, bottom: bbox.top + bbox.height - 5 * ratio, gap: LABEL_GAP * ratio };
  const placed = placeLabels(wanted, room);
  const width = Math.max(0, ...placed.map(({ text }) => ctx.measureText(text).width));
  const x = Math.min(right + 6 * ratio, ctx.canvas.width - width - 2 * ratio);
  ctx.textBaseline = 'middle';
  ctx.textAlign = 'left';
  for (const { text, y, color } of placed) {
    ctx.fillStyle = css(color);
    ctx.fillText(text, x, y);
  }
}

/** The last value of a series that is in view; null where it is left of it or there is none. */
function endOf(u: uPlot, series: number): { x: number; y: number; value: number } | null {
  const values = u.data[series]!;
  let index = values.length - 1;
  while (index >= 0 && (values[index] === null || values[index] === undefined)) index -= 1;
  const value = values[index];
  const at = u.data[0][index];
  if (value === null || value === undefined || at === undefined || at > (u.scales.x!.max ?? at) || at < (u.scales.x!.min ?? at))
    return null;
  const y = u.valToPos(value, 'y', true);
  return Number.isFinite(y) ? { x: u.valToPos(at, 'x', true), y, value } : null;
}

/** Where several lines of points run together, each is seen in turn; of points on each other each has its part of the circle. */
function drawShared(u: uPlot, lines: readonly Line[]): void {
  const pointed = lines.map((line, i) => ({ line, series: i + 1 })).filter(({ line }) => line.points);
  if (pointed.length < 2) return;
  const { ctx, bbox } = u;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left - 4, bbox.top - 4, bbox.width + 8, bbox.height + 8);
  ctx.clip();
  for (const { from, to, members } of sharedSegments(
    u.data,
    pointed.map(({ series }) => series),
  )) {
    const colors = members.map((series) => css(lines[series - 1]!.color));
    if (from !== to) drawInTurns(u, pointAt(u, from, members[0]!), pointAt(u, to, members[0]!), colors);
  }
  for (const { to, members } of sharedSegments(
    u.data,
    pointed.map(({ series }) => series),
  ))
    drawPie(
      u,
      pointAt(u, to, members[0]!),
      members.map((series) => css(lines[series - 1]!.color)),
    );
  ctx.restore();
}

export interface Shared {
  /** Indexes of two neighbouring points; equal at the first. */
  readonly from: number;
  readonly to: number;
  /** Series that have the same values at both. */
  readonly members: number[];
}

/** Pieces on which at least two of these series are equal. Series have gaps, over which their lines go on. */
export function sharedSegments(data: uPlot.AlignedData, series: readonly number[]): Shared[] {
  const found = new Map<string, { from: number; to: number; members: number[] }>();
  for (const one of series) {
    const values = data[one]!;
    let last = -1;
    for (let i = 0; i < values.length; i++) {
      const value = values[i];
      if (value === null || value === undefined) continue;
      const from = last < 0 ? i : last;
      const key = `${from} ${i} ${values[from]} ${value}`;
      const shared = found.get(key);
      if (shared) shared.members.push(one);
      else found.set(key, { from, to: i, members: [one] });
      last = i;
    }
  }
  return [...found.values()].filter(({ members }) => members.length > 1);
}

interface Point {
  readonly x: number;
  readonly y: number;
}

function pointAt(u: uPlot, index: number, series: number): Point {
  return { x: u.valToPos(u.data[0][index]!, 'x', true), y: u.valToPos(u.data[series]![index]!, 'y', true) };
}

function drawInTurns({ ctx }: uPlot, a: Point, b: Point, colors: readonly string[]): void {
  const length = Math.hypot(b.x - a.x, b.y - a.y);
  const turn = Math.max(1, Math.min(TURN * uPlot.pxRatio, length / colors.length));
  ctx.lineWidth = 2 * uPlot.pxRatio;
  colors.forEach((color, i) => {
    ctx.strokeStyle = color;
    ctx.setLineDash([turn, turn * (colors.length - 1)]);
    ctx.lineDashOffset = -turn * i;
    ctx.beginPath();
    ctx.moveTo(a.x, a.y);
    ctx.lineTo(b.x, b.y);
    ctx.stroke();
  });
  ctx.setLineDash([]);
}

function drawPie({ ctx }: uPlot, { x, y }: Point, colors: readonly string[]): void {
  const part = (2 * Math.PI) / colors.length;
  colors.forEach((color, i) => {
    ctx.fillStyle = color;
    ctx.beginPath();
    ctx.moveTo(x, y);
    ctx.arc(x, y, 3.5 * uPlot.pxRatio, part * i - Math.PI / 2, part * (i + 1) - Math.PI / 2);
    ctx.fill();
  });
}

/** A cross at the top, with the word, where a value was not a number. */
function drawNotFinite(u: uPlot, xs: readonly number[]): void {
  const { ctx, bbox } = u;
  const size = 4 * uPlot.pxRatio;
  ctx.strokeStyle = css('--bad');
  ctx.fillStyle = css('--bad');
  ctx.lineWidth = 1.5 * uPlot.pxRatio;
  ctx.textBaseline = 'top';
  let free = Number.NEGATIVE_INFINITY;
  for (const at of inView(u, xs)) {
    const x = u.valToPos(at, 'x', true);
    const y = bbox.top + size;
    ctx.beginPath();
    ctx.moveTo(x - size, y - size);
    ctx.lineTo(x + size, y + size);
    ctx.moveTo(x + size, y - size);
    ctx.lineTo(x - size, y + size);
    ctx.moveTo(x, y + size);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    const width = ctx.measureText('NaN').width + 4 * size;
    if (x < free) continue;
    free = x + width;
    const flips = x + width > bbox.left + bbox.width;
    ctx.textAlign = flips ? 'right' : 'left';
    ctx.fillText('NaN', flips ? x - 1.5 * size : x + 1.5 * size, bbox.top);
  }
}

/** Small triangles that stand on the axis. */
function drawSaved(u: uPlot, xs: readonly number[]): void {
  const { ctx, bbox } = u;
  const size = 3.5 * uPlot.pxRatio;
  const base = bbox.top + bbox.height;
  ctx.fillStyle = css('--good');
  let last = Number.NEGATIVE_INFINITY;
  for (const at of inView(u, xs)) {
    const x = u.valToPos(at, 'x', true);
    if (x - last < size) continue; // a mark a pixel would be a bar
    last = x;
    ctx.beginPath();
    ctx.moveTo(x, base - 2 * size);
    ctx.lineTo(x + size, base);
    ctx.lineTo(x - size, base);
    ctx.fill();
  }
}

function inView(u: uPlot, xs: readonly number[]): number[] {
  const { min, max } = u.scales.x!;
  return xs.filter((x) => x >= (min ?? x) && x <= (max ?? x));
}
