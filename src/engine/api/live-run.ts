/**
 * One run from its first phase to its last: plan, check memory, step, and between steps save, probe, pause and let others work. However it ends, the
 * page hears it by a phase, and the adapter that stands afterwards is the run's or the one of before it.
 */
import { MotherTongueError } from '../../lib/errors.ts';
import { bestEvaluation, earlyStop, seeksBest } from '../../protocol/best-evaluation.ts';
import { isCheckpoint } from '../../protocol/checkpoints.ts';
import { grpoDefaults } from '../../protocol/grpo.ts';
import type { RunPhase, RunRecord } from '../../protocol/training.ts';
import { type AdapterLayout, ARENAS, downloadAdapter, uploadAdapter } from '../adapters/lora.ts';
import { isDue, withEvaluation } from '../evaluate/checkpoint-evaluation.ts';
import { type AdapterTensors, initialAdapter, sameTargets } from '../files/adapter-plan.ts';
import type { RunCheckpoint, RunState } from '../files/checkpoint.ts';
import { RewardRunner } from '../rewards/score.ts';
import { judging } from '../train/grpo/judging.ts';
import { type Answering, DivergedError, TrainingRun } from '../train/run.ts';
import { baseOf, dropAdapter, putOnGpu, setAdapter } from './adapter.ts';
import { dueProbe, probeAdherence } from './adherence.ts';
import { keepCheckpoint } from './checkpoints.ts';
import type { EngineState, RunControl } from './engine-state.ts';
import { adapterName, chosenAdapter, keep, keepBest, keepOfRun, reportKept, restoreAdapter } from './kept-adapters.ts';
import { keepRollouts } from './kept-rollouts.ts';
import { noteRun } from './kept-runs.ts';
import { asMemoryError, probeMemory, TRAINING_MEND } from './memory-error.ts';
import { adviceFor, prepare } from './readiness.ts';
import { evaluateRun } from './run-evaluation.ts';
import { type Prepared, peakOf } from './run-plan.ts';
import { rowsNotAsked } from './run-source.ts';
import { checkOrder, forgetRun, hashOrder, interruptedState, leaveRun, RunSaver, recordAt } from './saving.ts';

function nothingKept({ adapter }: EngineState): string {
  const before = adapter ? ' The adapter that was there before still is.' : '';
  return `The run was stopped before its first step, so there is nothing to keep of it.${before}`;
}

export class LiveRun implements RunControl {
  paused = false;
  private readonly ending = new AbortController();
  /** Ends the wait of a paused run. */
  wake: () => void = () => {};
  /** Its adapter is in this tab only: after a reload its last checkpoint is offered again. */
  private unkept = false;
  /** Gives the lock back that this run holds while it works. */
  private unlock: () => void = () => {};
  /** Why it ends before its last step, as the rest of a sentence. */
  private early: string | null = null;
  private best: AdapterTensors | null;

  /** `from`: the checkpoint to go on from; null for a fresh run. */
  constructor(
    private readonly engine: EngineState,
    readonly record: RunRecord,
    private readonly from: RunCheckpoint | null,
    private readonly hashes: RunState['hashes'],
  ) {
    this.best = from?.best ?? null;
  }

  get stopping(): boolean {
    return this.ending.signal.aborted;
  }

  /** Also amid a batch of answers; a step that is being learned is finished. */
  stop(): void {
    this.ending.abort();
    this.wake();
  }

  /** Reports what failed before it is thrown. */
  async toTheEnd(): Promise<void> {
    const { engine, record } = this;
    // Until its first step is kept, a resumed run is where it was.
    if (this.from) engine.snapshot = this.from;
    void this.note(); // kept in order with the one at its end
    try {
      await this.steps();
    } catch (cause) {
      const error = engine.lost ?? asMemoryError(cause, 'Training', TRAINING_MEND);
      const message = error instanceof Error ? error.message : String(error);
      const left = await interruptedState(engine, record.id);
      engine.resumable = left && record.id;
      this.setPhase('failed', left ? `${message} The run is kept as it was after step ${left.step} and can be resumed there.` : message);
      if (left && !engine.lost) engine.emit({ type: 'run', run: { ...recordAt(left), phase: 'paused', message: record.message! } });
      throw error;
    } finally {
      engine.run = null;
      engine.plannedPeak = 0;
      engine.reportMemory();
      await this.note();
    }
  }

