/** Rewards of a right answer: the judge of accuracy/ on the answer after the thought, and TRL's cosine of its verdict and the length. */
import type { Verdict } from '../../protocol/rewards.ts';
import { judgeAnswer } from './accuracy/index.ts';
import { judgeAsTrl } from './accuracy/trl/index.ts';
import { cosine } from './lengths.ts';
import { type Reward, type Sample, verdict } from './reward.ts';

export const accuracy: Reward = (sample) => byJudge(sample);

function byJudge({ answer, row }: Sample): Verdict {
  if (row.gold === undefined) return verdict(null, 'The row has no solution.', null);
  return judgeAnswer(answer, row.gold, row.language === undefined ? {} : { language: row.language });
}

/** On the whole completion, thought included, as TRL does. */
export const accuracyTrl: Reward = ({ completion, row }) => {
  if (row.gold === undefined) return verdict(null, 'The row has no solution.', null);
  return judgeAsTrl(completion, row.gold);
};

export const length: Reward = (sample, settings, context) => {
  const judged = settings.judge === 'accuracy_trl' ? (accuracyTrl(sample, settings, context) as Verdict) : byJudge(sample);
  return { ...cosine(sample, judged.value, settings, context), parsed: judged.parsed ?? null };
};
