/** Evaluations as the page drives them: forecast, start, pause, go on; and the kept ones: figures, answers, comparing, export. */
import { MotherTongueError } from '../../lib/errors.ts';
import { formatInteger } from '../../lib/format.ts';
import { throwProblems } from '../../lib/problems.ts';
import type { EvaluationSample, Figures, QuestionSet } from '../../protocol/evaluation.ts';
import {
  ANSWER_FILTERS,
  type AnswersQuestion,
  BASE,
  type ColumnOf,
  type ComparedColumns,
  type EvaluationColumn,
  type EvaluationForecast,
  type EvaluationFormat,
  type EvaluationRecord,
  type EvaluationSettings,
  type EvaluationSummary,
  type EvaluationTable,
  evaluationProblems,
  ksOf,
  type ShownAnswers,
  summaryOf,
} from '../../protocol/evaluation-run.ts';
import { asksOf, chooseQuestions } from '../evaluate/asks.ts';
import { resultFile } from '../evaluate/result-files.ts';
import { promptsOf } from '../evaluate/run.ts';
import { lengthProblem } from '../generate/generator.ts';
import type { EngineState } from './engine-state.ts';
import { checkedName } from './kept-names.ts';
import { LiveEvaluation } from './live-evaluation.ts';
import { EVALUATION_LOCK, holding, isHeldElsewhere, pauseHeld } from './result-lock.ts';
import { refuseElsewhere } from './training-lock.ts';

/** All are in memory while they come. */
const MOST_ANSWERS = 50_000;
/** More prompts are not counted before a run; these stand for all. */
const MOST_COUNTED = 400;

function needQuestions(engine: EngineState): QuestionSet {
  if (engine.questions) return engine.questions;
  throw new MotherTongueError('StateError', 'No questions are chosen yet; choose a set on the Evaluate page.');
}

function checked(settings: EvaluationSettings): void {
  throwProblems('SettingsError', 'This evaluation cannot start', evaluationProblems(settings), 'Correct them and try again.');
}

async function columnsOf(engine: EngineState, ids: readonly string[]): Promise<EvaluationColumn[]> {
  const kept = new Map((await engine.shelf.list()).map(({ id, name }) => [id, name]));
  return [...new Set(ids)].map((id) => {
    if (id === BASE) return { id, label: 'Base' };
    const label = kept.get(id);
    if (label !== undefined) return { id, label };
    throw new MotherTongueError('AdapterError', 'A chosen adapter is not kept any more; choose the columns again.');
  });
}

export async function forecast(engine: EngineState, settings: EvaluationSettings): Promise<EvaluationForecast> {
  checked(settings);
  const text = engine.needText();
  const questions = chooseQuestions(needQuestions(engine).questions, settings);
  const answers = questions.length * settings.samples * settings.columns.length;
  const every = Math.max(1, Math.ceil(questions.length / MOST_COUNTED));
  const some = questions.filter((_, i) => i % every === 0);
  const prompts = [...(await promptsOf(text, some, settings)).values()];
  const mean = prompts.reduce((n, { length }) => n + length, 0) / Math.max(1, prompts.length);
  const { max_new_tokens } = settings.sampling;
  const rows = prompts.map((prompt) => ({ prompt, max_new_tokens }));
  return {
    answers,
    questions: questions.length,
    prompt_tokens: Math.round(mean * answers),
    most_tokens: answers * max_new_tokens,
    problem: rows.length > 0 ? lengthProblem(rows, text.positions) : null,
  };
}

/** Resolves when it is over, however it ended; the events say how. */
export async function evaluate(engine: EngineState, settings: EvaluationSettings): Promise<void> {
  checked(settings);
  const set = needQuestions(engine);
  const { session, hash } = engine.needModel();
  const questions = chooseQuestions(set.questions, settings);
  const answers = questions.length * settings.samples * settings.columns.length;
  if (answers > MOST_ANSWERS)
    throw new MotherTongueError(
      'SettingsError',
      `${formatInteger(answers)} answers are more than the ${formatInteger(MOST_ANSWERS)} of one evaluation; ask fewer questions, languages or samples.`,
    );
  if (questions.length === 0) throw new MotherTongueError('SettingsError', 'No question is in the chosen languages; choose others.');
  const columns = await columnsOf(engine, settings.columns);
  const now = new Date().toISOString();
  const record: EvaluationRecord = {
    id: `${now.replaceAll(/\D/g, '').slice(0, 17)}`,
    name: `${set.name} ${now.slice(0, 16).replace('T', ' ')}`,
    started: now,
    phase: 'running',
    set: { id: set.id, name: set.name },
    model: { name: session.name, hash },
    columns,
    settings,
    batch: 0,
    questions,
    total: asksOf(columns, questions, settings.samples).length,
    done: 0,
    tokens: 0,
    seconds: 0,
    bytes: 0,
  };
  await run(engine, record);
}

/** Goes on at the first answer that is missing. */
export async function goOn(engine: EngineState, id: string): Promise<void> {
  const record = await engine.evaluations.get(id);
  const { hash, session } = engine.needModel();
  if (record.model.hash !== hash)
    throw new MotherTongueError(
      'ModelError',
      `${record.name} evaluates ${record.model.name}, and ${session.name} is open; open ${record.model.name} to go on.`,
    );
  await run(engine, record);
}

