/** A slider over a list of values: the name on the left, the current value on the right, the thumb on one of the stops. */
import { Slider, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { formatInteger } from '../../lib/format.ts';
import classes from './parts.module.css';

interface Props {
  label: string;
  /** Its name in TRL, PEFT or transformers. */
  name?: string;
  value: number;
  stops: readonly number[];
  /** Behind the value: its unit. */
  unit?: string;
  note?: ReactNode;
  onChange: (value: number) => void;
  testId: string;
}

export function StopsSlider({ label, name, value, stops, unit, note, onChange, testId }: Props) {
  const at = Math.max(0, stops.indexOf(value));
  const format = (stop: number) => `${formatInteger(stops[stop] ?? value)}${unit ? ` ${unit}` : ''}`;
  return (
    <div data-testid={testId}>
      <div className={classes.sliderHead}>
        <Text component="span" size="sm">
          {label}
        </Text>
        <Text component="span" size="sm" fw={600} className="numbers" style={{ whiteSpace: 'nowrap' }}>
          {format(at)}
        </Text>
      </div>
      <Slider
        size="sm"
        min={0}
        max={Math.max(1, stops.length - 1)}
        step={1}
        value={at}
        disabled={stops.length < 2}
        label={null}
        thumbLabel={label}
        thumbValueText={format}
        onChange={(index) => {
          const next = stops[index];
          if (next !== undefined && next !== value) onChange(next);
        }}
      />
      <Text size="xs" c="dimmed" mt={4} className="numbers">
        {name && <span className={classes.settingName}>{name} </span>}
        {note}
      </Text>
    </div>
  );
}
