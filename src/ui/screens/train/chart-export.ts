/** The chart data as a file: CSV, JSON, or the drawn charts stacked in one PNG on the panel's ground. */

import { runCsv, runJson } from '../../../protocol/run-files.ts';
import type { RunRecord } from '../../../protocol/training.ts';
import { saveFile } from '../../parts/save-file.ts';

export function exportRun(run: RunRecord, kind: 'csv' | 'json' | 'png', box?: HTMLElement | null): void {
  const name = `mother-tongue-${run.started.slice(0, 19).replace(/[:T]/g, '-')}`;
  if (kind === 'csv') saveFile(`${name}.csv`, new Blob([runCsv(run)], { type: 'text/csv' }));
  else if (kind === 'json') saveFile(`${name}.json`, new Blob([runJson(run)], { type: 'application/json' }));
  else if (box) stack([...box.querySelectorAll<HTMLElement>('[data-chart]')], box).toBlob((blob) => blob && saveFile(`${name}.png`, blob));
}

function stack(charts: HTMLElement[], box: HTMLElement): HTMLCanvasElement {
  const drawn = charts.flatMap((chart) => {
    const canvas = chart.querySelector('canvas');
    return canvas ? [{ title: chart.dataset.chart ?? '', canvas }] : [];
  });
  const ratio = devicePixelRatio || 1;
  const titleHeight = 22 * ratio;
  const out = document.createElement('canvas');
  out.width = Math.max(1, ...drawn.map((d) => d.canvas.width)) + 24 * ratio;
  out.height = drawn.reduce((sum, d) => sum + d.canvas.height + titleHeight, 24 * ratio);
  const context = out.getContext('2d')!;
  const style = getComputedStyle(box);
  context.fillStyle = style.backgroundColor;
  context.fillRect(0, 0, out.width, out.height);
  context.fillStyle = style.color;
  context.font = `${13 * ratio}px system-ui, sans-serif`;
  let y = 12 * ratio;
  for (const { title, canvas } of drawn) {
    context.fillText(title, 12 * ratio, y + 14 * ratio);
    context.drawImage(canvas, 12 * ratio, y + titleHeight);
    y += canvas.height + titleHeight;
  }
  return out;
}
