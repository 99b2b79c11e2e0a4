/** The settings of one chosen reward, by its rows in protocol/rewards.ts: what people need at once, and the rest behind a button. */
import { Button, Collapse, Group, NumberInput, Select, Switch, TextInput } from '@mantine/core';
import { useState } from 'react';
import { formatPlural } from '../../../lib/format.ts';
import { grpoDefaults } from '../../../protocol/grpo.ts';
import { type RewardName, type RewardSetting, rewardTable } from '../../../protocol/rewards.ts';
import { changedRewardSettings, rewardProblemAt, withRewardSetting } from '../../../state/chosen-rewards.ts';
import { tryOnRows } from '../../../state/reward-tryout.ts';
import { setSetting } from '../../../state/settings.ts';
import { DownIcon } from '../../parts/icons.tsx';
import { useSettings, useTryout } from '../../use.ts';
import { CodeBox } from './code-box.tsx';
import classes from './train.module.css';

/** In sight without opening anything. */
const FIRST = ['otherwise', 'source'];

export function RewardSettings({ name }: { name: RewardName }) {
  const changed = useSettings(
    (s) => changedRewardSettings(s.settings.grpo ?? grpoDefaults, name).filter((key) => !FIRST.includes(key)).length,
  );
  const wrong = useSettings((s) => keysOf(name).some((key) => rewardProblemAt(s.settings.grpo ?? grpoDefaults, name, key) !== ''));
  const [opened, setOpened] = useState(false);
  const open = opened || wrong;
  const [first, rest] = [keysOf(name).filter((key) => FIRST.includes(key)), keysOf(name).filter((key) => !FIRST.includes(key))];
  const id = `reward-settings-${name}`;
  return (
    <div className={classes.rewardSettings}>
      {first.map((key) => (
        <RewardField key={key} name={name} setting={key} />
      ))}
      {name === 'own' && <TryOwn />}
      {rest.length > 0 && (
        <>
          <Button
            variant="subtle"
            color="gray"
            c="var(--mantine-color-text)"
            size="compact-xs"
            px={4}
            aria-expanded={open}
            aria-controls={id}
            aria-label={`Settings of “${rewardTable[name].label}”`}
            rightSection={<DownIcon size={10} />}
            onClick={() => setOpened(!open)}
            data-testid={`reward-${name}-more`}
          >
            {formatPlural(rest.length, 'setting')}
            {changed > 0 ? `, ${changed} changed` : ''}
          </Button>
          <Collapse expanded={open} keepMounted={false} id={id}>
            <div className={classes.fields} style={{ marginTop: 8 }}>
              {rest.map((key) => (
                <RewardField key={key} name={name} setting={key} />
              ))}
            </div>
          </Collapse>
        </>
      )}
    </div>
  );
}

const keysOf = (name: RewardName): string[] => Object.keys(rewardTable[name].settings);

function RewardField({ name, setting }: { name: RewardName; setting: string }) {
  const grpo = useSettings((s) => s.settings.grpo ?? grpoDefaults);
  const row = rewardTable[name].settings[setting]!;
  const value = grpo.reward_settings[name]?.[setting] ?? row.default;
  const write = (next: unknown) => setSetting('grpo.reward_settings', withRewardSetting(grpo.reward_settings, name, setting, next));
  const problem = rewardProblemAt(grpo, name, setting);
  const testId = `reward-${name}-${setting}`;
  const label = row.label;
  const description = (
    <>
      <span className={classes.name}>{setting} </span>
      {row.help}
    </>
  );
  if (setting === 'source')
    return <OwnSource value={String(value)} write={write} problem={problem} label={label} description={description} testId={testId} />;
  if (typeof row.default === 'boolean')
    return (
      <Switch
        size="xs"
        label={label}
        description={description}
        checked={value === true}
        error={problem || undefined}
        onChange={(event) => write(event.currentTarget.checked)}
        data-testid={testId}
      />
    );
  const shared = {
    size: 'xs' as const,
    label,
    description,
    error: problem || undefined,
    inputWrapperOrder: ['label', 'input', 'error', 'description'] as ('label' | 'input' | 'error' | 'description')[],
    'data-testid': testId,
  };
  if (row.rule.choices)
    return (
      <Select
        {...shared}
        data={row.rule.choices.map((choice) => ({ value: choice, label: row.choiceLabels?.[choice] ?? choice }))}
        value={String(value)}
        allowDeselect={false}
        onChange={write}
      />
    );
  if (row.rule.min !== undefined) return <NumberField row={row} value={value} write={write} shared={shared} />;
  return <TextInput {...shared} value={String(value)} onChange={(event) => write(event.currentTarget.value)} />;
}

interface NumberProps {
  row: RewardSetting;
  value: unknown;
  write: (value: unknown) => void;
  shared: object;
}

/** As typed while it is typed; an emptied box has the default, which it shows when it is left. */
function NumberField({ row, value, write, shared }: NumberProps) {
  const [typed, setTyped] = useState<string | number | null>(null);
  const { min = 0, max = 0 } = row.rule;
  return (
    <NumberInput
      {...shared}
      value={typed ?? (typeof value === 'number' && Number.isFinite(value) ? value : '')}
      min={min}
      max={max}
      step={Number.isInteger(row.default ?? 0) ? 1 : 0.5}
      clampBehavior="none"
      placeholder={row.default === null ? 'of the run' : String(row.default)}
      onChange={(next) => {
        setTyped(next);
        write(next === '' || next === '-' ? undefined : Number(next));
      }}
      onBlur={() => setTyped(null)}
    />
  );
}

interface SourceProps {
  value: string;
  write: (value: unknown) => void;
  problem: string;
  label: string;
  description: React.ReactNode;
  testId: string;
}

/** What the engine says of the program, once it was tried, stands at the box. */
function OwnSource({ value, write, problem, label, description, testId }: SourceProps) {
  const error = useTryout((t) => (t.error?.startsWith('Your own reward') ? t.error : ''));
  return (
    <CodeBox
      size="xs"
      label={label}
      description={<>{description}Tab indents; Escape, then Tab leaves the box.</>}
      value={value}
      write={write}
      problem={problem || error}
      data-testid={testId}
    />
  );
}

function TryOwn() {
  const busy = useTryout((t) => t.busy);
  return (
    <Group gap="xs" my={6}>
      <Button size="compact-xs" variant="default" loading={busy} onClick={() => void tryOnRows()} data-testid="try-own">
        Try on three rows
      </Button>
    </Group>
  );
}
