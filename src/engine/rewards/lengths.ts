/**
 * TRL's rewards of a completion's tokens, to the digit (trl/rewards/other_rewards.py, accuracy_rewards.py): repeated n-grams, the soft overlong
 * punishment of DAPO, and the cosine of "Demystifying Long Chain-of-Thought Reasoning". They count ids; a text without ids is counted in words.
 */
import { type Reward, type RewardContext, type RewardSettings, type Sample, verdict } from './reward.ts';

export const repetition: Reward = (sample, { ngram_size, max_penalty }) => {
  const ids = idsOf(sample);
  const size = ngram_size as number;
  if (ids.length < size) return verdict(0, `Shorter than ${size} tokens.`);
  const total = ids.length - size + 1;
  const unique = new Set<string>();
  for (let at = 0; at < total; at++) unique.add(ids.slice(at, at + size).join(' '));
  const repeated = 1 - unique.size / total;
  return verdict(
    repeated === 0 ? 0 : repeated * (max_penalty as number),
    `${total - unique.size} of ${total} groups of ${size} tokens come again.`,
  );
};

export const overlong: Reward = (sample, settings, context) => {
  const length = idsOf(sample).length;
  const longest = longestLength(settings.max_completion_len, context);
  if (longest === null) return verdict(null, 'No longest length is known; set max_completion_len.');
  const cache = (settings.soft_punish_cache as number | null) ?? Math.floor(longest / 5);
  if (length <= longest - cache) return verdict(0, `${length} tokens are not too long.`);
  if (length <= longest) return verdict((longest - cache - length) / cache, `${length} tokens, ${longest} are the longest.`);
  return verdict(-1, `${length} tokens are longer than ${longest}.`);
};

/** `right`: 1 right, 0 wrong, null where the solution cannot be read; as the chosen judge of answers says. */
export function cosine(sample: Sample, right: number | null, settings: RewardSettings, context: RewardContext) {
  const longest = longestLength(settings.max_len, context);
  if (longest === null) return verdict(null, 'No longest length is known; set max_len.');
  if (right === null) return verdict(null, 'The solution cannot be read.');
  const length = idsOf(sample).length;
  const [low, high] =
    right >= 0.5 ? [settings.min_value_correct, settings.max_value_correct] : [settings.max_value_wrong, settings.min_value_wrong];
  const progress = Math.min(length / longest, 1);
  const value = (low as number) + 0.5 * ((high as number) - (low as number)) * (1 + Math.cos(Math.PI * progress));
  return verdict(value, `${right >= 0.5 ? 'Right' : 'Wrong'}, ${length} of ${longest} tokens.`);
}

function longestLength(own: unknown, { max_completion_length }: RewardContext): number | null {
  return typeof own === 'number' ? own : max_completion_length;
}

/** Words stand for tokens where only the text is known: numbered, so that equal words are equal ids. */
function idsOf({ ids, completion }: Sample): readonly number[] {
  if (ids !== null) return ids;
  const numbers = new Map<string, number>();
  return (completion.match(/\S+/g) ?? []).map((word) => {
    if (!numbers.has(word)) numbers.set(word, numbers.size);
    return numbers.get(word)!;
  });
}