async function run(engine: EngineState, record: EvaluationRecord): Promise<void> {
  refuseBusy(engine);
  await refuseElsewhere(engine);
  await holding(engine, EVALUATION_LOCK, async (pausing) => {
    const { evaluations } = engine;
    await evaluations.makeRoom(record);
    const live = new LiveEvaluation(engine, record, await evaluations.lines(record.id), await evaluations.writer(record.id), pausing);
    refuseBusy(engine);
    engine.evaluating = live;
    try {
      await live.toTheEnd();
      await evaluations.makeRoom(live.current); // what is under way cannot be deleted, so that none of it is erased here
    } finally {
      engine.evaluating = null;
      await report(engine);
    }
  });
}

function refuseBusy(engine: EngineState): void {
  if (engine.evaluating) throw new MotherTongueError('StateError', 'An evaluation is under way already; pause it first.');
  if (engine.run) throw new MotherTongueError('StateError', 'A run is under way; let it end, or stop it, before you evaluate.');
  if (engine.making) throw new MotherTongueError('StateError', 'Traces are being made; pause that before you evaluate.');
}

/** Resolves when what was under way is kept. */
export function pause(engine: EngineState): Promise<void> {
  return pauseHeld(engine, EVALUATION_LOCK);
}

/** For a page that was opened just now: what was deleted before cannot be had back any more. */
export async function listKept(engine: EngineState): Promise<EvaluationSummary[]> {
  await engine.evaluations.purge();
  return report(engine);
}

/** Tells the kept ones, by an event too. What no tab is at any more is paused, whatever its record says. */
export async function report(engine: EngineState): Promise<EvaluationSummary[]> {
  const busy = await isHeldElsewhere(engine, EVALUATION_LOCK);
  const records = await engine.evaluations.list();
  const evaluations = records.map((record) => {
    const live = engine.evaluating?.current;
    if (live?.id === record.id) return summaryOf(live);
    return summaryOf(record.phase === 'running' && !busy ? { ...record, phase: 'paused' } : record);
  });
  engine.emit({ type: 'evaluations', evaluations, room: engine.evaluations.room(records) });
  return evaluations;
}

async function opened(engine: EngineState, id: string): Promise<{ record: EvaluationRecord; samples: readonly EvaluationSample[] }> {
  const live = engine.evaluating;
  if (live?.current.id === id) return { record: live.current, samples: [...live.lines] };
  const record = await engine.evaluations.get(id);
  const samples = await engine.evaluations.lines(id);
  const phase = record.phase === 'running' ? 'paused' : record.phase;
  return { record: { ...record, phase, done: samples.length }, samples };
}

/** Also of one under way: the figures of the answers that there are. */
export async function tableOf(engine: EngineState, id: string): Promise<EvaluationTable> {
  const { record, samples } = await opened(engine, id);
  const own = record.columns.map((column) => samples.filter((sample) => sample.column === column.id));
  const figures = await engine.judging.figures(own, ksOf(record.settings.samples));
  return { record, columns: record.columns.map((column, i) => ({ ...column, figures: figures[i]! })) };
}

export async function answersOf(
  engine: EngineState,
  { evaluation, column, language, filter, from, count }: AnswersQuestion,
): Promise<ShownAnswers> {
  const { record, samples } = await opened(engine, evaluation);
  const passes = ANSWER_FILTERS[filter];
  const asked = new Map(record.questions.map((question, at) => [JSON.stringify([question.language, question.id]), { question, at }]));
  const found = samples
    .filter((sample) => sample.column === column && (language === null || sample.language === language) && passes(sample))
    .flatMap((sample) => {
      const of = asked.get(JSON.stringify([sample.language, sample.question]));
      return of ? [{ sample, ...of }] : [];
    })
    .sort((one, other) => one.at - other.at || one.sample.sample - other.sample.sample);
  return {
    total: found.length,
    answers: found.slice(from, from + count).map(({ sample, question: { id, language, question, gold, row, file } }) => ({
      sample,
      question: { id, language, question, gold, row, file },
    })),
  };
}

/** Question by question, also of two results. */
export async function compareColumns(engine: EngineState, first: ColumnOf, second: ColumnOf): Promise<ComparedColumns> {
  const figuresOf = async ({ evaluation, column }: ColumnOf): Promise<{ label: string; figures: Figures }> => {
    const { record, samples } = await opened(engine, evaluation);
    const [figures] = await engine.judging.figures([samples.filter((sample) => sample.column === column)], []);
    return { label: record.columns.find(({ id }) => id === column)?.label ?? column, figures: figures! };
  };
  const [one, other] = [await figuresOf(first), await figuresOf(second)];
  return { ...(await engine.judging.paired(other.figures, one.figures)), first: one.label, second: other.label };
}

export async function exportResult(engine: EngineState, id: string, format: EvaluationFormat): Promise<Blob> {
  const { samples } = await opened(engine, id);
  return resultFile(format, await tableOf(engine, id), samples);
}

export async function rename(engine: EngineState, id: string, text: string): Promise<void> {
  const name = checkedName(text);
  refuseLive(engine, id, 'renaming it');
  await engine.evaluations.put({ ...(await engine.evaluations.get(id)), name });
  await report(engine);
}

/** Can be had back until the page is opened anew. */
export async function remove(engine: EngineState, id: string): Promise<void> {
  refuseLive(engine, id, 'deleting it');
  await engine.evaluations.delete(id);
  await report(engine);
}

export async function haveBack(engine: EngineState, id: string): Promise<void> {
  await engine.evaluations.undelete(id);
  await report(engine);
}

function refuseLive(engine: EngineState, id: string, what: string): void {
  if (engine.evaluating?.current.id === id)
    throw new MotherTongueError('StateError', `This evaluation is under way; pause it before ${what}.`);
}
