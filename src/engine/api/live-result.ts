/**
 * A result under way that comes answer by answer (an evaluation, a set of traces): from its record to its last answer, each kept before it is counted, with
 * progress for the page. What it needs of the GPU it takes block by block, so that Compare can ask meanwhile.
 */
import { MotherTongueError } from '../../lib/errors.ts';
import type { KeptResult, LineWriter, ResultShelf } from '../files/result-shelf.ts';
import type { EngineState } from './engine-state.ts';
import { asMemoryError } from './memory-error.ts';

const PROGRESS_MS = 200;
/** Answers between two writings of the record, so that a list after a crash is nearly right. */
const KEPT_EVERY = 32;
/** Of the rate that is shown. */
const FEWEST_SECONDS = 1;

/** What both records have. */
export interface LiveRecord extends KeptResult {
  readonly message?: string;
  readonly total: number;
  readonly tokens: number;
  readonly seconds: number;
  readonly bytes: number;
  readonly batch: number;
}

export interface LiveProgress extends Pick<LiveRecord, 'id' | 'phase' | 'message' | 'done' | 'total' | 'tokens' | 'seconds'> {
  readonly rate: number | null;
  readonly left: number | null;
}

/** Given back between two blocks of ids. */
export interface Turn {
  release(): void;
}

export abstract class LiveResult<Kept extends LiveRecord, Line extends { readonly tokens: number }> {
  protected record: Kept;
  private readonly started = performance.now();
  private readonly before: { readonly seconds: number; readonly bytes: number };
  private tokens = 0;
  private told = 0;
  private keeping: Promise<void> = Promise.resolve();

  constructor(
    protected readonly engine: EngineState,
    private readonly shelf: ResultShelf<Kept, Line>,
    { message: _, ...record }: Kept,
    readonly lines: Line[],
    private readonly writer: LineWriter<Line>,
    /** Pauses it. */
    readonly control: AbortController,
  ) {
    this.record = { ...record, phase: 'running', done: lines.length, tokens: lines.reduce((n, { tokens }) => n + tokens, 0) } as Kept; // but for the message, as given
    this.before = { seconds: record.seconds, bytes: record.bytes };
  }

  /** "The evaluation". */
  protected abstract readonly called: string;
  /** Answers that are missing. */
  protected abstract missing(): number;
  /** Makes some of them, until the signal or the caller's own reason ends it. */
  protected abstract answerSome(turn: Turn): Promise<void>;
  protected abstract report(progress: LiveProgress): void;

  get current(): Kept {
    return { ...this.record, seconds: this.seconds(), bytes: this.before.bytes + this.writer.bytes };
  }

  /** Resolves when it is over, however it ended; throws only what no result should be kept for. */
  async toTheEnd(): Promise<void> {
    const { engine, control } = this;
    await this.keep();
    this.tell(true);
    try {
      // Whoever else asks other adapters meanwhile takes ours off the GPU: then it goes on with what is missing.
      while (this.missing() > 0 && !control.signal.aborted) {
        const turn = { release: await engine.lock() };
        try {
          await this.answerSome(turn);
        } finally {
          turn.release();
        }
      }
      this.end(this.ended());
    } catch (error) {
      if (control.signal.aborted) this.end(this.ended());
      else this.fail(asMemoryError(error, this.called, 'lower max_new_tokens, or close other pages and programs that use the GPU'));
    } finally {
      await this.keep();
      this.tell(true);
      engine.reportMemory();
    }
  }

  protected change(changes: Partial<Kept>): void {
    this.record = { ...this.record, ...changes };
  }

  /** Lets others use the GPU. */
  protected async between(turn: Turn): Promise<void> {
    turn.release();
    this.tell();
    turn.release = await this.engine.lock();
    this.engine.throwLost();
  }

  /** How many decode together is kept before the first answer. */
  protected decodeTogether(batch: number): void {
    this.change({ batch } as Partial<Kept>);
    this.keeping = this.keep();
  }

  protected count(tokens: number): void {
    this.tokens += tokens;
  }

  protected async take(line: Line): Promise<void> {
    await this.keeping;
    await this.writer.add(line);
    this.lines.push(line);
    const { done, tokens } = this.record;
    this.change({ done: done + 1, tokens: tokens + line.tokens } as Partial<Kept>);
    if (this.record.done % KEPT_EVERY === 0) await this.keep();
    this.tell();
  }

  /** A pause that comes behind the last answer has nothing left to go on with. */
  private ended(): 'paused' | 'done' {
    return this.missing() > 0 ? 'paused' : 'done';
  }

  private end(phase: Kept['phase']): void {
    this.change({ seconds: this.seconds(), phase } as Partial<Kept>);
  }

  private fail(error: unknown): void {
    this.end(this.engine.lost ? 'paused' : 'failed');
    const known = error instanceof MotherTongueError;
    const message = known ? error.message : `${this.called} broke off (${error instanceof Error ? error.message : String(error)}).`;
    this.change({ message } as Partial<Kept>);
  }

  private seconds(): number {
    return this.record.phase === 'running' ? this.before.seconds + (performance.now() - this.started) / 1000 : this.record.seconds;
  }

  private async keep(): Promise<void> {
    await this.shelf.put(this.current);
  }

  private tell(always = false): void {
    const now = performance.now();
    if (!always && now - this.told < PROGRESS_MS) return;
    this.told = now;
    this.report(this.progress());
  }

  private progress(): LiveProgress {
    const { id, phase, message, done, total, tokens } = this.record;
    const seconds = (performance.now() - this.started) / 1000;
    const rate = seconds > FEWEST_SECONDS && this.tokens > 0 ? this.tokens / seconds : null;
    const left = rate !== null && done > 0 ? ((total - done) * (tokens / done)) / rate : null;
    return { id, phase, done, total, tokens, seconds: this.seconds(), rate, left, ...(message !== undefined && { message }) };
  }
}
