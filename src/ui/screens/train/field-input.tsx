/** One setting as an input, by its row in protocol/settings.ts; with its TRL or PEFT name below. */
import { NumberInput, Select, Switch, TextInput } from '@mantine/core';
import { useState } from 'react';
import { formatScientific } from '../../../lib/format.ts';
import type { Setting } from '../../../protocol/setting-row.ts';
import { valueAt } from '../../../protocol/setting-values.ts';
import { ruleOf } from '../../../protocol/settings.ts';
import { pageLimits, problemAt, setSetting } from '../../../state/settings.ts';
import { useFacts, useSettings } from '../../use.ts';
import { PatternInput } from './pattern-input.tsx';
import { RewardsInput } from './rewards-input.tsx';
import { LanguagesInput, ProbeLanguagesInput, TargetParametersInput, TargetsInput } from './special-inputs.tsx';
import classes from './train.module.css';

export interface FieldProps {
  setting: Setting;
  /** What every input shares: the plain label above, what is wrong with the value, its name in run.json and the help below, so that inputs line up. */
  shared: ReturnType<typeof useShared>;
}

function useShared(setting: Setting) {
  const model = useFacts((f) => f.model);
  const follows = useSettings((s) => setting.path === 'encoding.max_length' && !s.lengthByHand);
  const problem = useSettings((s) => problemAt(s.settings, model, setting.path));
  const bySteps = useSettings((s) => setting.path === 'num_train_epochs' && s.settings.max_steps > 0);
  return {
    size: 'xs' as const,
    label: setting.label,
    description: (
      <>
        <span className={classes.name}>{setting.name} </span>
        {setting.help}
        {follows && ' Follows the rows of your data until you set it.'}
        {bySteps && ' Not used while Steps is set.'}
      </>
    ),
    error: problem || undefined,
    errorProps: { mb: 4 },
    inputWrapperOrder: ['label', 'input', 'error', 'description'] as ('label' | 'input' | 'description' | 'error')[],
    'data-testid': `setting-${setting.path.split('.').pop()}`,
  };
}

export function FieldInput({ setting }: { setting: Setting }) {
  const value = useSettings((s) => valueAt(s.settings, setting.path));
  const shared = useShared(setting);
  const { inputWrapperOrder, errorProps, ...plain } = shared;
  switch (setting.kind) {
    case 'switch':
      // Off, where that is the same as absent: the setting then counts as unchanged.
      return (
        <Switch
          {...plain}
          checked={value === true}
          onChange={({ currentTarget: { checked } }) =>
            setSetting(setting.path, checked || setting.default !== undefined ? checked : undefined)
          }
        />
      );
    case 'choice':
      return <ChoiceInput setting={setting} shared={shared} value={value ?? setting.default} />;
    case 'text':
      return (
        <TextInput
          {...shared}
          value={typeof value === 'string' ? value : ''}
          onChange={(event) => setSetting(setting.path, event.currentTarget.value || (setting.optional ? undefined : ''))}
        />
      );
    case 'scientific':
      return <ScientificInput setting={setting} shared={shared} value={value} />;
    case 'integer':
    case 'number':
      return <PlainNumberInput setting={setting} shared={shared} value={value} />;
    case 'custom':
      return <CustomInput setting={setting} shared={shared} />;
    default:
      return setting.kind satisfies never;
  }
}

/** One of several; emptied where null means something. */
function ChoiceInput({ setting, shared, value }: FieldProps & { value: unknown }) {
  const { choices = [], problems } = ruleOf(setting);
  const mayBeEmpty = problems(setting.name, null).length === 0;
  return (
    <Select
      {...shared}
      data={choices.map((choice) => ({ value: choice, label: setting.choiceLabels?.[choice] ?? choice }))}
      value={mayBeEmpty && value === null ? null : String(value)}
      allowDeselect={false}
      {...(mayBeEmpty && { clearable: true, placeholder: 'automatic', clearButtonProps: { 'aria-label': `${setting.label}: automatic` } })}
      onChange={(next) => setSetting(setting.path, next)}
    />
  );
}

/**
 * Typed text as a value. Text that is no number becomes NaN, which every rule refuses; an emptied setting becomes null where that means something, and an
 * emptied optional one absent. The settings of a method are all there or none is.
 */
function typedNumber(setting: Setting, typed: string | number): number | null | undefined {
  if (typeof typed === 'number') return typed;
  if (typed.trim() !== '') return Number(typed.replace(',', '.'));
  if (ruleOf(setting).problems(setting.name, null).length === 0) return null;
  return setting.optional && !setting.methods ? undefined : Number.NaN;
}

/** The text of a number input: as typed while that means the current value, else the value. Nothing is clamped to the range. */
function useTyped(setting: Setting, value: unknown, write: (value: number) => string | number) {
  const [typed, setTyped] = useState<string | number | null>(null);
  const stands = typed !== null && Object.is(typedNumber(setting, typed), value);
  return {
    value: stands ? typed : typeof value === 'number' && Number.isFinite(value) ? write(value) : '',
    type: (next: string | number) => {
      setTyped(next);
      setSetting(setting.path, typedNumber(setting, next));
    },
    leave: () => Number.isFinite(value) && setTyped(null),
  };
}

function PlainNumberInput({ setting, shared, value }: FieldProps & { value: unknown }) {
  const model = useFacts((f) => f.model);
  const text = useTyped(setting, value, (number) => number);
  const { min, max } = ruleOf(setting, pageLimits(model));
  return (
    <NumberInput
      {...shared}
      value={text.value}
      {...(min !== undefined && { min })}
      {...(max !== undefined && { max })}
      clampBehavior="none"
      step={setting.step ?? 1}
      allowDecimal={setting.kind === 'number'}
      onChange={text.type}
      onBlur={text.leave}
    />
  );
}

/** A number that people write as 2e-4. */
function ScientificInput({ setting, shared, value }: FieldProps & { value: unknown }) {
  const text = useTyped(setting, value, formatScientific);
  return (
    <TextInput
      {...shared}
      inputMode="decimal"
      value={text.value}
      onChange={(event) => text.type(event.currentTarget.value)}
      onBlur={text.leave}
    />
  );
}

function CustomInput(props: FieldProps) {
  switch (props.setting.path) {
    case 'lora.target_modules':
      return <TargetsInput {...props} />;
    case 'lora.target_parameters':
      return <TargetParametersInput {...props} />;
    case 'encoding.languages':
      return <LanguagesInput {...props} />;
    case 'adherence_languages':
      return <ProbeLanguagesInput {...props} />;
    case 'grpo.reward_funcs':
      return <RewardsInput {...props} />;
    case 'grpo.reward_weights':
    case 'grpo.reward_settings':
      return null; // beside each reward
    default:
      return <PatternInput {...props} />;
  }
}
