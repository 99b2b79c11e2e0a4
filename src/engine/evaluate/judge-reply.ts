/** One reply to a question of a set -> a judged sample: what was read as its answer, whether it is right, and in which languages it thinks and answers. */
import { adherenceOf } from '../../lib/language/adherence.ts';
import type { EvaluationSample, Question, TextAdherence } from '../../protocol/evaluation.ts';
import { lastBox } from '../rewards/accuracy/boxes.ts';
import { judgeAnswer } from '../rewards/accuracy/index.ts';

/** The reply, and who gave it. */
export type AnsweredQuestion = Pick<EvaluationSample, 'column' | 'sample' | 'thinking' | 'answer' | 'tokens' | 'seconds' | 'stop'>;

export interface AskedLanguages {
  /** By name or code; null: none was asked for. */
  readonly reasoning: string | null;
  readonly answer: string | null;
  /** Other languages that a text may be in, such as those of all questions. */
  readonly among: readonly string[];
}

export async function judgeReply(
  { id, language, gold }: Pick<Question, 'id' | 'language' | 'gold'>,
  reply: AnsweredQuestion,
  { reasoning, answer, among }: AskedLanguages,
): Promise<EvaluationSample> {
  const adherence = (text: string, asked: string | null): Promise<TextAdherence | null> =>
    asked === null
      ? Promise.resolve(null)
      : adherenceOf(
          text,
          asked,
          [...among, language].filter((one) => one !== ''),
        );
  return {
    ...reply,
    language,
    question: id,
    ...judgeText(reply.answer, gold, language, reply.stop === 'eos'),
    thought: await adherence(reply.thinking, reasoning),
    answered: await adherence(reply.answer, answer),
  };
}

/**
 * A reply that was cut off has an answer only in a box that is closed: "14" may have become 1450. A gold that is a sentence is a gold: an answer without
 * its words is wrong, where rewards have nothing to say, since otherwise right answers alone would be counted.
 */
export function judgeText(
  text: string,
  gold: string | null,
  language: string,
  ended = true,
): Pick<EvaluationSample, 'parsed' | 'right' | 'why'> {
  if (gold === null) return { parsed: null, right: null, why: 'The question has no gold.' };
  if (!ended && !lastBox(text)?.text) return { parsed: null, right: false, why: 'The reply was cut off before its answer was complete.' };
  const { value, parsed, why } = judgeAnswer(text, gold, language === '' ? {} : { language });
  return { parsed, right: gold.trim() === '' ? null : value === 1, why };
}
