/** Which rewards a run has, with all their settings: checked at once, every problem named. */
import { throwProblems } from '../../lib/problems.ts';
import { givenSettings, isGateSetting, rewardNamed, rewardProblems } from '../../protocol/reward-problems.ts';
import { type RewardName, rewardTable } from '../../protocol/rewards.ts';
import type { RewardSettings } from './reward.ts';

export interface ChosenReward {
  readonly name: RewardName;
  readonly settings: RewardSettings;
}

/** `names`: ours or TRL's. `settings` by the name that was used; a setting that is absent has its default. */
export function chooseRewards(names: readonly string[], settings: Readonly<Record<string, unknown>> = {}): ChosenReward[] {
  const problems = rewardProblems(names, settings).map(({ problem }) => problem);
  throwProblems('SettingsError', 'These rewards cannot be used', problems, 'Correct them and try again.');
  return names.map((given) => {
    const name = rewardNamed(given)!; // else it was a problem
    const defaults = Object.entries(rewardTable[name].settings).map(([key, row]) => [key, row.default]);
    return { name, settings: { ...Object.fromEntries(defaults), ...(givenSettings(given, settings) as RewardSettings) } };
  });
}

/** Multiplied into the others instead of added to them. */
export function isGate({ settings }: ChosenReward): boolean {
  return isGateSetting(settings);
}
