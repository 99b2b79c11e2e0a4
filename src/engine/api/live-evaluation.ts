/** The evaluation under way: from its record to its last answer, with progress for the page. What it needs of the GPU it takes block by block, so that Compare can ask meanwhile. */
import { MotherTongueError } from '../../lib/errors.ts';
import type { EvaluationSample } from '../../protocol/evaluation.ts';
import type { EvaluationProgress, EvaluationRecord } from '../../protocol/evaluation-run.ts';
import { type Ask, asksOf } from '../evaluate/asks.ts';
import { runEvaluation, unanswered } from '../evaluate/run.ts';
import type { SampleWriter } from '../evaluate/shelf.ts';
import { openAnswerers } from './answerers.ts';
import type { EngineState } from './engine-state.ts';
import { asMemoryError } from './memory-error.ts';

const PROGRESS_MS = 200;
/** Answers between two writings of the record, so that a list after a crash is nearly right. */
const KEPT_EVERY = 32;
/** Of the rate that is shown. */
const FEWEST_SECONDS = 1;

export class LiveEvaluation {
  readonly control = new AbortController();
  private readonly started = performance.now();
  private readonly before: { readonly seconds: number; readonly bytes: number };
  private tokens = 0;
  private told = 0;
  private record: EvaluationRecord;
  private keeping: Promise<void> = Promise.resolve();

  constructor(
    private readonly engine: EngineState,
    record: EvaluationRecord,
    readonly samples: EvaluationSample[],
    private readonly writer: SampleWriter,
  ) {
    this.record = { ...record, phase: 'running', done: samples.length, tokens: samples.reduce((n, { tokens }) => n + tokens, 0) };
    delete this.record.message;
    this.before = { seconds: record.seconds, bytes: record.bytes };
  }

  get current(): EvaluationRecord {
    return { ...this.record, seconds: this.seconds(), bytes: this.before.bytes + this.writer.bytes };
  }

  /** Resolves when it is over, however it ended; throws only what no result should be kept for. */
  async toTheEnd(): Promise<void> {
    const { engine } = this;
    await this.keep();
    this.tell(true);
    try {
      await this.answer();
      this.end(this.control.signal.aborted ? 'paused' : 'done');
    } catch (error) {
      if (this.control.signal.aborted) this.end('paused');
      else this.fail(asMemoryError(error, 'The evaluation', 'lower max_new_tokens, or close other pages and programs that use the GPU'));
    } finally {
      await this.keep();
      this.tell(true);
      engine.reportMemory();
    }
  }

  private end(phase: EvaluationRecord['phase']): void {
    this.record = { ...this.record, seconds: this.seconds(), phase };
  }

  private fail(error: unknown): void {
    this.end(this.engine.lost ? 'paused' : 'failed');
    this.record.message =
      error instanceof MotherTongueError
        ? error.message
        : `The evaluation broke off (${error instanceof Error ? error.message : String(error)}).`;
  }

  /** Until nothing is missing, or it is paused. Whoever else asks other adapters meanwhile takes ours off the GPU: then it goes on with what is missing. */
  private async answer(): Promise<void> {
    const { engine, record, control } = this;
    const asks = asksOf(record.columns, record.questions, record.settings.samples);
    for (let left = unanswered(asks, this.samples); left.length > 0 && !control.signal.aborted; left = unanswered(asks, this.samples)) {
      const release = { call: await engine.lock() };
      try {
        await this.answerSome(left, release);
      } finally {
        release.call();
      }
    }
  }

  private async answerSome(asks: readonly Ask[], release: { call: () => void }): Promise<void> {
    const { engine, record, control } = this;
    const model = engine.needModel();
    const { layout, indexOf, refused } = await openAnswerers(
      engine,
      record.columns.map(({ id }) => id),
    );
    for (const error of refused.values()) throw error;
    model.generator.free(); // Compare makes its programs again when it asks
    const { joined } = engine;
    const moved = new AbortController();
    await runEvaluation(
      { session: model.session, text: model },
      {
        settings: record.settings,
        asks,
        ...(record.batch > 0 && { columns: record.batch }),
        signal: AbortSignal.any([control.signal, moved.signal]),
        adapter: layout,
        adapterOf: ({ id }) => indexOf(id),
        judge: (question, reply, asked) => engine.judging.reply(question, reply, asked),
        between: async () => {
          release.call();
          this.tell();
          release.call = await engine.lock();
          engine.throwLost();
          if (engine.joined !== joined) moved.abort();
        },
        onColumns: (columns) => {
          this.record.batch = columns;
          this.keeping = this.keep();
        },
        onTokens: (count) => {
          this.tokens += count;
        },
        onSample: (sample) => this.take(sample),
      },
    );
  }

  private async take(sample: EvaluationSample): Promise<void> {
    await this.keeping; // how many decode together is kept before the first answer
    this.samples.push(sample);
    this.record.done++;
    this.record.tokens += sample.tokens;
    await this.writer.add(sample);
    if (this.record.done % KEPT_EVERY === 0) await this.keep();
    this.tell();
  }

  private seconds(): number {
    return this.record.phase === 'running' ? this.before.seconds + (performance.now() - this.started) / 1000 : this.record.seconds;
  }

  private async keep(): Promise<void> {
    await this.engine.evaluations.put(this.current);
  }

  private tell(always = false): void {
    const now = performance.now();
    if (!always && now - this.told < PROGRESS_MS) return;
    this.told = now;
    this.engine.emit({ type: 'evaluation', progress: this.progress() });
  }

  private progress(): EvaluationProgress {
    const { id, phase, message, done, total, tokens } = this.record;
    const seconds = (performance.now() - this.started) / 1000;
    const rate = seconds > FEWEST_SECONDS && this.tokens > 0 ? this.tokens / seconds : null;
    const left = rate !== null && done > 0 ? ((total - done) * (tokens / done)) / rate : null;
    return { id, phase, done, total, tokens, seconds: this.seconds(), rate, left, ...(message !== undefined && { message }) };
  }
}
