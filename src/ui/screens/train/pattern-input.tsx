/** rank_pattern and alpha_pattern: one "pattern = number" a line, as PEFT's dictionaries. */
import { Textarea } from '@mantine/core';
import { useState } from 'react';
import { type Field, valueAt } from '../../../state/fields.ts';
import { setSetting } from '../../../state/settings.ts';
import { useSettings } from '../../use.ts';
import { fieldProps } from './field-input.tsx';

function parse(text: string): Record<string, number> | null {
  const out: Record<string, number> = {};
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const match = /^\s*(\S+)\s*[=:]\s*(\d+(?:\.\d+)?)\s*$/.exec(line);
    if (!match) return null;
    out[match[1]!] = Number(match[2]);
  }
  return out;
}

export function PatternInput({ field }: { field: Field }) {
  const value = useSettings((s) => valueAt(s.settings, field.path)) as Record<string, number>;
  const [typed, setTyped] = useState<string | null>(null);
  const text = Object.entries(value ?? {})
    .map(([pattern, number]) => `${pattern} = ${number}`)
    .join('\n');
  const wrong = typed !== null && parse(typed) === null;
  return (
    <Textarea
      {...fieldProps(field)}
      autosize
      minRows={1}
      value={typed ?? text}
      error={wrong ? 'Each line: pattern = number' : undefined}
      onChange={(event) => {
        setTyped(event.currentTarget.value);
        const parsed = parse(event.currentTarget.value);
        if (parsed) setSetting(field.path, parsed);
      }}
      onBlur={() => setTyped(null)}
    />
  );
}
