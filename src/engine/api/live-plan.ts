/**
 * The plan of stages under way: from the stage that comes next to the last one. Each opens its model, its rows and the adapter it goes on from, runs as any run
 * or rejection sampling does, and is kept in the record before and after. However the plan ends, the model and the dataset of before it are open again.
 */
import { DEVICE_LOST, type ErrorName, MotherTongueError } from '../../lib/errors.ts';
import type { ModelSource } from '../../protocol/model.ts';
import { done, ended, goingOn, nextStage, runFigures, stageOf, traceFigures, withStage } from '../../protocol/stage-states.ts';
import type { PlanRecord, RunStage, Stage, StageState, TraceStage } from '../../protocol/stages.ts';
import type { TraceRecord } from '../../protocol/traces.ts';
import type { RunRecord } from '../../protocol/training.ts';
import { checkedTraining } from './checks.ts';
import { readDataset } from './data.ts';
import type { EngineState } from './engine-state.ts';
import { standAdapter } from './kept-adapters.ts';
import { loadModel } from './model.ts';
import { interruptedState, recordAt } from './saving.ts';
import { type OwnData, type StageFile, stageFile } from './stage-data.ts';
import { continueSampling, sampleStage } from './stage-traces.ts';
import { resumeRun, stop, train } from './training.ts';

/** What is open when a plan begins or goes on. */
export interface Own {
  readonly source: ModelSource;
  readonly data: OwnData;
}

const LOST = `${DEVICE_LOST}; what is finished is kept, and once the device is open again the plan goes on where it stopped.`;

export class LivePlan {
  private readonly control = new AbortController();
  /** Its stages are; what was open before it is being opened, which a stop does not end. */
  private over = false;

  constructor(
    private readonly engine: EngineState,
    public record: PlanRecord,
    readonly own: Own,
    private readonly report: () => Promise<void>,
  ) {}

  private get stopping(): boolean {
    return this.control.signal.aborted;
  }

  /** Resolves when it is over, however it ended. */
  async toTheEnd(): Promise<void> {
    await this.keep(goingOn(this.record));
    try {
      for (let number = nextStage(this.record); number !== null && !this.stopping; number = nextStage(this.record)) {
        await this.stage(number);
        if (stageOf(this.record, number).phase !== 'done') break;
      }
      await this.keep(
        nextStage(this.record) === null ? done(this.record) : ended(this.record, 'stopped', this.engine.lost ? LOST : undefined),
      );
    } catch (error) {
      await this.fail(error);
    } finally {
      this.over = true;
      await this.putBack();
    }
  }

  /** What is at work ends as a stop ends it, and is kept. */
  async stop(): Promise<void> {
    const { engine } = this;
    if (this.over) return;
    this.control.abort();
    if (engine.run) await stop(engine);
    for (const task of ['model', 'dataset', 'stage-data', 'traces']) engine.cancel(task);
  }

  /** What is about to begin does not, where the plan has been stopped meanwhile. */
  private throwStopped(): void {
    if (this.stopping) throw new MotherTongueError('Cancelled', 'The plan was stopped.');
  }

  private async fail(error: unknown): Promise<void> {
    const { engine } = this;
    if (engine.lost) return this.keep(ended(await this.stoppedInside(), 'stopped', LOST));
    const message =
      error instanceof MotherTongueError
        ? error.message
        : `The plan broke off (${error instanceof Error ? error.message : String(error)}).`;
    if (this.stopping && error instanceof MotherTongueError && error.name === 'Cancelled')
      await this.keep(ended(await this.stoppedInside(), 'stopped'));
    else await this.keep(ended(this.record, 'failed', message));
  }

