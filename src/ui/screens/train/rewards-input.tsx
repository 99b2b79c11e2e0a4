/** The rewards of GRPO: each with its meaning, chosen or not, its weight in the sum and its settings. */
import { Checkbox, Group, Input, NumberInput } from '@mantine/core';
import { grpoDefaults } from '../../../protocol/grpo.ts';
import { REWARD_NAMES, type RewardName, rewardTable } from '../../../protocol/rewards.ts';
import { weightOf, withReward, withWeight } from '../../../state/chosen-rewards.ts';
import { problemAt, setSetting } from '../../../state/settings.ts';
import { useFacts, useSettings } from '../../use.ts';
import type { FieldProps } from './field-input.tsx';
import { RewardSettings } from './reward-settings.tsx';
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
    <li data-testid={`reward-${name}`} data-paid={paid}>
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
      {paid && <RewardSettings name={name} />}
    </li>
  );
}
