/** Which rewards a run has, with all their settings: checked at once, every problem named. */
import { throwProblems } from '../../lib/problems.ts';
import { REWARD_NAMES, type RewardName, rewardTable } from '../../protocol/rewards.ts';
import { isRecord, show } from '../../protocol/rules.ts';
import type { RewardSettings } from './reward.ts';

export interface ChosenReward {
  readonly name: RewardName;
  readonly settings: RewardSettings;
}

/** `names`: ours or TRL's. `settings` by the name that was used; a setting that is absent has its default. */
export function chooseRewards(names: readonly string[], settings: Readonly<Record<string, unknown>> = {}): ChosenReward[] {
  const problems: string[] = [];
  const chosen = names.map((given): ChosenReward | null => {
    const name = rewardNamed(given);
    if (name === null) problems.push(`there is no reward ${show(given)}; there are ${REWARD_NAMES.join(', ')}`);
    return name && { name, settings: settingsOf(name, settings[given] ?? settings[name] ?? {}, problems) };
  });
  const found = chosen.filter((one) => one !== null);
  const twice = found.filter(({ name }, at) => found.findIndex((one) => one.name === name) < at);
  problems.push(...twice.map(({ name }) => `${name} is chosen twice`));
  if (found.length > 0 && found.every(isGate))
    problems.push('a gate multiplies other rewards and there is none; choose one, or combine: add');
  if (names.length === 0) problems.push('no reward is chosen');
  throwProblems('SettingsError', 'These rewards cannot be used', problems, 'Correct them and try again.');
  return found;
}

/** Multiplied into the others instead of added to them. */
export function isGate({ settings }: ChosenReward): boolean {
  return settings.combine === 'gate' || settings.combine === 'anneal';
}

function rewardNamed(given: string): RewardName | null {
  return REWARD_NAMES.find((name) => name === given || rewardTable[name].trl === given) ?? null;
}

function settingsOf(name: RewardName, given: unknown, problems: string[]): RewardSettings {
  const table = rewardTable[name].settings;
  if (!isRecord(given)) {
    problems.push(`the settings of ${name} are ${show(given)} and must be an object`);
    return {};
  }
  for (const [key, value] of Object.entries(given)) {
    const row = Object.hasOwn(table, key) ? table[key]! : undefined;
    if (!row)
      problems.push(`${name} has no setting ${key}${Object.keys(table).length > 0 ? `, it has ${Object.keys(table).join(', ')}` : ''}`);
    else problems.push(...row.rule.problems(`${name}.${key}`, value));
  }
  return { ...Object.fromEntries(Object.entries(table).map(([key, row]) => [key, row.default])), ...given };
}
