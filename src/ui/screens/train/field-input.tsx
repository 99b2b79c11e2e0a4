/** One setting as an input, by its record in state/fields.ts; the TRL or PEFT name stands beside the plain one. */
import { NumberInput, Select, Switch, TextInput } from '@mantine/core';
import { useState } from 'react';
import { formatScientific } from '../../../lib/format.ts';
import { type Field, valueAt } from '../../../state/fields.ts';
import { setSetting } from '../../../state/settings.ts';
import { useSettings } from '../../use.ts';
import { PatternInput } from './pattern-input.tsx';
import { LanguagesInput, ProbeLanguagesInput, TargetParametersInput, TargetsInput } from './special-inputs.tsx';
import classes from './train.module.css';

/** What every setting's input shares: the plain label above, the TRL or PEFT name and the help below, so that inputs line up. */
export function fieldProps(field: Field) {
  return {
    size: 'xs' as const,
    label: field.label,
    description: (
      <>
        {field.name && <span className={classes.name}>{field.name} </span>}
        {field.help}
      </>
    ),
    inputWrapperOrder: ['label', 'input', 'error', 'description'] as ('label' | 'input' | 'description' | 'error')[],
    'data-testid': `setting-${field.path.split('.').pop()}`,
  };
}

export function FieldInput({ field }: { field: Field }) {
  const value = useSettings((s) => valueAt(s.settings, field.path));
  const { inputWrapperOrder, ...plain } = fieldProps(field);
  const common = { ...plain, inputWrapperOrder };
  switch (field.kind) {
    case 'switch':
      return <Switch {...plain} checked={value === true} onChange={(event) => setSetting(field.path, event.currentTarget.checked)} />;
    case 'choice':
      return (
        <Select
          {...common}
          data={[...(field.choices ?? [])]}
          value={String(value)}
          allowDeselect={false}
          onChange={(next) => setSetting(field.path, next)}
        />
      );
    case 'scientific':
      return <ScientificInput field={field} value={typeof value === 'number' ? value : 0} common={common} />;
    case 'text':
      return (
        <TextInput
          {...common}
          value={typeof value === 'string' ? value : ''}
          onChange={(event) => setSetting(field.path, event.currentTarget.value || undefined)}
        />
      );
    case 'integer':
    case 'number':
      return (
        <NumberInput
          {...common}
          value={typeof value === 'number' ? value : ''}
          min={field.min}
          max={field.max}
          step={field.step ?? 1}
          allowDecimal={field.kind === 'number'}
          onChange={(next) => typeof next === 'number' && setSetting(field.path, next)}
        />
      );
    case 'custom':
      return <CustomInput field={field} />;
    default:
      return field.kind satisfies never;
  }
}

/** A number people write as 2e-4; kept as typed until it is a number. */
function ScientificInput({ field, value, common }: { field: Field; value: number; common: object }) {
  const [typed, setTyped] = useState<string | null>(null);
  const number = typed === null ? value : Number(typed.replace(',', '.'));
  const wrong = typed !== null && (!Number.isFinite(number) || number < (field.min ?? Number.NEGATIVE_INFINITY) || typed.trim() === '');
  return (
    <TextInput
      {...common}
      inputMode="decimal"
      value={typed ?? formatScientific(value)}
      error={wrong ? 'A number such as 2e-4' : undefined}
      onChange={(event) => {
        const text = event.currentTarget.value;
        setTyped(text);
        const next = Number(text.replace(',', '.'));
        if (text.trim() !== '' && Number.isFinite(next) && next >= (field.min ?? Number.NEGATIVE_INFINITY)) setSetting(field.path, next);
      }}
      onBlur={() => setTyped(null)}
    />
  );
}

function CustomInput({ field }: { field: Field }) {
  switch (field.path) {
    case 'lora.target_modules':
      return <TargetsInput field={field} />;
    case 'lora.target_parameters':
      return <TargetParametersInput field={field} />;
    case 'encoding.languages':
      return <LanguagesInput field={field} />;
    case 'adherence_languages':
      return <ProbeLanguagesInput field={field} />;
    default:
      return <PatternInput field={field} />;
  }
}
