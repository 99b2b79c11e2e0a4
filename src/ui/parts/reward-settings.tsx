/** The settings of one chosen reward, by its rows in protocol/rewards.ts: what people need at once, and the rest behind a button. */
import { Button, Collapse, NumberInput, Select, Switch, TextInput } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { formatPlural } from '../../lib/format.ts';
import { type RewardName, type RewardSetting, rewardTable } from '../../protocol/rewards.ts';
import { type ChosenRewards, changedRewardSettings, rewardProblemAt, withRewardSetting } from '../../state/chosen-rewards.ts';
import { CodeBox } from './code-box.tsx';
import { DownIcon } from './icons.tsx';
import classes from './rewards.module.css';

/** In sight without opening anything. */
const FIRST = ['otherwise', 'source'];

interface Props {
  name: RewardName;
  chosen: ChosenRewards;
  change: (settings: ChosenRewards['reward_settings']) => void;
  /** What the engine said of the program of one's own, once it was tried. */
  ownError?: string;
  /** Below the program of one's own. */
  ownFoot?: ReactNode;
}

export function RewardSettings(props: Props) {
  const { name, chosen, ownFoot } = props;
  const changed = changedRewardSettings(chosen, name).filter((key) => !FIRST.includes(key)).length;
  const wrong = keysOf(name).some((key) => rewardProblemAt(chosen, name, key) !== '');
  const [opened, setOpened] = useState(false);
  const open = opened || wrong;
  const [first, rest] = [keysOf(name).filter((key) => FIRST.includes(key)), keysOf(name).filter((key) => !FIRST.includes(key))];
  const id = `reward-settings-${name}`;
  return (
    <div className={classes.rewardSettings}>
      {first.map((key) => (
        <RewardField key={key} {...props} setting={key} />
      ))}
      {name === 'own' && ownFoot}
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
                <RewardField key={key} {...props} setting={key} />
              ))}
            </div>
          </Collapse>
        </>
      )}
    </div>
  );
}

const keysOf = (name: RewardName): string[] => Object.keys(rewardTable[name].settings);

function RewardField({ name, chosen, change, ownError = '', setting }: Props & { setting: string }) {
  const row = rewardTable[name].settings[setting]!;
  const value = chosen.reward_settings[name]?.[setting] ?? row.default;
  const write = (next: unknown) => change(withRewardSetting(chosen.reward_settings, name, setting, next));
  const problem = rewardProblemAt(chosen, name, setting);
  const testId = `reward-${name}-${setting}`;
  const label = row.label;
  const description = (
    <>
      <span className={classes.name}>{setting} </span>
      {row.help}
    </>
  );
  if (setting === 'source')
    return (
      <CodeBox
        size="xs"
        label={label}
        description={<>{description}Tab indents; Escape, then Tab leaves the box.</>}
        value={String(value)}
        write={write}
        problem={problem || ownError}
        data-testid={testId}
      />
    );
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
