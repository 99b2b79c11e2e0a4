/**
 * The answers that an evaluation still lacks, made and judged: questions in all languages and samples, of the base model and adapters, are one stream of
 * rows through a few columns of the GPU. Judging goes on beside it; whoever keeps the samples gets each as soon as it is judged, in the order in which they end.
 */
import { throwIfCancelled } from '../../lib/cancel.ts';
import { MotherTongueError } from '../../lib/errors.ts';
import { languageCode } from '../../lib/language/index.ts';
import type { EvaluationSample, Question } from '../../protocol/evaluation.ts';
import type { EvaluationColumn, EvaluationSettings } from '../../protocol/evaluation-run.ts';
import type { AdapterLayout } from '../adapters/lora.ts';
import { askedAsStudent } from '../batch/problem-prompts.ts';
import type { TextModel } from '../chat/open-text.ts';
import { promptOf } from '../chat/prompt.ts';
import type { Prompt, Reply } from '../generate/answer.ts';
import { answerStream } from '../generate/answer-stream.ts';
import { lengthProblem } from '../generate/generator.ts';
import type { StreamingSizes } from '../generate/streaming.ts';
import { OutOfMemoryError } from '../gpu/device.ts';
import { positionsOf } from '../models/rope.ts';
import type { Session } from '../models/session.ts';
import { type Ask, askKey, languageOfQuestion, reasoningOf, saltOf } from './asks.ts';
import type { AnsweredQuestion, AskedLanguages } from './judge-reply.ts';

/** Rows that decode together, where memory allows. */
const MOST_COLUMNS = 16;

export interface EvaluationRun {
  readonly settings: Pick<EvaluationSettings, 'sampling' | 'reasoning' | 'answer_language' | 'date' | 'thinking'>;
  /** Without those that are answered already. */
  readonly asks: readonly Ask[];
  /** Rows that decode together; absent: what memory allows, at most MOST_COLUMNS. */
  readonly columns?: number;
  readonly signal: AbortSignal;
  /** Of all columns, its tensors being on the GPU; null: the base model alone. */
  readonly adapter: AdapterLayout | null;
  /** Which of the adapters of a mixed layout a column has (see generate/answer.ts). */
  adapterOf(column: EvaluationColumn): number | undefined;
  judge(question: Question, reply: AnsweredQuestion, asked: AskedLanguages): Promise<EvaluationSample>;
  between?(): Promise<void>;
  /** Called before the first token. */
  onColumns?(columns: number): void;
  onTokens?(count: number): void;
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
  const { max_new_tokens } = settings.sampling;
  const problem = lengthProblem(
    [...prompts.values()].map((prompt) => ({ prompt, max_new_tokens })),
    positionsOf(model.session.config),
  );
  if (problem) throw new MotherTongueError('SettingsError', problem);
  const longest = Math.max(...[...prompts.values()].map(({ length }) => length));
  const judging = new Judging(run, languagesAmong(questions, settings));
  for (let columns = run.columns ?? Math.min(MOST_COLUMNS, asks.length); ; ) {
    try {
      await stream(model, { columns, longest: longest + max_new_tokens }, prompts, run, judging);
      return;
    } catch (error) {
      const larger = error instanceof OutOfMemoryError || (error instanceof MotherTongueError && error.name === 'SettingsError');
      // A result whose answers were rounded by so many columns cannot go on with fewer.
      if (!larger || columns === 1 || run.columns !== undefined || judging.begun) throw error;
      columns = Math.ceil(columns / 2);
    } finally {
      await judging.settled();
    }
  }
}

async function stream(
  { session, text }: { readonly session: Session; readonly text: TextModel },
  sizes: StreamingSizes,
  prompts: ReadonlyMap<Question, Uint32Array>,
  run: EvaluationRun,
  judging: Judging,
): Promise<void> {
  const { asks, settings, signal, between, onTokens } = run;
  run.onColumns?.(sizes.columns);
  await answerStream(
    { ...text, session },
    asks.map((ask): Prompt => {
      const adapter = run.adapterOf(ask.column);
      return { ids: prompts.get(ask.question)!, salt: saltOf(ask), ...(adapter !== undefined && { adapter }) };
    }),
    {
      sizes,
      sampling: settings.sampling,
      adapter: run.adapter,
      signal,
      ...(onTokens && { onTokens }),
      between: async () => {
        judging.throwBroken();
        await judging.keepUp();
        await between?.();
      },
      onReply: (i, reply) => judging.add(asks[i]!, reply),
    },
  );
}

/** Answers waiting to be judged are judged one after another; more than this many hold up the next block. */
const MOST_WAITING = 256;

class Judging {
  begun = false;
  private waiting = 0;
  private last: Promise<void> = Promise.resolve();
  private broken: { readonly error: unknown } | null = null;

  constructor(
    private readonly run: EvaluationRun,
    private readonly among: readonly string[],
  ) {}

  add({ column, question, sample }: Ask, { thinking, content, ids, seconds, stop }: Reply): void {
    this.begun = true;
    this.waiting++;
    const reply = { column: column.id, sample, thinking, answer: content, tokens: ids.length, seconds, stop };
    const asked = { reasoning: reasoningOf(question, this.run.settings.reasoning), answer: question.language || null, among: this.among };
    this.last = this.last.then(async () => {
      this.waiting--;
      if (this.broken) return;
      try {
        await this.run.onSample(await this.run.judge(question, reply, asked));
      } catch (error) {
        this.broken = { error };
      }
    });
  }

  async keepUp(): Promise<void> {
    if (this.waiting > MOST_WAITING) await this.last;
  }

  /** Throws where an answer could not be judged or kept. */
  async settled(): Promise<void> {
    await this.last;
    this.throwBroken();
  }

  throwBroken(): void {
    if (this.broken) throw this.broken.error;
  }
}

/** Those that have no answer yet. */
export function unanswered(asks: readonly Ask[], samples: Iterable<EvaluationSample>): Ask[] {
  const done = new Set([...samples].map(askKey));
  return asks.filter(
    ({ column, question: { language, id }, sample }) => !done.has(askKey({ column: column.id, language, question: id, sample })),
  );
}
