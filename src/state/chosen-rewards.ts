/** Choosing rewards: a list of names, a weight each in the same order, and settings by name. Pure. */
import type { GrpoSettings } from '../protocol/grpo.ts';
import { rewardProblems } from '../protocol/reward-problems.ts';
import { type RewardName, rewardTable } from '../protocol/rewards.ts';

export type ChosenRewards = Pick<GrpoSettings, 'reward_funcs' | 'reward_weights' | 'reward_settings'>;

type Chosen = Pick<ChosenRewards, 'reward_funcs' | 'reward_weights'>;

export function weightOf({ reward_funcs, reward_weights }: Chosen, name: RewardName): number {
  return reward_weights?.[reward_funcs.indexOf(name)] ?? 1;
}

/** A reward more with the weight 1, or without the one named; the others keep their weights. */
export function withReward(chosen: Chosen, name: RewardName, paid: boolean): Chosen {
  const others = chosen.reward_funcs.filter((other) => other !== name) as RewardName[]; // unknown names keep their place, too
  const reward_funcs = paid ? [...others, name] : others;
  return weighted(reward_funcs, (other) => (other === name ? 1 : weightOf(chosen, other)));
}

export function withWeight(chosen: Chosen, name: RewardName, weight: number): Chosen {
  return weighted(chosen.reward_funcs as RewardName[], (other) => (other === name ? weight : weightOf(chosen, other)));
}

/** null where all weigh 1, as TRL has it. */
function weighted(reward_funcs: RewardName[], weigh: (name: RewardName) => number): Chosen {
  const weights = reward_funcs.map(weigh);
  return { reward_funcs, reward_weights: weights.every((weight) => weight === 1) ? null : weights };
}

/** A value that is the default, or undefined, takes the setting away, and with its last setting the reward's entry. */
export function withRewardSetting(
  settings: ChosenRewards['reward_settings'],
  reward: RewardName,
  setting: string,
  value: unknown,
): ChosenRewards['reward_settings'] {
  const { [setting]: _old, ...rest } = settings[reward] ?? {};
  const usual = value === undefined || value === rewardTable[reward].settings[setting]?.default;
  const own = usual ? rest : { ...rest, [setting]: value };
  const { [reward]: _gone, ...others } = settings;
  return Object.keys(own).length > 0 ? { ...others, [reward]: own } : others;
}

/** What is wrong with one setting of a chosen reward, as a sentence; '' where nothing is. */
export function rewardProblemAt({ reward_funcs, reward_settings }: ChosenRewards, reward: RewardName, setting: string): string {
  const found = rewardProblems(reward_funcs, reward_settings).filter((one) => one.reward === reward && one.setting === setting);
  return found.map(({ problem }) => `${problem}.`).join(' ');
}

/** Settings of a reward that are not as they are by default. */
export function changedRewardSettings({ reward_settings }: ChosenRewards, reward: RewardName): string[] {
  const given = reward_settings[reward] ?? {};
  return Object.entries(rewardTable[reward].settings).flatMap(([key, row]) =>
    Object.hasOwn(given, key) && given[key] !== row.default ? [key] : [],
  );
}
