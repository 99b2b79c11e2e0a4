/** Evaluations of `train` while it goes on: its questions, the adapter of the best evaluation, and whether the run has had enough. */
import { type AdapterLayout, downloadAdapter } from '../engine/adapters/lora.ts';
import type { TextModel } from '../engine/chat/open-text.ts';
import { chooseForRun, evaluateCheckpoint, evaluationSampling, isDue, withEvaluation } from '../engine/evaluate/checkpoint-evaluation.ts';
import { readQuestionFiles } from '../engine/evaluate/read-questions.ts';
import type { AdapterTensors } from '../engine/files/adapter-plan.ts';
import { answer } from '../engine/generate/answer.ts';
import { Generator } from '../engine/generate/generator.ts';
import { positionsOf } from '../engine/models/rope.ts';
import type { Session } from '../engine/models/session.ts';
import { MotherTongueError } from '../lib/errors.ts';
import { bestEvaluation, earlyStop, seeksBest } from '../protocol/best-evaluation.ts';
import type { Question } from '../protocol/evaluation.ts';
import type { EvalMetrics, TrainingSettings } from '../protocol/training.ts';
import { readBytes } from './json-files.ts';
import type { RunConfig } from './run-config.ts';
import type { Runner } from './runner.ts';

/** Ids after which rows that have ended leave the batch. */
const BLOCK = 16;

export class RunEvaluation {
  /** Why the run ended before its last step, as the rest of a sentence. */
  early: string | null = null;
  /** Whether the run learns from problems in several languages. */
  problems = false;
  private readonly evals: EvalMetrics[] = [];
  private best: { readonly step: number; readonly tensors: AdapterTensors } | null = null;

  private constructor(
    private readonly session: Session,
    private readonly settings: TrainingSettings,
    private readonly asked: { readonly text: TextModel; readonly questions: readonly Question[] } | null,
    private readonly runner: Runner,
  ) {}

  static async open(
    session: Session,
    { settings, questions: paths, path }: RunConfig,
    text: () => Promise<TextModel>,
    runner: Runner,
  ): Promise<RunEvaluation> {
    if (paths.length === 0) return new RunEvaluation(session, settings, null, runner);
    // Folders above say nothing of the language.
    const files = paths.map((name) => ({ path: name.split(/[/\\]/).slice(-2).join('/'), blob: new Blob([readBytes(name)]) }));
    const set = await readQuestionFiles(files, paths.join(', '));
    for (const problem of set.problems) runner.note(`${problem.file}: ${problem.text}`);
    const questions = chooseForRun(set, settings);
    if (questions.length === 0)
      throw new MotherTongueError(
        'DatasetError',
        `${path}: none of its questions has an answer to be scored by; check the columns of ${paths.join(', ')}.`,
      );
    return new RunEvaluation(session, settings, { text: await text(), questions }, runner);
  }

  /** What was measured of a step by others. */
  take(metrics: EvalMetrics): void {
    withEvaluation(this.evals, metrics);
  }

  /** After `done` steps; false ends the run. */
  async after(done: number, total: number, layout: AdapterLayout, write: (record: object) => void): Promise<boolean> {
    const { settings, evals } = this;
    if (this.asked && isDue(settings, evals, done, total)) {
      const metrics = await this.evaluate(layout);
      if (!metrics) return false;
      this.take({ step: done, ...metrics });
      write({ step: done, ...metrics });
      this.runner.note(
        `step ${done}/${total}  right ${percent(metrics.eval_accuracy)}  in the language ${percent(metrics.eval_adherence)}`,
      );
    }
    if (!seeksBest(settings) || evals.at(-1)?.step !== done) return true;
    if (bestEvaluation(evals, settings)?.step === done)
      this.best = { step: done, tensors: await downloadAdapter(this.session.store, layout) };
    this.early = done < total ? earlyStop(evals, settings) : null;
    return this.early === null;
  }

  /** The adapter that the run ends with, and that of its best evaluation where it is another. */
  chosen(last: AdapterTensors, done: number): { adapter: AdapterTensors; best: AdapterTensors | null } {
    const { best, settings } = this;
    if (!best || best.step === done) return { adapter: last, best: null };
    return settings.load_best_model_at_end ? { adapter: best.tensors, best: null } : { adapter: last, best: best.tensors };
  }

  private async evaluate(layout: AdapterLayout): Promise<Omit<EvalMetrics, 'step'> | null> {
    const { session, settings, runner, problems } = this;
    const { text, questions } = this.asked!;
    const positions = positionsOf(session.config);
    const sampling = evaluationSampling(settings);
    const generator = new Generator(session);
    try {
      return await evaluateCheckpoint(text, { questions, settings, positions, problems }, async (prompts, sizes) => {
        const options = { sampling, sizes, block: BLOCK, adapter: layout, signal: runner.signal };
        return runner.signal.aborted ? null : answer({ ...text, session, generator }, prompts, options);
      });
    } finally {
      generator.free();
    }
  }
}

const percent = (share: number | undefined): string => (share === undefined ? '-' : `${(100 * share).toFixed(1)} %`);
