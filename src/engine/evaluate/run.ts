/**
 * The answers that an evaluation still lacks, made and judged: questions in all languages and samples, of the base model and adapters, are one stream of
 * rows through a few columns of the GPU. Judging goes on beside it; whoever keeps the samples gets each as soon as it is judged, in the order in which they end.
 */
import { throwIfCancelled } from '../../lib/cancel.ts';
import { languageCode } from '../../lib/language/index.ts';
import type { EvaluationSample, Question } from '../../protocol/evaluation.ts';
import type { EvaluationColumn, EvaluationSettings } from '../../protocol/evaluation-run.ts';
import { askedAsStudent } from '../batch/problem-prompts.ts';
import type { TextModel } from '../chat/open-text.ts';
import { promptOf } from '../chat/prompt.ts';
import type { Prompt } from '../generate/answer.ts';
import type { Session } from '../models/session.ts';
import { type AnsweringPlace, answerAll } from './answer-all.ts';
import { type Ask, askKey, languageOfQuestion, reasoningOf, saltOf } from './asks.ts';
import type { AnsweredQuestion, AskedLanguages } from './judge-reply.ts';

export interface EvaluationRun extends AnsweringPlace {
  readonly settings: Pick<EvaluationSettings, 'sampling' | 'reasoning' | 'answer_language' | 'date' | 'thinking'>;
  /** Without those that are answered already. */
  readonly asks: readonly Ask[];
  /** Which of the adapters of a mixed layout a column has (see generate/answer.ts). */
  adapterOf(column: EvaluationColumn): number | undefined;
  judge(question: Question, reply: AnsweredQuestion, asked: AskedLanguages): Promise<EvaluationSample>;
  onSample(sample: EvaluationSample): Promise<void>;
}

/** Languages by name or code that a text may be in: of the questions, and those asked for. */
function languagesAmong(questions: readonly Question[], settings: Pick<EvaluationSettings, 'reasoning'>): string[] {
  const named = questions.flatMap((question) => [question.language, reasoningOf(question, settings.reasoning)]);
  return [...new Set(named.filter((one): one is string => one !== null && one !== '').map((one) => languageCode(one) ?? one))].sort();
}

/** By language and question; the same for all columns and samples. */
export async function promptsOf(
  text: TextModel,
  questions: readonly Question[],
  { reasoning, answer_language, date, thinking }: Pick<EvaluationSettings, 'reasoning' | 'answer_language' | 'date' | 'thinking'>,
): Promise<Map<Question, Uint32Array>> {
  const prompts = new Map<Question, Uint32Array>();
  for (const question of questions) {
    const asked = {
      reasoning_language: reasoningOf(question, reasoning),
      answer_language: answer_language ? languageOfQuestion(question) : null,
    };
    const thinks = { language_strings: {}, student_enable_thinking: thinking !== 'no_think' };
    const begun = reasoning.kind === 'begun' ? askedAsStudent(question.question, question.language, thinks) : null;
    const options = begun
      ? { date, reasoning_language: null, opening: begun.opening }
      : { date, ...asked, ...(thinking && { enable_thinking: thinking === 'think' }) };
    const conversation = begun?.conversation ?? { messages: [{ role: 'user' as const, content: question.question }] };
    prompts.set(question, await promptOf(text, conversation, options));
    if (prompts.size % 64 === 0) await new Promise((resolve) => setTimeout(resolve)); // thousands take seconds, and others wait
  }
  return prompts;
}

/** Resolves when all are kept, or when the signal aborts: what was judged by then is kept too. */
export async function runEvaluation(model: { readonly session: Session; readonly text: TextModel }, run: EvaluationRun): Promise<void> {
  const { settings, asks, signal } = run;
  if (asks.length === 0) return;
  const questions = [...new Set(asks.map(({ question }) => question))];
  const prompts = await promptsOf(model.text, questions, settings);
  throwIfCancelled(signal, 'The evaluation');
  const among = languagesAmong(questions, settings);
  await answerAll(model, {
    ...run,
    sampling: settings.sampling,
    prompts: asks.map((ask): Prompt => {
      const adapter = run.adapterOf(ask.column);
      return { ids: prompts.get(ask.question)!, salt: saltOf(ask), ...(adapter !== undefined && { adapter }) };
    }),
    take: async (i, { thinking, content, ids, seconds, stop }) => {
      const { column, question, sample } = asks[i]!;
      const reply = { column: column.id, sample, thinking, answer: content, tokens: ids.length, seconds, stop };
      const asked = { reasoning: reasoningOf(question, settings.reasoning), answer: question.language || null, among };
      await run.onSample(await run.judge(question, reply, asked));
    },
  });
}

/** Those that have no answer yet. */
export function unanswered(asks: readonly Ask[], samples: Iterable<EvaluationSample>): Ask[] {
  const done = new Set([...samples].map(askKey));
  return asks.filter(
    ({ column, question: { language, id }, sample }) => !done.has(askKey({ column: column.id, language, question: id, sample })),
  );
}
