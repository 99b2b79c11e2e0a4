/** Answers as rewards see them, and what the rewards of a run's settings say of them. */
import type { GrpoSettings } from '../../../protocol/grpo.ts';
import type { RewardRow } from '../../../protocol/rewards.ts';
import type { PromptRow } from '../../batch/prompt-rows.ts';
import { harmonyBeginning, opensThought } from '../../chat/index.ts';
import type { TextModel } from '../../chat/open-text.ts';
import { own, textOf } from '../../data/fields.ts';
import type { Reply } from '../../generate/answer.ts';
import { chooseRewards } from '../../rewards/choose.ts';
import { paid } from '../../rewards/combine.ts';
import type { Sample } from '../../rewards/reward.ts';
import type { RewardRunner } from '../../rewards/score.ts';
import type { World } from '../method.ts';

type Tokenizer = Pick<TextModel['tokenizer'], 'decode' | 'isSpecial'>;

/** Throws where the settings name rewards that there are not. */
export function judging(runner: Pick<RewardRunner, 'score'>, settings: GrpoSettings, tokenizer: Tokenizer): World['judge'] {
  const { reward_funcs, reward_settings, max_completion_length } = settings;
  const chosen = chooseRewards(reward_funcs, reward_settings);
  return async (rows, replies, at) => {
    const samples = rows.map((row, i) => sampleOf(row, replies[i]!, tokenizer));
    const verdicts = await runner.score(samples, chosen, { max_completion_length });
    return { verdicts, paid: paid(verdicts, chosen, at) };
  };
}

/** An answer as rewards see it. */
export function sampleOf(
  row: PromptRow,
  { ids, thinking, content, stop }: Pick<Reply, 'ids' | 'thinking' | 'content' | 'stop'>,
  tokenizer: Tokenizer,
): Sample {
  const begun = harmonyBeginning(tokenizer.decode(row.ids.subarray(-TAIL)));
  return {
    completion: tokenizer.decode(ids),
    reasoning: thinking,
    answer: content,
    ids,
    finished: stop === 'eos',
    ...(SPELLED.test(tokenizer.decode(ids.filter((id) => !tokenizer.isSpecial(id)))) && {
      format_problem: 'spells a control token as text',
    }),
    prompt_opens_think: opensThought(tokenizer, row.ids),
    ...(begun !== '' && { begun }),
    row: rewardRow(row),
  };
}

/** What control tokens look like; the format is theirs alone. */
const SPELLED = /<\|[a-z_]{1,32}\|>/;
/** Tokens of a prompt's end that show what of the reply it has begun: a header and a sentence. */
const TAIL = 512;

function rewardRow({ question, gold, reasoning_language, answer_language, columns }: PromptRow): RewardRow {
  const text = (name: string): string | undefined => textOf(own(columns, name));
  const language = text('language') ?? reasoning_language ?? undefined;
  const tests = own(columns, 'tests');
  const listed = typeof tests === 'string' ? [tests] : Array.isArray(tests) ? tests.filter((one) => typeof one === 'string') : [];
  return {
    question,
    columns,
    ...(gold !== null && gold !== undefined && { gold: textOf(gold) ?? JSON.stringify(gold) }),
    ...(language !== undefined && { language }),
    ...(reasoning_language !== null && { reasoning_language }),
    ...(answer_language !== null && { answer_language }),
    ...(listed.length > 0 && { tests: listed }),
  };
}
