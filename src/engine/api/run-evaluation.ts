/** Evaluations of a run on the page: its questions, their memory, and the answers, given between two steps in batches that others may come between. */
import { MotherTongueError } from '../../lib/errors.ts';
import type { Question } from '../../protocol/evaluation.ts';
import type { EvalMetrics, RunRecord, TrainingSettings } from '../../protocol/training.ts';
import { chooseForRun, evaluateCheckpoint, evaluationSampling, evaluationSizes, promptsOf } from '../evaluate/checkpoint-evaluation.ts';
import { type GenerationSizes, lengthProblem } from '../generate/generator.ts';
import { positionsOf } from '../models/rope.ts';
import { answerLocked } from './asking.ts';
import type { EngineState } from './engine-state.ts';

/** Ids after which rows that have ended leave the batch. */
const BLOCK = 16;

/** What a run with these settings would ask; those of the run under way are its own. Throws where they cannot be asked. */
export function questionsOf({ run, questions }: EngineState, settings: TrainingSettings): Question[] {
  const { eval_questions = 0 } = settings;
  if (eval_questions === 0) return [];
  const chosen =
    run?.record.settings === settings && run.record.questions ? run.record.questions : questions && chooseForRun(questions, settings);
  if (chosen && chosen.length > 0) return chosen;
  const why = chosen ? 'none of the chosen questions has an answer to be scored by' : 'no questions are chosen';
  throw new MotherTongueError(
    'SettingsError',
    `eval_questions is ${eval_questions} and ${why}; choose a set under Evaluate, or set eval_questions to 0.`,
  );
}

/** What the generator makes for them; null: none are asked. Throws where the model has no room for an answer. */
export async function evaluationSizesOf(engine: EngineState, settings: TrainingSettings): Promise<GenerationSizes | null> {
  const questions = questionsOf(engine, settings);
  if (questions.length === 0) return null;
  const model = engine.needModel();
  const limit = positionsOf(model.session.config);
  const prompts = await promptsOf(model, questions, settings, problemsIn(engine));
  const { max_new_tokens } = evaluationSampling(settings);
  const problem = lengthProblem(
    prompts.map(({ ids: prompt }) => ({ prompt, max_new_tokens })),
    limit,
  );
  if (problem) throw new MotherTongueError('SettingsError', problem.replaceAll('max_new_tokens', 'eval_max_new_tokens'));
  return evaluationSizes(prompts, settings, limit);
}

/** Null where the signal cut it short. */
export async function evaluateRun(
  engine: EngineState,
  { settings, questions = [] }: RunRecord,
  step: number,
  signal: AbortSignal,
): Promise<EvalMetrics | null> {
  const model = engine.needModel();
  const sampling = evaluationSampling(settings);
  const positions = positionsOf(model.session.config);
  const metrics = await evaluateCheckpoint(
    model,
    { questions, settings, positions, problems: problemsIn(engine) },
    async (prompts, sizes) => {
      if (signal.aborted) return null;
      const asked = prompts.map((prompt) => ({ ...prompt, by: 'adapter' }));
      const replies = await answerLocked(engine, asked, { sampling, sizes, block: BLOCK, signal });
      return signal.aborted || replies.some(({ stop }) => stop === 'cancelled') ? null : replies;
    },
  );
  return metrics && { step, ...metrics };
}

/** In several languages. */
const problemsIn = ({ data }: EngineState): boolean => (data?.dataset.problems ?? null) !== null;
