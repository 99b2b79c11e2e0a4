/** A reply of the model as rewards see it: its text with control tokens spelled out, what its format read of it, and what its row says of a good answer. */
import type { RewardRow } from '../../protocol/rewards.ts';
import type { PromptRow } from '../batch/prompt-rows.ts';
import { harmonyBeginning, opensThought } from '../chat/index.ts';
import type { TextModel } from '../chat/open-text.ts';
import { own, textOf } from '../data/fields.ts';
import type { Sample } from '../rewards/reward.ts';
import type { Reply } from './answer.ts';

export type Spelling = Pick<TextModel['tokenizer'], 'decode' | 'isSpecial'>;

type JudgedRow = Pick<PromptRow, 'question' | 'gold' | 'reasoning_language' | 'answer_language' | 'columns'>;

/** An answer as rewards see it. */
export function sampleOf(
  row: JudgedRow & Pick<PromptRow, 'ids'>,
  { ids, thinking, content, stop }: Pick<Reply, 'ids' | 'thinking' | 'content' | 'stop'>,
  tokenizer: Spelling,
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

/** What a row says of a good answer. */
export function rewardRow({ question, gold, reasoning_language, answer_language, columns }: JudgedRow): RewardRow {
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
