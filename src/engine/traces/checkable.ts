/** Whether anything can say that an answer to a row is right: a gold that is a sentence has no value to compare with. */
import { rewardNamed } from '../../protocol/reward-problems.ts';
import { correctnessRewards, type RewardName } from '../../protocol/rewards.ts';
import { leastOf } from '../../protocol/trace-settings.ts';
import type { TraceSettings } from '../../protocol/traces.ts';
import { rewardRow } from '../generate/reply-sample.ts';
import { readGold } from '../rewards/accuracy/gold.ts';
import type { TraceRow } from './trace-rows.ts';

/** Chosen rewards that say what is right and have to be paid, by the names that they were chosen by. */
export function neededCorrectness({ reward_funcs, least }: Pick<TraceSettings, 'reward_funcs' | 'least'>): string[] {
  return reward_funcs.filter((given) => {
    const name = rewardNamed(given);
    const bar = leastOf(given, least);
    return name !== null && (correctnessRewards as readonly RewardName[]).includes(name) && bar !== null && bar > 0;
  });
}

export function isCheckable(row: TraceRow, settings: Pick<TraceSettings, 'reward_funcs' | 'least' | 'checks'>): boolean {
  const byGold = neededCorrectness(settings).some((given) => rewardNamed(given) !== 'code');
  return !byGold || hasGold(row, settings.checks);
}

export function hasGold(row: TraceRow, { readable_gold }: Pick<TraceSettings['checks'], 'readable_gold'>): boolean {
  const { gold, language } = rewardRow(row);
  if (gold === undefined) return false;
  const golds = readGold(gold, language);
  if (!readable_gold) return golds.length > 0;
  return golds.some(
    ({ text, values, option, prose }) => option !== null || values.some(({ kind }) => kind !== 'words') || !(prose || isSentence(text)),
  );
}

/** "Because of scattering." has fewer words than prose and is no name of a thing either. */
function isSentence(text: string): boolean {
  return /[。！？।]\s*$/u.test(text) || (/[.!?]\s*$/.test(text) && text.trim().split(/\s+/).length >= 3);
}
