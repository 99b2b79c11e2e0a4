/** One plain reward and one completion: what the thread of the plain rewards is asked (../reward-worker.ts). */
import type { RewardName, Verdict } from '../../protocol/rewards.ts';
import { rewards } from './index.ts';
import { type RewardContext, type RewardSettings, type Sample, verdict } from './reward.ts';

export interface JudgeQuestion {
  readonly name: RewardName;
  readonly sample: Sample;
  readonly settings: RewardSettings;
  readonly context: RewardContext;
}

/** In this thread; a reward that throws has nothing to say. */
export async function judgeHere({ name, sample, settings, context }: JudgeQuestion): Promise<Verdict> {
  const reward = rewards[name];
  if (!reward) return verdict(null, `${name} cannot be judged here.`);
  try {
    const found = await reward(sample, settings, context);
    return found.value === null || Number.isFinite(found.value) ? found : { ...found, value: null };
  } catch (error) {
    return verdict(null, `Judging broke off (${error instanceof Error ? error.message : String(error)}).`, null);
  }
}
