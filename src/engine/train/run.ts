/**
 * A training run, whatever its method: micro-batches, gradients added up over an optimizer step, clip, AdamW, schedule. Order, learning rate and
 * everything random follow from the settings and the step alone, so a run that resumes from (adapter, moments, step) repeats the
 * uninterrupted one bit for bit.
 */
import { throwIfCancelled, unlessCancelled } from '../../lib/cancel.ts';
import { MotherTongueError } from '../../lib/errors.ts';
import type { EvalMetrics, StepMetrics } from '../../protocol/training.ts';
import { type AdapterLayout, createAdapter, freeAdapter } from '../adapters/lora.ts';
import type { TextModel } from '../chat/open-text.ts';
import { answer, vocabularyWithText } from '../generate/answer.ts';
import { type GenerationSizes, Generator } from '../generate/generator.ts';
import { type GenerationPlans, planGeneration } from '../generate/memory.ts';
import type { Session } from '../models/session.ts';
import { methods } from './index.ts';
import type { Evaluation, Method, MethodInput, SpeakerName, World } from './method.ts';
import { planSteps, type StepPlans } from './plans.ts';
import { TrainingPrograms } from './programs.ts';
import { countWarmup, learningRateFactor } from './schedule.ts';

export interface RunInput extends Omit<MethodInput, 'config'> {
  readonly layout: AdapterLayout;
}

/** What is fixed before the first step: every shape, the plans, the schedule. */
export interface PreparedRun extends Pick<RunInput, 'settings' | 'layout'> {
  readonly method: Method;
  readonly plans: StepPlans;
  readonly warmup: number;
  /** Most micro-batches between two reads of stats. */
  readonly history: number;
  /** Of the answers that the method learns from. */
  readonly answers: readonly GenerationPlans[];
}

/** What a method that answers needs beside the run: the model's text, and who judges. */
export interface Answering extends Pick<World, 'judge' | 'onAnswers'> {
  readonly text: TextModel;
  /** Ends the run at once, also amid a batch of answers: the step that would have learned from it never was. */
  readonly signal?: AbortSignal;
}

export interface RunHooks {
  onStep(metrics: StepMetrics): void;
  onEval(metrics: EvalMetrics): void;
  /** Called between steps; the place for probes, checkpoints and pauses. Returns false to end the run and keep the adapter. */
  between(stepsDone: number): Promise<boolean>;
}

/** Where a run begins: at the start, or after `step` steps that saw `tokens` tokens. */
export interface RunStart {
  readonly step: number;
  readonly tokens: number;
}

export function prepareRun(
  session: Pick<Session, 'config' | 'weights' | 'capabilities'>,
  { settings, layout, ...data }: RunInput,
): PreparedRun {
  const method = methodOf(settings.method)({ config: session.config, settings, ...data });
  const { shapes, evaluation, steps, max_micro_batches, lookingShapes = [] } = method;
  const { checkpoint_dtype = 'float32' } = settings;
  const router_aux_loss_coef = method.aux_loss_weight ?? settings.router_aux_loss_coef ?? 0;
  const plans = planSteps(
    session,
    layout,
    method.objective,
    { micro: shapes, evaluate: [...(evaluation ? [evaluation.shape] : []), ...lookingShapes] },
    { router_aux_loss_coef, checkpoint_dtype },
  );
  const warmup = countWarmup(steps, settings.optimizer.warmup_steps);
  const answers = speakersOf({ method, layout }).map(({ adapter, sizes, prefix }) =>
    planGeneration(session, adapter, sizes, session.capabilities, { prefix, shrinks: true }),
  );
  const history = Math.max(1, max_micro_batches + (method.again?.most ?? 0), evaluation?.micro_batches ?? 0);
  return { settings, layout, method, plans, warmup, history, answers };
}

interface Speaker {
  readonly of: SpeakerName;
  readonly adapter: AdapterLayout | null;
  readonly sizes: GenerationSizes;
  /** Of every buffer. */
  readonly prefix: string;
}

