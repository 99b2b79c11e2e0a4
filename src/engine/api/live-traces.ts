/** Traces under way: of the model on the GPU, with or without an adapter, or of the ONNX model that is loaded in Compare. */
import { MotherTongueError } from '../../lib/errors.ts';
import type { ReasoningTrace, TraceCounts, TraceRecord } from '../../protocol/traces.ts';
import { withOwnLanguages } from '../chat/asked-languages.ts';
import { replyReaders } from '../chat/index.ts';
import type { LineWriter } from '../files/result-shelf.ts';
import { rewardRow } from '../generate/reply-sample.ts';
import { chooseRewards } from '../rewards/choose.ts';
import type { Sample } from '../rewards/reward.ts';
import { RewardRunner } from '../rewards/score.ts';
import { judgeTrace, type TraceJudging } from '../traces/judge-trace.ts';
import { languagesBy } from '../traces/languages.ts';
import { lacking, makeTraces, type TraceAsk, traceAsks } from '../traces/make.ts';
import { countsOf, select } from '../traces/select.ts';
import type { TraceRow } from '../traces/trace-rows.ts';
import { needModelOf, openAnswerers } from './answerers.ts';
import type { EngineState } from './engine-state.ts';
import { type LiveProgress, LiveResult, type Turn } from './live-result.ts';

/** Counting takes at most one part in so many. */
const COUNTING_SHARE = 20;
/** After a pause. */
const JUDGED_WITHIN_MS = 3000;

export class LiveTraces extends LiveResult<TraceRecord, ReasoningTrace> {
  protected readonly called = 'Making traces';
  private readonly asks: readonly TraceAsk[];
  private readonly runner: RewardRunner;
  private readonly judging: TraceJudging;
  private counted = { of: -1, until: 0, found: countsOf([]) };

  constructor(
    engine: EngineState,
    record: TraceRecord,
    readonly rows: readonly TraceRow[],
    traces: ReasoningTrace[],
    writer: LineWriter<ReasoningTrace>,
    control: AbortController,
  ) {
    super(engine, engine.traces, record, traces, writer, control);
    const { settings } = record;
    this.asks = traceAsks(rows, settings.num_return_sequences);
    this.runner = new RewardRunner(engine.places.rewardThreads ?? null);
    this.judging = {
      settings,
      chosen: settings.reward_funcs.length > 0 ? chooseRewards(settings.reward_funcs, settings.reward_settings) : [],
      longest: settings.sampling.max_new_tokens,
      runner: this.runner,
      languages: languagesBy((question, reply, asked) => engine.judging.reply(question, reply, asked), rows),
    };
  }

  override get current(): TraceRecord {
    return { ...super.current, ...this.counts() };
  }

  override async toTheEnd(): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const hurry = () => {
      timer = setTimeout(() => this.runner.close(), JUDGED_WITHIN_MS); // what is still being judged then is made again
    };
    this.control.signal.addEventListener('abort', hurry);
    try {
      await super.toTheEnd();
    } finally {
      clearTimeout(timer);
      this.runner.close();
    }
  }

  protected missing(): number {
    return lacking(this.asks, this.lines).length;
  }

  protected report(progress: LiveProgress): void {
    this.engine.emit({ type: 'traces', progress: { ...progress, ...this.counts() } });
  }

  /** Counted anew, since a trace that came earlier in its row may come later; of many less often than they come. */
  private counts(): TraceCounts {
    const now = performance.now();
    const late = this.record.phase !== 'running' || now > this.counted.until;
    if (late && this.counted.of !== this.lines.length) {
      const found = countsOf(select(this.lines, this.record.settings));
      const spent = performance.now() - now;
      this.counted = { of: this.lines.length, until: now + COUNTING_SHARE * spent, found };
    }
    return this.counted.found;
  }

  protected answerSome(turn: Turn): Promise<void> {
    const asks = lacking(this.asks, this.lines);
    return this.record.generator.kind === 'peer' ? this.peerAnswers(asks, turn) : this.modelAnswers(asks, turn);
  }

  private async modelAnswers(asks: readonly TraceAsk[], turn: Turn): Promise<void> {
    const { engine, record, control } = this;
    const model = needModelOf(engine, record.generator.model);
    const answerer = record.generator.adapter?.id ?? 'base';
    const { layout, indexOf, refused } = await openAnswerers(engine, [answerer]);
    for (const error of refused.values()) throw error;
    model.generator.free(); // Compare makes its programs again when it asks
    const { joined, adapter } = engine;
    const moved = new AbortController();
    await makeTraces(
      { session: model.session, text: model },
      {
        settings: record.settings,
        asks,
        ...(record.batch > 0 && { columns: record.batch }),
        signal: AbortSignal.any([control.signal, moved.signal]),
        adapter: layout,
        adapterIndex: indexOf(answerer),
        judging: this.judging,
        between: async () => {
          await this.between(turn);
          if (engine.joined !== joined || engine.adapter !== adapter) moved.abort();
        },
        onColumns: (columns) => this.decodeTogether(columns),
        onTokens: (count) => this.count(count),
        onTrace: (trace) => this.take(trace),
      },
    );
  }

  /** One after another; it has a GPU of its own, or none. */
  private async peerAnswers(asks: readonly TraceAsk[], turn: Turn): Promise<void> {
    const { engine, record, control, judging } = this;
    turn.release();
    const { sampling, encoding } = record.settings;
    for (const { row, sample, seed } of asks) {
      const { peer } = engine;
      if (peer?.name !== record.generator.model.name)
        throw new MotherTongueError(
          'StateError',
          `${record.generator.model.name} is not loaded any more; load it on the Compare page and go on.`,
        );
      const started = performance.now();
      const { messages } = withOwnLanguages(row.asked, encoding);
      const { max_new_tokens, temperature, top_k } = sampling;
      const asked = { messages, max_new_tokens, temperature, top_k, seed: (sampling.seed ^ seed) >>> 0, signal: control.signal };
      const { ids, text, stop } = await peer.generate(asked);
      if (control.signal.aborted) return;
      this.count(ids.length);
      const { thinking, content } = replyReaders[peer.format](text);
      const seen = seenOf(row, { ids, text, thinking, content, finished: stop === 'eos' });
      const seconds = (performance.now() - started) / 1000;
      await this.take(await judgeTrace({ row, sample, seed, seen, stop, tokens: ids.length, seconds }, judging));
    }
  }
}

interface PeerText {
  readonly ids: readonly number[];
  readonly text: string;
  readonly thinking: string;
  readonly content: string;
  readonly finished: boolean;
}

function seenOf(row: TraceRow, { ids, text, thinking, content, finished }: PeerText): Sample {
  return {
    completion: text,
    reasoning: thinking,
    answer: content,
    ids,
    finished,
    prompt_opens_think: false,
    row: rewardRow(row),
  };
}
