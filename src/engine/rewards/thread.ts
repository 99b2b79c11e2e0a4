/**
 * Threads that judge, and the watch over them: a thread that does not answer in time is ended, and the next question goes to another. The same for the
 * page's workers and Node's (headless/reward-threads.ts), which differ in how they are started alone.
 */
import { MotherTongueError } from '../../lib/errors.ts';

export interface Thread {
  post(message: unknown): void;
  /** `fail`: the thread broke, and will not answer again. */
  listen(on: { answer: (message: unknown) => void; fail: (why: string) => void }): void;
  end(): void;
}

/** What came of a question: an answer, none in time, or a thread that broke. */
export type Outcome<Answer> = { readonly answer: Answer } | { readonly late: true } | { readonly broke: string };

/** Time for a thread to load and get ready, on a busy machine. */
const START_MILLISECONDS = 60_000;

/** One thread after its first message, which says that it is ready. */
export class Watched<Answer> {
  private waiting: ((outcome: Outcome<unknown>) => void) | null = null;
  /** The first message; throws where the thread never came to be, and nothing can be judged then. */
  readonly ready: Promise<unknown>;
  private broke: string | null = null;

  constructor(
    private readonly thread: Thread,
    first?: unknown,
  ) {
    thread.listen({
      answer: (answer) => this.settle({ answer }),
      fail: (why) => {
        this.broke = why;
        this.settle({ broke: why });
      },
    });
    this.ready = this.wait(START_MILLISECONDS).then((outcome) => this.startedBy(outcome));
    this.ready.catch(() => undefined); // whoever waits for it is told
    if (first !== undefined) thread.post(first);
  }

  /** One question at a time. After anything but an answer the thread is ended. */
  async ask(question: unknown, milliseconds: number): Promise<Outcome<Answer>> {
    if (this.broke !== null) return { broke: this.broke };
    const outcome = this.wait(milliseconds);
    this.thread.post(question);
    const found = (await outcome) as Outcome<Answer>;
    if (!('answer' in found)) this.end();
    return found;
  }

  end(): void {
    this.broke ??= 'it was ended';
    this.thread.end();
    this.settle({ broke: this.broke });
  }

  private startedBy(outcome: Outcome<unknown>): unknown {
    if ('answer' in outcome) return outcome.answer;
    this.end();
    const why = 'late' in outcome ? 'it did not start in time' : outcome.broke;
    throw new MotherTongueError(
      'StateError',
      `The thread that judges answers could not be started (${why}); reload the page and try again.`,
    );
  }

  private wait(milliseconds: number): Promise<Outcome<unknown>> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.settle({ late: true }), milliseconds);
      this.waiting = (outcome) => {
        clearTimeout(timer);
        resolve(outcome);
      };
    });
  }

  private settle(outcome: Outcome<unknown>): void {
    const waiting = this.waiting;
    this.waiting = null;
    waiting?.(outcome);
  }
}