  /** Into the library of runs. A run does not end because it cannot be noted. */
  private async note(): Promise<void> {
    const { engine, record, hashes } = this;
    await noteRun(engine, this.unkept ? { ...record, phase: 'failed' } : record, hashes).catch(() => undefined);
  }

  private setPhase(phase: RunPhase, message?: string): void {
    this.record.phase = phase;
    if (message !== undefined) this.record.message = message;
    this.engine.emit({ type: 'run-phase', phase, ...(message !== undefined && { message }) });
  }

  private async steps(): Promise<void> {
    const { engine, record } = this;
    const { session } = engine.needModel();
    const planned = await this.prepared();
    if (!planned) return;
    const order = await hashOrder(planned.prepared);
    if (this.from) checkOrder(this.from.state, order);
    record.total_steps = planned.prepared.method.steps;
    const left = await rowsNotAsked(engine, record.settings);
    if (left) record.left_out = left;
    this.unlock = await engine.lock();
    let run: TrainingRun | null = null;
    const judges = new RewardRunner(engine.places.rewardThreads ?? null);
    let failure: unknown = null;
    let done = 0;
    try {
      run = await this.begin(planned, judges);
      const saver = new RunSaver(engine, record, planned.layout, order, planned.prepared.method.resumable, () => this.best);
      this.setPhase('training');
      done = await run.train(
        {
          onStep: (metrics) => {
            record.metrics.push(metrics);
            engine.emit({ type: 'step', metrics });
          },
          onEval: (metrics) => engine.emit({ type: 'eval', metrics: withEvaluation(record.evals, metrics) }),
          between: (step) => this.between(step, saver, planned.layout),
        },
        { step: this.from?.state.step ?? 0, tokens: record.metrics.at(-1)?.num_tokens ?? 0 },
      );
    } catch (error) {
      failure = error;
    } finally {
      judges.close();
      if (run) run.free();
      else session.store.free((name) => name.startsWith('train')); // of a beginning that failed
      this.unlock();
    }
    if (failure) await this.breakOff(planned.layout, run !== null, failure);
    if (this.stopping && done === 0) return this.giveUp();
    // A stop behind the last step, amid a probe, finds it done.
    this.setPhase(
      this.stopping && done < record.total_steps ? 'stopped' : 'done',
      ...(this.early ? [`Ended after step ${done}: ${this.early}.`] : []),
    );
    await this.finish(planned.layout);
  }

  /** Null where the user gave up waiting for the rows of a fresh run. */
  private async prepared(): Promise<Prepared | null> {
    try {
      return await prepare(this.engine, this.record.settings);
    } catch (error) {
      if ((this.from?.state.step ?? 0) > 0 || !(error instanceof MotherTongueError) || error.name !== 'Cancelled') throw error;
      await forgetRun(this.engine, this.record.id);
      this.setPhase('stopped', nothingKept(this.engine));
      return null;
    }
  }

  /** Tries whether memory suffices, then makes the programs and puts the first or the resumed tensors into place. */
  private async begin(planned: Prepared, judges: RewardRunner): Promise<TrainingRun> {
    const { prepared, layout, session } = planned;
    const { engine, record, from } = this;
    engine.plannedPeak = (await peakOf(engine, record.settings, planned)).memory.peak;
    const { store } = session;
    const { session: now, generator } = engine.needModel();
    if (now !== session) throw new MotherTongueError('StateError', 'Another model was opened before the first step; start the run again.');
    generator.free();
    await probeMemory(engine, prepared, (gpu_bytes) => adviceFor(session, record.settings, gpu_bytes));
    const standing = await this.standingTensors(layout);
    dropAdapter(engine);
    const run = await TrainingRun.create(session, prepared, prepared.method.answers && this.answering(judges));
    await store.gpu.allocated();
    engine.reportMemory();
    uploadAdapter(store, layout, from?.adapter ?? standing ?? initialAdapter(layout.targets, record.settings.seed));
    if (from) {
      uploadAdapter(store, layout, from.m, ARENAS.m);
      uploadAdapter(store, layout, from.v, ARENAS.v);
      if (from.average) uploadAdapter(store, layout, from.average, ARENAS.average);
    }
    this.setAdapter(layout);
    engine.emit({ type: 'run', run: record });
    await reportKept(engine);
    return run;
  }