  /** The record where a run was broken off, or had not begun to go on: as far as the run's last kept step. */
  private async stoppedInside(): Promise<PlanRecord> {
    const { engine, record } = this;
    const number = nextStage(record);
    if (number === null) return record;
    const { phase, run, figures } = stageOf(record, number);
    if (phase !== 'running' || run === undefined) return record;
    const left = await interruptedState(engine, run);
    const change = { phase: 'stopped', message: stoppedAfter(left?.step ?? 0) } as const;
    return withStage(record, number, { ...change, figures: { ...figures, ...(left && runFigures(recordAt(left))) } });
  }

  private async keep(record: PlanRecord): Promise<void> {
    this.record = record;
    await this.engine.plans.put(record);
    await this.report();
  }

  private change(number: number, change: Partial<StageState> & Pick<StageState, 'phase'>): Promise<void> {
    return this.keep(withStage(this.record, number, change));
  }

  /** Why a stage is made again stays said while it is made; why it stopped does not. */
  private running(number: number, change: Partial<StageState> = {}): Promise<void> {
    const { phase, message } = stageOf(this.record, number);
    const again = message !== undefined && (phase === 'waiting' || phase === 'running') ? { message } : {};
    return this.change(number, { ...again, ...change, phase: 'running' });
  }

  private async stage(number: number): Promise<void> {
    const stage = this.record.plan.stages[number - 1]!;
    await this.running(number);
    await this.openModelOf(number, stage);
    if (stage.kind === 'traces') await this.sample(number, stage);
    else await this.run(number, stage);
  }

  /** An error of loading names the model and not the stage. */
  private async openModelOf(number: number, { model, name }: Stage): Promise<void> {
    if (model === 'open') return this.openModel(this.own.source, true);
    try {
      await this.openModel(model, false);
    } catch (error) {
      if (this.engine.lost || !(error instanceof MotherTongueError) || error.name === 'Cancelled') throw error;
      throw new MotherTongueError(error.name as ErrorName, `The model of stage ${number}, ${name}, could not be opened: ${error.message}`);
    }
  }

  private async openModel(source: ModelSource, isOwn: boolean): Promise<void> {
    const { engine } = this;
    if (isOwn ? engine.model?.hash === this.record.model.hash : engine.model && isSame(engine.source, source)) return;
    await loadModel(engine, source);
    engine.needModel();
  }

  private async openRows({ blob, name, mapping }: StageFile): Promise<void> {
    await readDataset(this.engine, { kind: 'file', file: blob, name }, mapping);
  }

  private async run(number: number, stage: RunStage): Promise<void> {
    const { engine, own } = this;
    const { run: earlier, figures } = stageOf(this.record, number);
    const before = earlier === undefined ? null : await engine.library.open(earlier).catch(() => null);
    const adapter = before && isWhole(before) ? await this.adapterOf(before) : null;
    if (before && adapter !== null) return this.change(number, { phase: 'done', adapter, figures: { ...figures, ...runFigures(before) } });
    const file = await stageFile(engine, this.record, number, own.data);
    if (file !== own.data || engine.data?.hash !== own.data.hash) await this.openRows(file);
    const rows = engine.needData().dataset.length;
    let record: RunRecord | null = null;
    const begun = async (run: RunRecord): Promise<void> => {
      this.throwStopped();
      record = run;
      await this.running(number, { run: run.id, figures: { rows } });
      this.throwStopped(); // keeping it took a moment
    };
    if (before && (await interruptedState(engine, before.id))) await resumeRun(engine, before.id, begun);
    else await this.begin(stage, begun);
    await this.took(number, record!, rows);
  }

  private async begin({ from, settings }: RunStage, begun: (run: RunRecord) => Promise<void>): Promise<void> {
    const { engine } = this;
    if (from !== 'base') {
      const adapter = this.needAdapter(from);
      if (engine.adapter?.kept !== adapter) await standAdapter(engine, adapter);
    }
    const init_adapter = from === 'base' ? 'new' : 'standing';
    await train(engine, checkedTraining(engine, { ...settings, init_adapter }), begun);
  }

