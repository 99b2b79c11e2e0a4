/** rank_pattern and alpha_pattern: one "pattern = number" per line, as PEFT's dictionaries. */
import { Textarea } from '@mantine/core';
import { useState } from 'react';
import { valueAt } from '../../../protocol/setting-values.ts';
import { setSetting } from '../../../state/settings.ts';
import { useSettings } from '../../use.ts';
import type { FieldProps } from './field-input.tsx';

/** A line that is not "pattern = number" becomes a pattern with NaN, which the rule refuses. */
function parse(text: string): Record<string, number> {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return Object.fromEntries(
    lines.map((line): [string, number] => {
      const match = /^\s*(\S+)\s*[=:]\s*(\S+)\s*$/.exec(line);
      return match ? [match[1]!, Number(match[2])] : [line.trim(), Number.NaN];
    }),
  );
}

export function PatternInput({ setting, shared }: FieldProps) {
  const value = useSettings((s) => valueAt(s.settings, setting.path)) as Record<string, number>;
  const [typed, setTyped] = useState<string | null>(null);
  const text = Object.entries(value ?? {})
    .map(([pattern, number]) => (Number.isNaN(number) ? pattern : `${pattern} = ${number}`))
    .join('\n');
  return (
    <Textarea
      {...shared}
      autosize
      minRows={1}
      value={typed ?? text}
      onChange={(event) => {
        setTyped(event.currentTarget.value);
        setSetting(setting.path, parse(event.currentTarget.value));
      }}
      onBlur={() => setTyped(null)}
    />
  );
}