  /** The tensors of the adapter that a fresh run goes on with; null: it begins with a new one. */
  private async standingTensors(layout: AdapterLayout): Promise<AdapterTensors | null> {
    const { engine, record, from } = this;
    if (from || record.settings.init_adapter !== 'standing' || !engine.adapter) return null;
    if (!sameTargets(layout.targets, engine.adapter.layout.targets))
      throw new MotherTongueError(
        'SettingsError',
        'The adapter that stands has other layers than its settings say; start from a new adapter.',
      );
    return downloadAdapter(engine.needModel().session.store, engine.adapter.layout);
  }

  /** Judges, and whoever wants to see what they judged. */
  private answering(judges: RewardRunner): Answering {
    const { engine, record } = this;
    const text = engine.needModel();
    let keeping = Promise.resolve(); // one after another: a batch is kept anew when its tokens have been looked at
    return {
      text,
      signal: this.ending.signal,
      judge: judging(judges, { ...grpoDefaults, ...record.settings.grpo }, text.tokenizer),
      onAnswers: (batch) => {
        engine.emit({ type: 'rollouts', batch });
        keeping = keeping.then(() => keepRollouts(engine, record.id, batch)).catch(() => undefined); // a full disk loses what can be looked at, and nothing else
      },
    };
  }

  /** Between two steps: save, probe, wait while paused, let others work. False ends the run. */
  private async between(done: number, saver: RunSaver, layout: AdapterLayout): Promise<boolean> {
    const { engine, record } = this;
    await saver.after(done);
    if (isCheckpoint(record.settings, done, record.total_steps)) await this.checkpoint(layout, done);
    if (isDue(record.settings, record.evals, done, record.total_steps)) {
      this.setPhase('evaluating');
      await this.letOthersWork(() => this.evaluate(done));
    }
    if (await this.hasHadEnough(done, layout)) return false;
    if (dueProbe(record, done)) {
      this.setPhase('probing');
      await this.letOthersWork(() => probeAdherence(engine, record, done));
    }
    if (this.paused && !this.stopping) {
      await saver.after(done, true);
      while (this.paused && !this.stopping) {
        this.setPhase('paused');
        await this.letOthersWork(() => this.woken());
        engine.throwLost();
      }
    }
    if (this.stopping && done < record.total_steps) {
      record.phase = 'stopping';
      await saver.after(done, true);
    }
    await this.letOthersWork(); // whoever asked in the meantime goes first
    if (!this.stopping && done < record.total_steps && record.phase !== 'training') this.setPhase('training');
    return !this.stopping;
  }

  /** A run does not end because a checkpoint cannot be kept; the page shows why. */
  private async checkpoint(layout: AdapterLayout, step: number): Promise<void> {
    const { engine, record } = this;
    try {
      await keepCheckpoint(engine, record, layout, step);
    } catch (error) {
      if (engine.lost || !(error instanceof MotherTongueError)) throw error;
      engine.emit({ type: 'saved', step, problem: error.message });
    }
  }

  /** A stop cuts it short; then it counts for nothing. */
  private async evaluate(done: number): Promise<void> {
    const { engine, record } = this;
    const control = new AbortController();
    if (this.stopping) return;
    this.wake = () => this.stopping && control.abort();
    const metrics = await evaluateRun(engine, record, done, control.signal);
    if (metrics) engine.emit({ type: 'eval', metrics: withEvaluation(record.evals, metrics) });
  }

  /** Keeps the adapter of the best evaluation, of which there is one at a time; true where the run ends early. */
  private async hasHadEnough(done: number, layout: AdapterLayout): Promise<boolean> {
    const { engine, record } = this;
    const { settings, evals } = record;
    if (!seeksBest(settings) || evals.at(-1)?.step !== done) return false;
    if (bestEvaluation(evals, settings)?.step === done) {
      this.best = await downloadAdapter(engine.needModel().session.store, layout);
      if (engine.snapshot?.state.step === done) engine.snapshot.best = this.best; // its record, which is this one, has the evaluation already
    }
    this.early = done < record.total_steps ? earlyStop(evals, settings) : null;
    return this.early !== null;
  }

