/** The rewards of GRPO: each with its meaning, chosen or not, and its weight in the sum; the few settings that people need beside it. */
import { Checkbox, Group, Input, NumberInput, Textarea, TextInput } from '@mantine/core';
import { grpoDefaults } from '../../../protocol/grpo.ts';
import { REWARD_NAMES, type RewardName, rewardTable } from '../../../protocol/rewards.ts';
import { weightOf, withReward, withRewardSetting, withWeight } from '../../../state/chosen-rewards.ts';
import { problemAt, setSetting } from '../../../state/settings.ts';
import { useFacts, useSettings } from '../../use.ts';
import type { FieldProps } from './field-input.tsx';
import classes from './train.module.css';

export function RewardsInput({ shared }: FieldProps) {
  const model = useFacts((f) => f.model);
  const weights = useSettings((s) => problemAt(s.settings, model, 'grpo.reward_weights'));
  return (
    <Input.Wrapper
      {...shared}
      style={{ gridColumn: '1 / -1' }}
      labelElement="div"
      error={[shared.error, weights].filter(Boolean).join(' ') || undefined}
    >
      <ul className={classes.rewards} aria-label="Rewards">
        {REWARD_NAMES.map((name) => (
          <Reward key={name} name={name} />
        ))}
      </ul>
    </Input.Wrapper>
  );
}

function Reward({ name }: { name: RewardName }) {
  const grpo = useSettings((s) => s.settings.grpo ?? grpoDefaults);
  const { label, help } = rewardTable[name];
  const paid = grpo.reward_funcs.includes(name);
  const take = ({ reward_funcs, reward_weights }: ReturnType<typeof withReward>) => {
    setSetting('grpo.reward_funcs', reward_funcs);
    setSetting('grpo.reward_weights', reward_weights);
  };
  const weight = weightOf(grpo, name);
  return (
    <li data-testid={`reward-${name}`}>
      <Group justify="space-between" align="start" gap="xs" wrap="nowrap">
        <Checkbox
          size="xs"
          label={label}
          description={paid ? help : undefined}
          checked={paid}
          onChange={(event) => take(withReward(grpo, name, event.currentTarget.checked))}
        />
        {paid && (
          <NumberInput
            size="xs"
            w={86}
            flex="none"
            aria-label={`Weight of “${label}”`}
            value={Number.isFinite(weight) ? weight : ''}
            step={0.1}
            onChange={(next) => take(withWeight(grpo, name, next === '' ? Number.NaN : Number(next)))}
          />
        )}
      </Group>
      {paid && <RewardText name={name} />}
    </li>
  );
}

/** The settings that are texts: a language to fall back on, a function of one's own. */
function RewardText({ name }: { name: RewardName }) {
  const given = useSettings((s) => (s.settings.grpo ?? grpoDefaults).reward_settings);
  const key = name === 'own' ? 'source' : 'otherwise';
  const setting = rewardTable[name].settings[key];
  if (!setting) return null;
  const Box = name === 'own' ? Textarea : TextInput;
  return (
    <Box
      size="xs"
      mt={4}
      ml={28}
      label={setting.label}
      description={setting.help || undefined}
      inputWrapperOrder={['label', 'input', 'error', 'description']}
      value={String(given[name]?.[key] ?? setting.default)}
      onChange={(event) => setSetting('grpo.reward_settings', withRewardSetting(given, name, key, event.currentTarget.value))}
      data-testid={`reward-${name}-${key}`}
    />
  );
}
