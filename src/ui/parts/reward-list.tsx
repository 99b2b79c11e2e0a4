/** Rewards to choose from: each with its meaning, chosen or not, what stands beside a chosen one, and its settings. */
import { Checkbox, Group } from '@mantine/core';
import type { ReactNode } from 'react';
import { REWARD_NAMES, type RewardName, rewardTable } from '../../protocol/rewards.ts';
import { type ChosenRewards, withReward } from '../../state/chosen-rewards.ts';
import { RewardSettings } from './reward-settings.tsx';
import classes from './rewards.module.css';

interface Props {
  chosen: ChosenRewards;
  change: (part: Partial<ChosenRewards>) => void;
  /** The numbers of a chosen reward. */
  beside: (name: RewardName) => ReactNode;
  ownError?: string;
  ownFoot?: ReactNode;
}

export function RewardList(props: Props) {
  return (
    <ul className={classes.rewards} aria-label="Rewards">
      {REWARD_NAMES.map((name) => (
        <Reward key={name} name={name} {...props} />
      ))}
    </ul>
  );
}

function Reward({ name, chosen, change, beside, ...own }: Props & { name: RewardName }) {
  const { label, help } = rewardTable[name];
  const taken = chosen.reward_funcs.includes(name);
  return (
    <li data-testid={`reward-${name}`} data-paid={taken}>
      <Group justify="space-between" align="start" gap="xs" wrap="nowrap">
        <Checkbox
          size="xs"
          label={label}
          description={taken ? help : undefined}
          checked={taken}
          onChange={(event) => change(withReward(chosen, name, event.currentTarget.checked))}
        />
        {taken && beside(name)}
      </Group>
      {taken && <RewardSettings name={name} chosen={chosen} change={(reward_settings) => change({ reward_settings })} {...own} />}
    </li>
  );
}