  private woken(): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve;
    });
  }

  /** Gives the lock away, at least until `meanwhile` is done. */
  private async letOthersWork(meanwhile?: () => Promise<void>): Promise<void> {
    this.unlock();
    try {
      await meanwhile?.();
    } finally {
      this.unlock = await this.engine.lock();
    }
  }

  /** The moments go, the adapter stays and is kept; then what a reload would resume goes too. */
  private async finish(layout: AdapterLayout): Promise<void> {
    const { engine, record } = this;
    const { session } = engine.needModel();
    const release = await engine.lock();
    try {
      const last = await downloadAdapter(session.store, layout);
      const chosen = await chosenAdapter(engine, record, last, this.best);
      if (record.best_step !== undefined) engine.emit({ type: 'run', run: record });
      await putOnGpu(engine, layout, chosen);
    } finally {
      release();
    }
    this.setAdapter(layout);
    const timed = record.metrics.slice(1); // the first step also compiles
    if (timed.length > 0) {
      const seconds = timed.reduce((n, m) => n + m.step_time, 0);
      const tokens = timed.reduce((n, m) => n + m.tokens_per_second * m.step_time, 0);
      if (tokens > 0) engine.pace = { method: record.settings.method ?? 'sft', tokens_per_second: tokens / seconds };
    }
    const problem = await keep(engine);
    this.unkept = problem !== undefined;
    const left = record.phase === 'stopped' && (record.metrics.at(-1)?.step ?? 0) < record.total_steps;
    if (problem === undefined) await (left ? leaveRun : forgetRun)(engine, record.id);
    // A full disk: the last checkpoint stays, and the adapter is here as long as this tab is.
    else this.setPhase(record.phase, `${problem} The adapter is in this tab only; export it before you close it.`);
  }

  /** The tensors in place are this run's. */
  private setAdapter(layout: AdapterLayout): void {
    const { engine, record } = this;
    const about = { name: adapterName(record), origin: 'trained', base_model: baseOf(engine), run: record } as const;
    setAdapter(engine, layout, record.settings.lora, about);
  }

  /** Stopped before its first step: an adapter that learned nothing is not kept, and takes no other's place. */
  private async giveUp(): Promise<void> {
    dropAdapter(this.engine);
    await restoreAdapter(this.engine);
    await forgetRun(this.engine, this.record.id);
    this.setPhase('stopped', nothingKept(this.engine));
  }

  /**
   * After a failure the adapter of before the run is back. After numbers that are none, what the run had learned before them is kept beside it:
   * there is nothing to resume. Throws.
   */
  private async breakOff(layout: AdapterLayout, begun: boolean, failure: unknown): Promise<never> {
    const { engine } = this;
    if (engine.lost) throw engine.lost;
    const diverged = begun && failure instanceof DivergedError;
    const steps = (this.record.metrics.at(-1)?.step ?? 1) - 1;
    const learned = diverged && steps > 0 ? await downloadAdapter(engine.needModel().session.store, layout) : null;
    if (!engine.adapter || engine.adapter.run === this.record) {
      dropAdapter(engine);
      await restoreAdapter(engine);
    }
    if (!diverged) throw failure;
    const stands = engine.adapter ? 'The adapter of before this run stands.' : 'The model stands without an adapter, as before this run.';
    const found = this.best && bestEvaluation(this.record.evals, this.record.settings)?.step;
    const best = found === steps ? null : found;
    const beside = learned
      ? ` What the run had learned up to step ${steps} is kept under Runs${best ? `, and so is its best, of step ${best}` : ''}.`
      : '';
    const told = new MotherTongueError('SettingsError', `${failure.message} ${stands}${beside}`);
    if (best) await keepBest(engine, this.record, best, this.best!);
    if (learned) await keepOfRun(engine, { ...this.record, phase: 'failed', message: told.message }, learned);
    await forgetRun(engine, this.record.id);
    throw told;
  }
}
