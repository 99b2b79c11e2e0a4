/** Well-formed Harmony, as the chat format itself says: channels in order, one final message, ended by its stop token. */
import { harmonyProblem } from '../chat/index.ts';
import { type Reward, verdict } from './reward.ts';
import { thoughtTrick } from './thought-trick.ts';

export const harmony: Reward = ({ begun = '', completion, format_problem, finished, reasoning, row }) => {
  const problem = format_problem === undefined ? harmonyProblem(begun + completion) : format_problem;
  if (problem !== null) return verdict(0, `The reply ${problem}.`);
  if (!finished) return verdict(0, 'The reply was cut off at the longest length.');
  const trick = thoughtTrick(reasoning, row.question);
  if (trick !== null) return verdict(0, trick);
  return verdict(1, 'Channels in order, one final message, ended by its stop token.');
};
