/**
 * How long the rows are, in tokens, with max_length as a line that can be dragged (or moved with the arrow keys).
 * Drawn by hand in SVG: forty bars do not need a chart library.
 */
import { Group, Skeleton, Text } from '@mantine/core';
import { useMemo, useRef, useState } from 'react';
import { formatInteger, formatPlural } from '../../../lib/format.ts';
import { histogram } from '../../../state/data.ts';
import { setSetting } from '../../../state/settings.ts';
import { useBusy, useData, useSettings } from '../../use.ts';
import classes from './data.module.css';

const WIDTH = 400;
const HEIGHT = 84;
const FLOOR = HEIGHT - 16;
const NO_LENGTHS = new Uint32Array(0);

export function LengthHistogram() {
  const statistics = useData((d) => d.statistics);
  const counting = useBusy('count-tokens', 'load-model', 'load-hub', 'load-bundled', 'read-dataset');
  const current = useSettings((s) => s.settings.encoding.max_length);
  const [dragged, setDragged] = useState<number | null>(null);
  const svg = useRef<SVGSVGElement>(null);
  const shape = useMemo(() => histogram(statistics?.lengths ?? NO_LENGTHS, current), [statistics, current]);
  if (!statistics) return counting ? <Skeleton h={120} role="img" aria-label="Tokens are being counted" /> : null;
  const mark = dragged ?? current;
  const { bins, end, highest } = shape;
  const x = (tokens: number) => (Math.min(tokens, end) / end) * WIDTH;
  const seen = statistics.lengths.reduce((n, length) => n + (length > mark ? 1 : 0), 0);
  const over = Math.round((seen * statistics.rows) / (statistics.sampled ?? statistics.rows));
  const about = statistics.sampled === undefined ? '' : 'about ';
  const tokensAt = (event: React.PointerEvent) => {
    const box = svg.current!.getBoundingClientRect();
    return Math.max(8, Math.round(((event.clientX - box.left) / box.width) * end));
  };
  const settle = () => {
    if (dragged !== null) setSetting('encoding.max_length', dragged);
    setDragged(null);
  };
  const move = (by: number) => setSetting('encoding.max_length', Math.max(8, current + by));
  return (
    <div data-testid="histogram">
      <Group justify="space-between" gap="xs">
        <Text size="sm">Tokens per row</Text>
        <Text size="xs" c="dimmed" className="numbers">
          longest {formatInteger(statistics.lengths.reduce((a, b) => Math.max(a, b), 0))};{' '}
          {over > 0
            ? `${about}${formatPlural(over, 'row')} truncated at ${formatInteger(mark)}`
            : `none truncated at ${formatInteger(mark)}`}
        </Text>
      </Group>
      <svg
        ref={svg}
        className={classes.histogram}
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        onPointerMove={(event) => dragged !== null && setDragged(tokensAt(event))}
        onPointerUp={settle}
        onPointerCancel={() => setDragged(null)}
      >
        <title>Token length of rows; the line is the maximum length</title>
        {bins.map((bin) => {
          const height = highest > 0 ? (bin.count / highest) * (FLOOR - 4) : 0;
          return (
            <rect
              key={bin.from}
              x={x(bin.from) + 0.5}
              y={FLOOR - height}
              width={Math.max(0.5, x(bin.to) - x(bin.from) - 1)}
              height={height}
              fill="var(--mantine-color-dimmed)"
              opacity={bin.from >= mark ? 0.35 : 0.85}
            />
          );
        })}
        <line x1={0} x2={WIDTH} y1={FLOOR} y2={FLOOR} stroke="var(--mantine-color-default-border)" vectorEffect="non-scaling-stroke" />
        <g
          className={classes.handle}
          role="slider"
          tabIndex={0}
          aria-label="Maximum length, tokens"
          aria-valuenow={mark}
          aria-valuemin={8}
          aria-valuemax={Math.round(end)}
          onPointerDown={(event) => {
            event.currentTarget.ownerSVGElement?.setPointerCapture(event.pointerId);
            setDragged(current);
          }}
          onKeyDown={(event) => {
            if (event.key === 'ArrowLeft') move(event.shiftKey ? -32 : -8);
            if (event.key === 'ArrowRight') move(event.shiftKey ? 32 : 8);
          }}
        >
          <rect x={x(mark) - 9} y={0} width={18} height={FLOOR} fill="transparent" />
          <line
            x1={x(mark)}
            x2={x(mark)}
            y1={0}
            y2={FLOOR}
            stroke="var(--mantine-color-anchor)"
            strokeWidth={2}
            vectorEffect="non-scaling-stroke"
          />
        </g>
      </svg>
      <Group justify="space-between" mt={-14}>
        <Text size="xs" c="dimmed" className="numbers">
          0
        </Text>
        <Text size="xs" c="dimmed" className="numbers">
          {formatInteger(end)} tokens
        </Text>
      </Group>
    </div>
  );
}