/** Who writes in a run: the adapter its answers, and the model without it what the method wants of it. */
function speakersOf({ method, layout }: Pick<PreparedRun, 'method' | 'layout'>): Speaker[] {
  const { answers, analyses } = method;
  return [
    ...(answers ? [{ of: 'adapter' as const, adapter: layout, sizes: answers, prefix: 'train.answers.' }] : []),
    ...(analyses ? [{ of: 'base' as const, adapter: null, sizes: analyses, prefix: 'train.analyses.' }] : []),
  ];
}

/** Ids after which rows that have ended leave the batch. */
const BLOCK = 16;

function methodOf(name = 'sft'): (input: MethodInput) => Method {
  const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
  if (method) return method;
  throw new MotherTongueError('SettingsError', `method is "${name}" and must be ${Object.keys(methods).join(' or ')}.`);
}

/** A step gave numbers that are none; what was learned before it is good. */
export class DivergedError extends MotherTongueError {
  constructor(message: string) {
    super('SettingsError', message);
  }
}

export class TrainingRun {
  private tokensSeen = 0;
  private rowsSeen = 0;
  private constructor(
    private readonly prepared: PreparedRun,
    private readonly programs: TrainingPrograms,
    private readonly world: World,
    private readonly signal: AbortSignal | undefined,
  ) {}

  /**
   * Makes the arenas (replacing those of an earlier adapter) and the programs; the caller uploads the initial or resumed tensors. `answering`: for
   * methods that answer.
   */
  static async create(session: Session, prepared: PreparedRun, answering?: Answering): Promise<TrainingRun> {
    freeAdapter(session.store);
    createAdapter(session.store, prepared.layout, { training: true, average: prepared.plans.objective.average === true });
    const programs = await TrainingPrograms.create(session, prepared.plans, prepared.history, prepared.answers);
    return new TrainingRun(prepared, programs, await worldOf(session, prepared, programs, answering), answering?.signal);
  }

  get totalSteps(): number {
    return this.prepared.method.steps;
  }

  /** Rows trained since `train` was called, repeated ones counted again. */
  get samples(): number {
    return this.rowsSeen;
  }

  /** Trains from `start` to the end, or until `between` or the signal says stop. Returns the number of steps done. */
  async train(hooks: RunHooks, start: RunStart = { step: 0, tokens: 0 }): Promise<number> {
    const { method, settings } = this.prepared;
    this.tokensSeen = start.tokens;
    this.rowsSeen = 0;
    let done = start.step;
    if (method.average && done === 0) this.programs.takeAverage(1);
    while (done < this.totalSteps) {
      if (!(await hooks.between(done))) return done;
      const metrics = await this.step(done);
      if (!metrics) return done;
      done++;
      hooks.onStep(metrics);
      this.check(metrics);
      const due = done === this.totalSteps || (settings.eval_steps > 0 && done % settings.eval_steps === 0);
      if (method.evaluation && due) hooks.onEval(await this.evaluate(method.evaluation, done));
    }
    await hooks.between(done);
    return done;
  }

  free(): void {
    this.programs.free();
  }

