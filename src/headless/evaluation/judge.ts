/** What is right about a reply, by plain comparison, and in which language it thinks. */
import type { Reply } from '../../engine/generate/answer.ts';
import { languageShare } from '../../lib/language/index.ts';
import type { Unjudged } from '../../lib/language/unjudged.ts';
import type { Question } from './question-file.ts';

export interface Verdict {
  /** Ended by itself, not by its length. */
  readonly ended: boolean;
  /** Ratio of the thought's sentences in the language asked for; null where none was asked for, or nothing can be judged. */
  readonly adherence: number | null;
  /** Why there is no adherence, where a language was asked for. */
  readonly unjudged?: Unjudged;
  /** The same of the answer; absent where none was asked for it. */
  readonly answer_adherence?: number | null;
  /** null where no answer is known. */
  readonly right: boolean | null;
}

type Judged = Pick<Reply, 'thinking' | 'content' | 'stop'>;

/** `among`: other languages that a thought may be in, such as those of all questions. */
export async function judge(
  { reasoning_language, answer_language, gold }: Pick<Question, 'reasoning_language' | 'answer_language' | 'gold'>,
  reply: Judged,
  among: Iterable<string> = [],
): Promise<Verdict> {
  const ended = reply.stop === 'eos';
  const { share, ...why } = reasoning_language ? await languageShare(reply.thinking, reasoning_language, among) : { share: null };
  return {
    ended,
    adherence: share,
    ...why,
    ...(answer_language && { answer_adherence: (await languageShare(reply.content, answer_language, among)).share }),
    right: gold === null ? null : ended && plain(answerIn(reply.content)) === plain(answerIn(gold)),
  };
}

/** What stands in the last `\boxed{}`, else the whole text. */
function answerIn(text: string): string {
  return [...text.matchAll(/\\boxed\{([^{}]*)\}/g)].at(-1)?.[1] ?? text;
}

/** Letter case, spaces, the last full stop and Unicode's two ways of writing an accent make no difference. */
export function plain(text: string): string {
  return text.normalize('NFC').toLowerCase().replaceAll(/\s+/g, ' ').trim().replace(/\.$/, '');
}
