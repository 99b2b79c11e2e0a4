/** A run in a few square centimetres: one thin line from its first step to its last, without axes. A part without a number is a gap. */
import classes from './parts.module.css';

const WIDTH = 120;
const HEIGHT = 30;
const MARGIN = 2;

export function Sparkline({ values, label }: { values: readonly (number | null)[]; label: string }) {
  return (
    <svg className={classes.sparkline} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={label} data-testid="sparkline">
      <path d={pathOf(values)} />
    </svg>
  );
}

function pathOf(values: readonly (number | null)[]): string {
  const numbers = values.filter((value) => value !== null);
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  const x = (i: number): number => MARGIN + (i / Math.max(1, values.length - 1)) * (WIDTH - 2 * MARGIN);
  const y = (value: number): number => (high === low ? HEIGHT / 2 : MARGIN + ((high - value) / (high - low)) * (HEIGHT - 2 * MARGIN));
  let pen = 'M';
  const parts: string[] = [];
  for (const [i, value] of values.entries()) {
    if (value !== null) parts.push(`${pen}${x(i).toFixed(1)} ${y(value).toFixed(1)}`);
    pen = value === null ? 'M' : 'L';
  }
  return parts.join('');
}
