/** What the rewards of a run's settings say of its answers. */
import type { GrpoSettings } from '../../../protocol/grpo.ts';
import { type Spelling, sampleOf } from '../../generate/reply-sample.ts';
import { chooseRewards } from '../../rewards/choose.ts';
import { paid } from '../../rewards/combine.ts';
import type { RewardRunner } from '../../rewards/score.ts';
import type { World } from '../method.ts';

/** Throws where the settings name rewards that there are not. */
export function judging(runner: Pick<RewardRunner, 'score'>, settings: GrpoSettings, tokenizer: Spelling): World['judge'] {
  const { reward_funcs, reward_settings, max_completion_length } = settings;
  const chosen = chooseRewards(reward_funcs, reward_settings);
  return async (rows, replies, at) => {
    const samples = rows.map((row, i) => sampleOf(row, replies[i]!, tokenizer));
    const verdicts = await runner.score(samples, chosen, { max_completion_length });
    return { verdicts, paid: paid(verdicts, chosen, at) };
  };
}
