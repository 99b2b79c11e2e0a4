/**
 * A supervised fine-tuning run with TRL's semantics: windows of micro-batches, loss and gradients as the token mean over the whole window
 * (not a mean of means), clip, AdamW, schedule. Order, learning rate and everything random follow from the settings and the step alone, so a
 * run that resumes from (adapter, moments, step) repeats the uninterrupted one bit for bit.
 */
import { MotherTongueError } from '../../lib/errors.ts';
import type { EvalMetrics, StepMetrics, TrainingSettings } from '../../protocol/training.ts';
import { type AdapterLayout, createAdapter, freeAdapter } from '../adapters/lora.ts';
import { chooseShapes, fittingShape, shapeOf } from '../batch/buckets.ts';
import type { EncodedRow } from '../batch/encode.ts';
import { totalSteps, type Window, windows } from '../batch/order.ts';
import { pack, type Shape } from '../batch/pack.ts';
import { positionsOf } from '../models/rope.ts';
import type { Session } from '../models/session.ts';
import { countWarmup, learningRateFactor } from './schedule.ts';
import { planSteps, type StepPlans, TrainingPrograms } from './step.ts';

export interface RunInput {
  readonly settings: TrainingSettings;
  readonly rows: readonly EncodedRow[];
  readonly validation: readonly EncodedRow[];
  readonly layout: AdapterLayout;
  /** Replays a given data order: one list of row indices per epoch. */
  readonly order?: readonly (readonly number[])[];
}

/** What is fixed before the first step: every window, the shapes they need, and the plans. */
export interface PreparedRun extends RunInput {
  readonly windows: readonly Window[];
  readonly shapes: readonly Shape[];
  readonly evaluationShapes: readonly Shape[];
  readonly plans: StepPlans;
  readonly warmup: number;
  /** Most micro-batches between two reads of figures. */
  readonly history: number;
}

export interface RunHooks {
  onStep(metrics: StepMetrics): void;
  onEval(metrics: EvalMetrics): void;
  /** Called between steps; the place for probes, checkpoints and pauses. Returns false to end the run and keep the adapter. */
  between(stepsDone: number): Promise<boolean>;
}

export function prepareRun(session: Pick<Session, 'config' | 'weights' | 'capabilities'>, input: RunInput): PreparedRun {
  const { settings, rows, validation } = input;
  if (rows.length === 0)
    throw new MotherTongueError(
      'SettingsError',
      'No row of the dataset can be trained with these settings; the list of problems says why.',
    );
  const positions = positionsOf(session.config);
  const long = [...rows, ...validation].find((row) => row.ids.length > positions);
  if (long) {
    throw new MotherTongueError(
      'SettingsError',
      `Row ${long.row} has ${long.ids.length} tokens and this model has ${positions} positions; set max_length to at most ${positions}.`,
    );
  }
  const all = [...windows(rows.length, settings, input.order)];
  const rowsOf = (batch: readonly number[]): EncodedRow[] => batch.map((i) => rows[i]!);
  const shapes = chooseShapes(all.flatMap((w) => w.batches.map((b) => shapeOf(rowsOf(b)))));
  const evaluationShapes = chooseShapes(evaluationBatches(validation, settings).map(shapeOf), 1);
  const { router_aux_loss_coef = 0, checkpoint_dtype = 'float32' } = settings;
  const plans = planSteps(session, input.layout, { micro: shapes, evaluate: evaluationShapes }, { router_aux_loss_coef, checkpoint_dtype });
  const warmup = countWarmup(totalSteps(rows.length, settings), settings.optimizer.warmup_steps);
  const history = Math.max(1, ...all.map((w) => w.batches.length), evaluationBatches(validation, settings).length);
  return { ...input, windows: all, shapes, evaluationShapes, plans, warmup, history };
}

function evaluationBatches(rows: readonly EncodedRow[], settings: TrainingSettings): EncodedRow[][] {
  const size = settings.per_device_train_batch_size;
  return Array.from({ length: Math.ceil(rows.length / size) }, (_, i) => rows.slice(i * size, (i + 1) * size));
}

export class TrainingRun {
  private tokensSeen = 0;
  private constructor(
    private readonly session: Session,
    private readonly prepared: PreparedRun,
    private readonly programs: TrainingPrograms,
  ) {}

