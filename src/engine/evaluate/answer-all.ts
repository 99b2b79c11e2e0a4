/**
 * Many prompts answered, and each answer taken care of: the prompts are one stream of rows through a few columns of the GPU, while judging and keeping go on
 * beside it, one answer after another, in the order in which they end.
 */
import { MotherTongueError } from '../../lib/errors.ts';
import type { SamplingSettings } from '../../protocol/generation.ts';
import type { AdapterLayout } from '../adapters/lora.ts';
import type { TextModel } from '../chat/open-text.ts';
import type { Prompt, Reply } from '../generate/answer.ts';
import { answerStream } from '../generate/answer-stream.ts';
import { lengthProblem } from '../generate/generator.ts';
import { OutOfMemoryError } from '../gpu/device.ts';
import { positionsOf } from '../models/rope.ts';
import type { Session } from '../models/session.ts';

/** Rows that decode together, where memory allows. */
const MOST_COLUMNS = 16;
/** More answers that wait to be judged hold up the next block. */
const MOST_WAITING = 256;

/** How the GPU is used meanwhile. */
export interface AnsweringPlace {
  /** Rows that decode together; absent: what memory allows, at most MOST_COLUMNS. */
  readonly columns?: number;
  readonly signal: AbortSignal;
  /** Of all prompts, its tensors being on the GPU; null: the base model alone. */
  readonly adapter: AdapterLayout | null;
  between?(): Promise<void>;
  /** Called before the first token. */
  onColumns?(columns: number): void;
  onTokens?(count: number): void;
}

export interface AnsweringRun extends AnsweringPlace {
  readonly prompts: readonly Prompt[];
  readonly sampling: SamplingSettings;
  /** Judges an answer and keeps it; one is called after another. */
  take(prompt: number, reply: Reply): Promise<void>;
}

/** Resolves when all are taken, or when the signal aborts: what ended by then is taken too. */
export async function answerAll(model: { readonly session: Session; readonly text: TextModel }, run: AnsweringRun): Promise<void> {
  const { prompts, sampling, signal, adapter } = run;
  if (prompts.length === 0) return;
  const { max_new_tokens } = sampling;
  const problem = lengthProblem(
    prompts.map(({ ids }) => ({ prompt: ids, max_new_tokens })),
    positionsOf(model.session.config),
  );
  if (problem) throw new MotherTongueError('SettingsError', problem);
  const longest = prompts.reduce((most, { ids }) => Math.max(most, ids.length), 0) + max_new_tokens;
  const taking = new Taking(run);
  for (let columns = run.columns ?? Math.min(MOST_COLUMNS, prompts.length); ; ) {
    try {
      run.onColumns?.(columns);
      await answerStream({ ...model.text, session: model.session }, prompts, {
        sizes: { columns, longest },
        sampling,
        adapter,
        signal,
        ...(run.onTokens && { onTokens: (count) => run.onTokens?.(count) }),
        between: async () => {
          taking.throwBroken();
          await taking.keepUp();
          await run.between?.();
        },
        onReply: (i, reply) => taking.add(i, reply),
      });
      return;
    } catch (error) {
      const larger = error instanceof OutOfMemoryError || (error instanceof MotherTongueError && error.name === 'SettingsError');
      // A result whose answers were rounded by so many columns cannot go on with fewer.
      if (!larger || columns === 1 || run.columns !== undefined || taking.begun) throw error;
      columns = Math.ceil(columns / 2);
    } finally {
      await taking.settled();
    }
  }
}

class Taking {
  begun = false;
  private waiting = 0;
  private last: Promise<void> = Promise.resolve();
  private broken: { readonly error: unknown } | null = null;

  constructor(private readonly run: AnsweringRun) {}

  add(prompt: number, reply: Reply): void {
    this.begun = true;
    this.waiting++;
    this.last = this.last.then(async () => {
      this.waiting--;
      if (this.broken) return;
      try {
        await this.run.take(prompt, reply);
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