  private needAdapter(number: number): string {
    const { adapter } = stageOf(this.record, number);
    if (adapter !== undefined) return adapter;
    throw new MotherTongueError('StateError', `Stage ${number} has left no adapter to go on with; run it first.`);
  }

  /** The kept adapter of a run's last step; null where it is not kept any more. */
  private async adapterOf({ id, metrics }: RunRecord): Promise<string | null> {
    const last = metrics.at(-1)?.step;
    const entries = await this.engine.shelf.list();
    return (
      entries.find(({ record }) => record?.run?.id === id && !record.checkpoint && record.run.metrics.at(-1)?.step === last)?.id ?? null
    );
  }

  private async took(number: number, run: RunRecord, rows: number): Promise<void> {
    const { phase, metrics, id, message } = run;
    const figures = { rows, ...runFigures(run) };
    const adapter = this.engine.adapter?.run?.id === id ? this.engine.adapter.kept : await this.adapterOf(run);
    if (phase === 'done' || (isWhole(run) && adapter !== null))
      return this.change(number, { phase: 'done', figures, ...(adapter !== null && { adapter }) });
    const steps = metrics.at(-1)?.step ?? 0;
    await this.change(number, { phase: 'stopped', message: message ?? stoppedAfter(steps), figures });
  }

  private async sample(number: number, stage: TraceStage): Promise<void> {
    const { engine } = this;
    const { signal } = this.control;
    const { traces } = stageOf(this.record, number);
    const begun = (id: string): Promise<void> => this.running(number, { traces: id }); // stopped meanwhile, the set is paused at once
    let set: TraceRecord | null = traces === undefined ? null : await continueSampling(engine, traces, signal);
    if (!set) {
      await this.openRows(await stageFile(engine, this.record, number, this.own.data));
      const { from, settings } = stage;
      const generator = settings.generator === 'peer' ? settings.generator : from === 'base' ? from : this.needAdapter(from);
      set = await sampleStage(engine, { ...settings, generator }, begun, signal);
    }
    const figures = traceFigures(set);
    if (set.phase === 'failed') throw new MotherTongueError('StateError', set.message ?? 'Rejection sampling failed.');
    if (set.phase === 'done') return this.change(number, { phase: 'done', traces: set.id, figures });
    await this.change(number, {
      phase: 'stopped',
      traces: set.id,
      figures,
      message: `It was stopped after ${set.done} of ${set.total} traces and goes on from there.`,
    });
  }

  /** Where that fails, the plan says what is open instead. */
  private async putBack(): Promise<void> {
    const { engine, own, record } = this;
    if (engine.lost) engine.source = own.source; // a reopened GPU gets it
    try {
      if (!engine.lost) await this.openModel(own.source, true);
      if (engine.data?.hash !== own.data.hash) await this.openRows(own.data);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      await this.keep({
        ...this.record,
        message: `${this.record.message ? `${this.record.message} ` : ''}${record.model.name} and ${own.data.name} could not be opened again: ${why}`,
      });
    }
  }
}

/** All its steps are done, also where a stop came behind the last one, while languages were probed. */
function isWhole({ phase, metrics, total_steps }: RunRecord): boolean {
  return phase === 'done' || (phase !== 'failed' && total_steps > 0 && metrics.at(-1)?.step === total_steps);
}

function stoppedAfter(steps: number): string {
  return steps > 0 ? `It was stopped after step ${steps} and goes on from there.` : 'It was stopped before its first step.';
}

function isSame(open: ModelSource | null, wanted: ModelSource): boolean {
  if (!open || open.kind !== wanted.kind) return false;
  if (open.kind === 'bundled' && wanted.kind === 'bundled') return (open.model ?? 'mini') === (wanted.model ?? 'mini');
  if (open.kind !== 'hub' || wanted.kind !== 'hub') return false;
  return open.repository === wanted.repository && open.revision === wanted.revision && open.endpoint === wanted.endpoint;
}
