/**
 * Judging and counting beside the engine: in the thread of the plain rewards, where there is one, else here. A reply that takes too long to judge has no
 * readable answer, and costs nothing else.
 */
import { MotherTongueError } from '../../lib/errors.ts';
import type { EvaluationSample, Figures, JudgedAnswer, PairedComparison, Question } from '../../protocol/evaluation.ts';
import { type Thread, Watched } from '../rewards/thread.ts';
import { type AnsweredQuestion, type AskedLanguages, judgeReply } from './judge-reply.ts';
import { comparePaired } from './paired.ts';
import { figuresOf } from './score.ts';

/** What the thread is asked (../reward-worker.ts). */
export type EvaluationTask =
  | { readonly task: 'reply'; readonly question: Question; readonly reply: AnsweredQuestion; readonly asked: AskedLanguages }
  | { readonly task: 'figures'; readonly columns: readonly (readonly JudgedAnswer[])[]; readonly ks: readonly number[] }
  | { readonly task: 'paired'; readonly first: Figures; readonly second: Figures };

export async function taskHere(task: EvaluationTask): Promise<EvaluationSample | Figures[] | PairedComparison> {
  switch (task.task) {
    case 'reply':
      return judgeReply(task.question, task.reply, task.asked);
    case 'figures':
      return task.columns.map((answers) => figuresOf(answers, task.ks));
    case 'paired':
      return comparePaired(task.first, task.second);
  }
}

const JUDGE_MILLISECONDS = 5000;
/** Tens of thousands of questions, drawn ten thousand times. */
const COUNT_MILLISECONDS = 600_000;

export class JudgingThread {
  private thread: Watched<unknown> | null = null;
  private last: Promise<unknown> = Promise.resolve();

  /** null: everything is done in this thread. */
  constructor(private readonly start: (() => Thread) | null) {}

  async reply(question: Question, reply: AnsweredQuestion, asked: AskedLanguages): Promise<EvaluationSample> {
    const { column, sample, thinking, answer, tokens, seconds, stop } = reply;
    const found = await this.ask({ task: 'reply', question, reply, asked }, JUDGE_MILLISECONDS);
    if (found !== null) return found as EvaluationSample; // what taskHere answers to a reply
    const right = question.gold === null ? null : false;
    const why = `Judging did not end within ${JUDGE_MILLISECONDS / 1000} s and was stopped.`;
    const { language, id } = question;
    return {
      column,
      language,
      question: id,
      sample,
      thinking,
      answer,
      parsed: null,
      right,
      why,
      thought: null,
      answered: null,
      tokens,
      seconds,
      stop,
    };
  }

  async figures(columns: readonly (readonly JudgedAnswer[])[], ks: readonly number[]): Promise<Figures[]> {
    return this.counted({ task: 'figures', columns: columns.map((answers) => answers.map(countable)), ks });
  }

  async paired(first: Figures, second: Figures): Promise<PairedComparison> {
    return this.counted({ task: 'paired', first, second });
  }

  close(): void {
    this.thread?.end();
    this.thread = null;
  }

  private async counted<Found>(task: EvaluationTask): Promise<Found> {
    const found = await this.ask(task, COUNT_MILLISECONDS);
    if (found !== null) return found as Found; // what taskHere answers to this task
    throw new MotherTongueError('StateError', 'The figures could not be counted in ten minutes; evaluate fewer questions.');
  }

  /** One after another. null: the thread did not answer in time, and another takes its place. */
  private ask(task: EvaluationTask, milliseconds: number): Promise<unknown> {
    const mine = this.last.then(async () => {
      if (!this.start) return taskHere(task);
      this.thread ??= new Watched<unknown>(this.start());
      await this.thread.ready;
      const outcome = await this.thread.ask(task, milliseconds);
      if ('answer' in outcome) return outcome.answer;
      this.thread = null;
      return null;
    });
    this.last = mine.catch(() => undefined);
    return mine;
  }
}

/** Without its texts, which counting does not read. */
function countable({ language, question, parsed, value, right, thought, answered, tokens, seconds }: JudgedAnswer): JudgedAnswer {
  return {
    language,
    question,
    parsed,
    right,
    ...(value !== undefined && { value }),
    ...(thought !== undefined && { thought }),
    ...(answered !== undefined && { answered }),
    ...(tokens !== undefined && { tokens }),
    ...(seconds !== undefined && { seconds }),
  };
}