  /** Makes the arenas (replacing those of an earlier adapter) and the programs; the caller uploads the initial or resumed tensors. */
  static async create(session: Session, prepared: PreparedRun): Promise<TrainingRun> {
    freeAdapter(session.store);
    createAdapter(session.store, prepared.layout, { training: true });
    const programs = await TrainingPrograms.create(session, prepared.plans, prepared.evaluationShapes, prepared.history);
    return new TrainingRun(session, prepared, programs);
  }

  get totalSteps(): number {
    return this.prepared.windows.length;
  }

  /** Trains from step `start` (0 for a fresh run) to the end, or until `between` says stop. Returns the number of steps done. */
  async train(hooks: RunHooks, start = 0): Promise<number> {
    this.tokensSeen = this.prepared.windows.slice(0, start).reduce((n, w) => n + this.tokensOf(w), 0);
    let done = start;
    while (done < this.totalSteps) {
      if (!(await hooks.between(done))) return done;
      const metrics = await this.step(this.prepared.windows[done]!);
      done++;
      hooks.onStep(metrics);
      this.check(metrics);
      const { eval_steps } = this.prepared.settings;
      if (this.prepared.validation.length > 0 && (done === this.totalSteps || (eval_steps > 0 && done % eval_steps === 0))) {
        hooks.onEval(await this.evaluate(done));
      }
    }
    await hooks.between(done);
    return done;
  }

  free(): void {
    this.programs.free();
  }

  private async step(window: Window): Promise<StepMetrics> {
    const started = performance.now();
    const { settings, shapes, warmup } = this.prepared;
    const { learning_rate: peak, ...optimizer } = settings.optimizer;
    const packed = window.batches.map((b) => {
      const rows = b.map((i) => this.prepared.rows[i]!);
      return pack(rows, fittingShape(shapeOf(rows), shapes), this.padId);
    });
    const trained = packed.reduce((n, batch) => n + batch.trained, 0);
    for (const batch of packed) await this.programs.microBatch(batch, trained);
    const learning_rate = peak * learningRateFactor(settings.optimizer, window.step, this.totalSteps, warmup);
    this.programs.optimizerStep({ ...optimizer, learning_rate }, window.step + 1);
    const { batches: figures, grad_norm } = await this.programs.figures();
    const mean = (of: (b: (typeof figures)[number]) => number): number =>
      figures.reduce((n, b) => n + of(b) / Math.max(1, b.trained), 0) / figures.length;
    const auxWeight = settings.router_aux_loss_coef ?? 0;
    const tokens = packed.reduce((n, batch) => n + batch.tokens, 0);
    this.tokensSeen += tokens;
    const step_time = (performance.now() - started) / 1000;
    return {
      step: window.step + 1,
      epoch: window.epoch,
      // As TRL adds it: per micro-batch, not divided by the accumulation.
      loss: figures.reduce((n, b) => n + b.nll / trained + auxWeight * b.aux, 0),
      learning_rate,
      grad_norm,
      mean_token_accuracy: mean((b) => b.correct),
      entropy: mean((b) => b.entropy),
      num_tokens: this.tokensSeen,
      ...(auxWeight !== 0 && { aux_loss: figures.reduce((n, b) => n + b.aux, 0) / figures.length }),
      step_time,
      tokens_per_second: tokens / step_time,
    };
  }

  private async evaluate(step: number): Promise<EvalMetrics> {
    const [shape] = this.prepared.evaluationShapes;
    for (const rows of evaluationBatches(this.prepared.validation, this.prepared.settings))
      await this.programs.evaluate(pack(rows, shape!, this.padId));
    const { batches } = await this.programs.figures();
    const sum = (of: (b: (typeof batches)[number]) => number): number => batches.reduce((n, b) => n + of(b), 0);
    const trained = sum((b) => b.trained);
    return { step, eval_loss: sum((b) => b.nll) / trained, eval_mean_token_accuracy: sum((b) => b.correct) / trained };
  }

  private check({ step, loss, grad_norm }: StepMetrics): void {
    if (Number.isFinite(loss) && Number.isFinite(grad_norm)) return;
    const what = Number.isFinite(loss) ? 'gradient norm' : 'loss';
    throw new MotherTongueError(
      'SettingsError',
      `The ${what} of step ${step} is not a number, so training stopped; the adapter is as it was before that step. A lower learning_rate or a max_grad_norm of 1 usually mends it.`,
    );
  }

  private tokensOf(window: Window): number {
    return window.batches.flat().reduce((n, i) => n + this.prepared.rows[i]!.ids.length, 0);
  }

  private get padId(): number {
    return this.session.config.pad_token_id ?? 0;
  }
}