  /** Null where it was stopped before anything was learned. */
  private async step(index: number): Promise<StepMetrics | null> {
    const started = performance.now();
    const { method, settings, warmup } = this.prepared;
    const { learning_rate: peak, ...optimizer } = settings.optimizer;
    const batches = await this.unlessStopped(() => method.batches(index, this.world));
    if (!batches || this.signal?.aborted) return null;
    for (const batch of batches) await this.programs.microBatch(batch);
    const learning_rate = peak * learningRateFactor(settings.optimizer, index, this.totalSteps, warmup);
    this.programs.optimizerStep({ ...optimizer, learning_rate }, index + 1);
    this.moveAverage(index + 1);
    for (const batch of method.again?.batches(index) ?? []) await this.programs.evaluate(batch);
    const stats = await this.programs.stats();
    const trained = batches.length;
    const inBatches = batches.reduce((n, batch) => n + batch.tokens, 0);
    const { seen, worked } = method.tokens?.(index) ?? { seen: inBatches, worked: inBatches };
    this.tokensSeen += seen;
    this.rowsSeen += batches.reduce((n, batch) => n + batch.rows, 0);
    const step_time = (performance.now() - started) / 1000;
    method.again?.seen(stats.rows.slice(0, trained), stats.rows.slice(trained), this.world);
    const { epoch, loss, ...more } = method.metrics(index, stats.batches.slice(0, trained), stats.rows.slice(0, trained));
    return {
      step: index + 1,
      epoch,
      loss,
      learning_rate,
      grad_norm: stats.grad_norm,
      ...more,
      num_tokens: this.tokensSeen,
      step_time,
      tokens_per_second: worked / step_time,
    };
  }

  private moveAverage(steps: number): void {
    const { average } = this.prepared.method;
    if (!average || steps % average.every !== 0) return;
    this.programs.takeAverage(steps === average.every ? 1 : average.rate);
  }

  private async unlessStopped<T>(work: () => Promise<T>): Promise<T | null> {
    try {
      return await work();
    } catch (error) {
      if (this.signal?.aborted && error instanceof MotherTongueError && error.name === 'Cancelled') return null;
      throw error;
    }
  }

  private async evaluate(evaluation: Evaluation, step: number): Promise<EvalMetrics> {
    for (const batch of evaluation.batches()) await this.programs.evaluate(batch);
    return { step, ...evaluation.metrics((await this.programs.stats()).batches) };
  }

  private check({ step, loss, grad_norm }: StepMetrics): void {
    if (Number.isFinite(loss) && Number.isFinite(grad_norm)) return;
    const what = Number.isFinite(loss) ? 'gradient norm' : 'loss';
    throw new DivergedError(
      `The ${what} of step ${step} is not a number, so training stopped; its adapter is as it was before that step. A lower learning_rate or a max_grad_norm of 1 usually mends it.`,
    );
  }
}

/** Answers on the slots of training: the two never run at the same time. What answers need is made here, so that what fails fails before the first step. */
async function worldOf(
  session: Session,
  prepared: PreparedRun,
  programs: TrainingPrograms,
  answering: Answering | undefined,
): Promise<World> {
  const speakers = speakersOf(prepared);
  if (speakers.length === 0) return { ...SILENT, programs };
  if (!answering) throw new Error('A method that answers was started without the text of its model and without judges.');
  const { text, judge, onAnswers, signal } = answering;
  const asked = new Map<SpeakerName, World['answer']>();
  for (const speaker of speakers) asked.set(speaker.of, await speak(session, speaker, programs, answering));
  return {
    answer: (prompts, sampling, of = 'adapter') => asked.get(of)!(prompts, sampling),
    judge: (rows, replies, at) => unlessCancelled(judge(rows, replies, at), signal, 'The step'),
    onAnswers,
    programs,
    text,
  };
}

async function speak(
  session: Session,
  { adapter, sizes, prefix }: Speaker,
  programs: TrainingPrograms,
  { text, signal }: Answering,
): Promise<World['answer']> {
  const generator = new Generator(session, prefix, programs.pool);
  const options = { adapter, sizes, block: BLOCK, batch: sizes.shape.rows, ...(signal && { signal }) };
  await generator.makeReady({ ...options, vocabulary_with_text: vocabularyWithText({ ...text, session }) });
  return async (prompts, sampling) => {
    const replies = await answer({ ...text, session, generator }, prompts, { ...options, sampling });
    throwIfCancelled(signal, 'The step'); // nothing is learned from answers that were broken off
    return replies;
  };
}

const SILENT: Omit<World, 'programs'> = {
  answer: () => Promise.reject(new Error('This method answers nothing.')),
  judge: () => Promise.reject(new Error('This method answers nothing.')),
  onAnswers: () => undefined,
  text: null,
};
