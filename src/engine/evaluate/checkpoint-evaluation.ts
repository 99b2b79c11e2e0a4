/**
 * Evaluations while a run goes on: a few questions of each language, each answered once and greedily by the adapter as it stands, and what they come to
 * as metrics of the run. Who answers, the page's engine or the headless verb, is theirs.
 */
import { stringsOf } from '../../lib/cross-lingual/index.ts';
import { languageCode } from '../../lib/language/index.ts';
import { distillationDefaults } from '../../protocol/distillation.ts';
import type { EvaluationSample, Question, QuestionSet } from '../../protocol/evaluation.ts';
import type { SamplingSettings } from '../../protocol/generation.ts';
import type { EvalMetrics, TrainingSettings } from '../../protocol/training.ts';
import { askedAsStudent } from '../batch/problem-prompts.ts';
import type { TextModel } from '../chat/open-text.ts';
import { promptOf } from '../chat/prompt.ts';
import { GREEDY, type Prompt, type Reply } from '../generate/answer.ts';
import { type GenerationSizes, generationShape, paddedPrompt } from '../generate/generator.ts';
import { reasoningOf as reasoningIn } from './asks.ts';
import { judgeReply } from './judge-reply.ts';
import { figuresOf } from './score.ts';

/** Rows that decode together; all batches are of one shape. */
export const EVALUATION_BATCH = 16;

/** The first questions of each language that have an answer to be scored by. */
export function chooseForRun({ questions }: Pick<QuestionSet, 'questions'>, { eval_questions = 0 }: TrainingSettings): Question[] {
  const counts = new Map<string, number>();
  return questions.filter(({ language, gold }) => {
    const count = counts.get(language) ?? 0;
    if (gold === null || count >= eval_questions) return false;
    counts.set(language, count + 1);
    return true;
  });
}

/** Asked now: at every `eval_steps` steps and at the end, and before the first step where that is wished. */
export function isDue(settings: TrainingSettings, evals: readonly EvalMetrics[], done: number, total: number): boolean {
  const { eval_steps, eval_on_start = false, eval_questions = 0 } = settings;
  if (eval_questions === 0 || evals.some(({ step, eval_accuracy }) => step === done && eval_accuracy !== undefined)) return false;
  if (done === 0) return eval_on_start;
  return done === total || (eval_steps > 0 && done % eval_steps === 0);
}

export function evaluationSampling({ eval_max_new_tokens = 256 }: TrainingSettings): SamplingSettings {
  return { ...GREEDY, max_new_tokens: eval_max_new_tokens };
}

/** Each question in its own language, unless its row states another. */
const reasoningOf = (question: Question): string | null => reasoningIn(question, { kind: 'question' });

/** `problems`: whether the run learns from problems in several languages. */
export function promptsOf(
  text: TextModel,
  questions: readonly Question[],
  settings: TrainingSettings,
  problems: boolean,
): Promise<Prompt[]> {
  const { date } = settings.encoding;
  return Promise.all(
    questions.map(async (question) => {
      const begun = asTrained(question, settings, problems);
      if (begun) return { ids: await promptOf(text, begun.conversation, { reasoning_language: null, date, opening: begun.opening }) };
      const conversation = { messages: [{ role: 'user' as const, content: question.question }] };
      return { ids: await promptOf(text, conversation, { reasoning_language: reasoningOf(question), date }) };
    }),
  );
}

/** In a language that the run distils, as its student is asked. Where none is named, `problems` are asked in all: those that the dataset has in several. */
function asTrained(
  { question, language }: Question,
  { method, distillation: chosen }: TrainingSettings,
  problems: boolean,
): ReturnType<typeof askedAsStudent> {
  const distillation = chosen ?? (method === 'distillation' ? distillationDefaults : null);
  if (!distillation) return null;
  const { target_languages: named } = distillation;
  const distilled = named.length === 0 ? problems : named.some((name) => stringsOf(name)?.language === languageCode(language));
  return distilled ? askedAsStudent(question, language, distillation) : null;
}

/** Of every batch of these prompts, so that programs are made once. */
export function evaluationSizes(prompts: readonly Prompt[], settings: TrainingSettings, positions: number): GenerationSizes {
  const rows = Math.min(EVALUATION_BATCH, prompts.length);
  const longest = Math.max(...prompts.map(({ ids }) => ids.length));
  const { max_new_tokens } = evaluationSampling(settings);
  return { shape: generationShape(rows, longest + max_new_tokens, max_new_tokens, positions), prompt: paddedPrompt(rows * longest) };
}

/** Answers of one batch; null: it was cut short, and the evaluation counts for nothing. */
export type AnswerBatch = (prompts: readonly Prompt[], sizes: GenerationSizes) => Promise<readonly Reply[] | null>;

export interface AskedOfRun {
  readonly questions: readonly Question[];
  readonly settings: TrainingSettings;
  /** Of the model. */
  readonly positions: number;
  /** As `promptsOf` has it. */
  readonly problems: boolean;
}

/** The metrics of one evaluation; null where it was cut short. */
export async function evaluateCheckpoint(
  text: TextModel,
  { questions, settings, positions, problems }: AskedOfRun,
  answer: AnswerBatch,
): Promise<Omit<EvalMetrics, 'step'> | null> {
  const prompts = await promptsOf(text, questions, settings, problems);
  const sizes = evaluationSizes(prompts, settings, positions);
  const among = [...new Set(questions.flatMap((question) => [question.language, reasoningOf(question) ?? '']))].filter((one) => one !== '');
  const samples: EvaluationSample[] = [];
  const { rows } = sizes.shape;
  for (let from = 0; from < prompts.length; from += rows) {
    // The last batch is filled up with its last prompt: one shape serves all.
    const batch = Array.from({ length: rows }, (_, i) => prompts[Math.min(from + i, prompts.length - 1)]!);
    const replies = await answer(batch, sizes);
    if (!replies) return null;
    for (const [i, question] of questions.slice(from, from + rows).entries()) {
      const { ids, thinking, content, stop, seconds } = replies[i]!;
      const reply = { column: '', sample: 0, thinking, answer: content, tokens: ids.length, seconds, stop };
      samples.push(await judgeReply(question, reply, { reasoning: reasoningOf(question), answer: null, among }));
    }
  }
  return metricsOf(samples);
}

function metricsOf(samples: readonly EvaluationSample[]): Omit<EvalMetrics, 'step'> {
  const { all, languages } = figuresOf(samples, []);
  const { avg, parsed, thought, tokens } = all;
  const named = Object.entries(languages).flatMap(([language, figures]): [string, number][] =>
    figures.avg.mean === null ? [] : [[`eval_accuracy/${language || 'unnamed'}`, figures.avg.mean]],
  );
  return {
    ...Object.fromEntries(named),
    ...(avg.mean !== null && { eval_accuracy: avg.mean }),
    ...(thought.share.mean !== null && { eval_adherence: thought.share.mean }),
    ...(parsed.mean !== null && { eval_format: parsed.mean }),
    ...(tokens.mean !== null && { eval_tokens: tokens.mean }),
  };
}

/** Of one step: what was measured of it before, with what is known now. */
export function withEvaluation(evals: EvalMetrics[], metrics: EvalMetrics): EvalMetrics {
  const last = evals.at(-1);
  const merged = last?.step === metrics.step ? { ...last, ...metrics } : metrics;
  if (merged === metrics) evals.push(merged);
  else evals[evals.length - 1] = merged;
  return merged;
}
