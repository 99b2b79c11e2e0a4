/** Rewards to choose from: each with its meaning, chosen or not, what stands beside a chosen one, and its settings. */
import { Checkbox, Group } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { formatPlural } from '../../lib/format.ts';
import { REWARD_NAMES, type RewardName, rewardTable } from '../../protocol/rewards.ts';
import { type ChosenRewards, withReward } from '../../state/chosen-rewards.ts';
import { MoreButton } from './more-button.tsx';
import { RewardSettings } from './reward-settings.tsx';
import classes from './rewards.module.css';

interface Props {
  chosen: ChosenRewards;
  change: (part: Partial<ChosenRewards>) => void;
  /** The numbers of a chosen reward. */
  beside: (name: RewardName) => ReactNode;
  ownError?: string;
  ownFoot?: ReactNode;
  /** In sight beside those that are chosen; the others are behind a button. Absent: all are in sight. */
  first?: readonly RewardName[];
}

export function RewardList({ first, ...props }: Props) {
  const [more, setMore] = useState(false);
  const folded = REWARD_NAMES.filter((name) => first && !first.includes(name) && !props.chosen.reward_funcs.includes(name));
  const shown = more ? REWARD_NAMES : REWARD_NAMES.filter((name) => !folded.includes(name));
  return (
    <>
      <ul className={classes.rewards} aria-label="Rewards">
        {shown.map((name) => (
          <Reward key={name} name={name} {...props} />
        ))}
      </ul>
      {folded.length > 0 && (
        <MoreButton
          label={more ? 'Fewer rewards' : formatPlural(folded.length, 'further reward')}
          open={more}
          onClick={() => setMore(!more)}
          testId="more-rewards"
        />
      )}
    </>
  );
}

function Reward({ name, chosen, change, beside, ...own }: Omit<Props, 'first'> & { name: RewardName }) {
  const { label, help } = rewardTable[name];
  const taken = chosen.reward_funcs.includes(name);
  return (
    <li data-testid={`reward-${name}`} data-paid={taken}>
      <Group justify="space-between" align="start" gap="xs">
        <Checkbox
          size="xs"
          style={{ flex: '1 1 150px' }}
          label={label}
          description={taken ? help : undefined}
          checked={taken}
          onChange={(event) => change(withReward(chosen, name, event.currentTarget.checked))}
        />
        {taken && (
          <Group gap="xs" wrap="nowrap">
            {beside(name)}
          </Group>
        )}
      </Group>
      {taken && <RewardSettings name={name} chosen={chosen} change={(reward_settings) => change({ reward_settings })} {...own} />}
    </li>
  );
}
