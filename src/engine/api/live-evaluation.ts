/** The evaluation under way: all columns as one batch, until no answer is missing. */
import type { EvaluationSample } from '../../protocol/evaluation.ts';
import type { EvaluationRecord } from '../../protocol/evaluation-run.ts';
import { type Ask, asksOf } from '../evaluate/asks.ts';
import { runEvaluation, unanswered } from '../evaluate/run.ts';
import type { LineWriter } from '../files/result-shelf.ts';
import { needModelOf, openAnswerers } from './answerers.ts';
import type { EngineState } from './engine-state.ts';
import { type LiveProgress, LiveResult, type Turn } from './live-result.ts';

export class LiveEvaluation extends LiveResult<EvaluationRecord, EvaluationSample> {
  protected readonly called = 'The evaluation';
  private readonly asks: readonly Ask[];

  constructor(
    engine: EngineState,
    record: EvaluationRecord,
    samples: EvaluationSample[],
    writer: LineWriter<EvaluationSample>,
    control: AbortController,
  ) {
    super(engine, engine.evaluations, record, samples, writer, control);
    this.asks = asksOf(record.columns, record.questions, record.settings.samples);
  }

  protected missing(): number {
    return unanswered(this.asks, this.lines).length;
  }

  protected report(progress: LiveProgress): void {
    this.engine.emit({ type: 'evaluation', progress });
  }

  protected async answerSome(turn: Turn): Promise<void> {
    const { engine, record, control } = this;
    const model = needModelOf(engine, record.model);
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
        asks: unanswered(this.asks, this.lines),
        ...(record.batch > 0 && { columns: record.batch }),
        signal: AbortSignal.any([control.signal, moved.signal]),
        adapter: layout,
        adapterOf: ({ id }) => indexOf(id),
        judge: (question, reply, asked) => engine.judging.reply(question, reply, asked),
        between: async () => {
          await this.between(turn);
          if (engine.joined !== joined) moved.abort();
        },
        onColumns: (columns) => this.decodeTogether(columns),
        onTokens: (count) => this.count(count),
        onSample: (sample) => this.take(sample),
      },
    );
  }
}
