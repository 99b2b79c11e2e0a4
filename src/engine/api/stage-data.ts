/**
 * The rows of a stage as a file: parts of the dataset that was open when the plan began, and traces that earlier stages kept, mixed. It follows from these and
 * the plan alone, so that a run that was stopped finds the same bytes again. Rows of the dataset alone keep their columns; beside traces they are conversations
 * as traces are.
 */
import { throwIfCancelled } from '../../lib/cancel.ts';
import { MotherTongueError } from '../../lib/errors.ts';
import { jsonText } from '../../lib/json-text.ts';
import type { Message } from '../../protocol/conversation.ts';
import type { ColumnMapping } from '../../protocol/dataset.ts';
import type { DataPart, PlanRecord, Stage } from '../../protocol/stages.ts';
import { codeOf } from '../batch/problem-rows.ts';
import { goldOf } from '../batch/prompt-rows.ts';
import { type Dataset, openDataset } from '../data/dataset.ts';
import type { Row } from '../data/fields.ts';
import { isMeant, mixed, type RowLanguages, stageRows } from '../data/parts.ts';
import type { ProblemColumns } from '../data/problem-columns.ts';
import { nameOfLanguage, readProblems } from '../data/read-problems.ts';
import type { DatasetRow } from '../data/to-conversation.ts';
import { rewardColumns } from '../traces/trace-lines.ts';
import type { EngineState, OpenDataset } from './engine-state.ts';
import { foreignReaders } from './reading.ts';
import { keptTraceLines } from './stage-traces.ts';

export interface StageFile {
  readonly name: string;
  readonly blob: Blob;
  readonly mapping: ColumnMapping | undefined;
}

/** The dataset of before the plan, as a file that can be read again. */
export interface OwnData extends StageFile {
  readonly hash: string;
}

export function ownData({ dataset, blob, mapping, hash }: OpenDataset): OwnData {
  return { name: dataset.name, blob, mapping, hash };
}

/** Tasks under which rows are mixed: of a plan that runs and of one that is exported, which may be at once. */
type MixingTask = 'stage-data' | 'export-rows';

/** The whole dataset is its own file; everything else is made. */
export async function stageFile(
  engine: EngineState,
  record: PlanRecord,
  number: number,
  own: OwnData,
  task: MixingTask = 'stage-data',
): Promise<StageFile> {
  const { data } = stageAt(record, number);
  return isWhole(data)
    ? own
    : engine.task(task, `Mixing the rows of stage ${number}`, 'rows', (signal) => compose(engine, record, number, own, signal));
}

function stageAt({ plan }: PlanRecord, number: number): Stage {
  return plan.stages[number - 1]!;
}

function isWhole([part, ...others]: readonly DataPart[]): boolean {
  const { of, rows, languages, but } = part!;
  return others.length === 0 && of === 'dataset' && rows === undefined && languages === undefined && but === undefined;
}

async function compose(engine: EngineState, record: PlanRecord, number: number, own: OwnData, signal: AbortSignal): Promise<StageFile> {
  const { data } = stageAt(record, number);
  const traced = data.filter((part): part is DataPart & { of: number } => part.of !== 'dataset');
  const lines: string[][] = [];
  if (traced.length < data.length) lines.push(await datasetLines(engine, record, number, own, traced.length > 0, signal));
  for (const part of traced) lines.push(await traceLines(engine, record, part));
  const rows = mixed(lines, record.plan.choice_seed);
  if (rows.length === 0)
    throw new MotherTongueError(
      'DatasetError',
      `Stage ${number}, ${stageAt(record, number).name}, has no rows; change its data, or the stage before it.`,
    );
  const name = `${own.name.replace(/\.\w+$/, '')}, stage ${number}.jsonl`;
  const mapping = traced.length > 0 ? undefined : own.mapping;
  return { name, mapping, blob: new Blob(rows.map((row) => `${row}\n`)) };
}

async function traceLines(engine: EngineState, { plan, stages }: PlanRecord, part: DataPart & { of: number }): Promise<string[]> {
  const set = stages[part.of - 1]?.traces;
  if (set === undefined) throw new MotherTongueError('StateError', `Stage ${part.of} has kept no traces yet; run it first.`);
  const lines = (await keptTraceLines(engine, set)).filter((line) => isMeant(languageOf(line), part));
  return chosenOf(lines, part, plan.choice_seed);
}

/** Of written traces too, every language in proportion. */
function chosenOf(lines: readonly string[], part: DataPart, seed: number): string[] {
  const stage = { data: [{ of: 'dataset' as const, ...(part.rows !== undefined && { rows: part.rows }) }] } as Stage; // of a stage its parts are read alone
  const languages = lines.map(languageOf);
  return stageRows([stage], 1, () => languages, seed).map((at) => lines[at]!);
}

function languageOf(line: string): string {
  const { reasoning_language } = JSON.parse(line) as { reasoning_language?: string | null }; // our own writing
  return reasoning_language ?? '';
}

async function datasetLines(
  engine: EngineState,
  { plan }: PlanRecord,
  number: number,
  own: OwnData,
  asConversations: boolean,
  signal: AbortSignal,
): Promise<string[]> {
  const { name, blob, mapping } = own;
  const dataset = await openDataset(blob, name, { mapping, signal, foreign: foreignReaders(engine.places, signal, () => undefined) });
  try {
    const languages = await languagesOf(dataset, signal);
    const oneEach = dataset.problems?.own !== undefined;
    const ofStage = (stage: Stage): RowLanguages => (oneEach ? targeted(languages.taught, stage) : null) ?? languages[purposeOf(stage)];
    const wanted = stageRows(plan.stages, number, ofStage, plan.choice_seed);
    return await linesOf(dataset, new Set(wanted), asConversations, signal);
  } finally {
    dataset.close();
  }
}

/** What a stage does with a row: learn from its answer, ask it, or put it to a teacher beside. */
type Purpose = 'learned' | 'asked' | 'taught';

function purposeOf({ kind, settings }: Stage): Purpose {
  if (kind === 'distillation' || 'distillation' in settings) return 'taught';
  return kind === 'sft' ? 'learned' : 'asked';
}

/** Of rows with a problem in one language each, a teacher gets those in the target languages alone; null: all are. */
function targeted(languages: RowLanguages, { settings }: Stage): RowLanguages | null {
  const targets = 'distillation' in settings ? (settings.distillation?.target_languages ?? []) : [];
  if (targets.length === 0) return null;
  const names = new Set(targets.map((target) => nameOfLanguage(codeOf(target))));
  return languages.map((language) => (language !== null && names.has(language) ? language : null));
}

async function languagesOf(dataset: Dataset, signal: AbortSignal): Promise<Record<Purpose, RowLanguages>> {
  const found: Record<Purpose, (string | null)[]> = { learned: [], asked: [], taught: [] };
  for await (const { rows } of dataset.pieces({ signal }))
    for (const row of rows)
      for (const purpose of ['learned', 'asked', 'taught'] as const) found[purpose].push(languageIn(dataset, row, purpose));
  return found;
}

/** What can be learned from has an answer; what is only asked needs none; problems are found in columns of their own. */
function languageIn({ problems }: Dataset, { conversation, unanswered, raw }: DatasetRow, purpose: Purpose): string | null {
  if (purpose === 'taught' && problems) return raw === undefined ? null : problemLanguage(raw, problems);
  const found = conversation ?? (purpose === 'learned' ? null : unanswered);
  return found ? (found.reasoning_language ?? '') : null;
}

/** A row of one language asks for it; one that has a problem in several asks for none of them alone. */
function problemLanguage(raw: Row, columns: ProblemColumns): string | null {
  const [first] = readProblems(raw, columns, null).filter((one) => 'text' in one);
  return first ? (columns.own ? nameOfLanguage(first.language) : '') : null;
}

async function linesOf(dataset: Dataset, wanted: ReadonlySet<number>, asConversations: boolean, signal: AbortSignal): Promise<string[]> {
  const lines: string[] = [];
  for await (const { first, rows } of dataset.pieces({ signal })) {
    throwIfCancelled(signal, `Reading ${dataset.name}`);
    for (const [i, row] of rows.entries())
      if (wanted.has(first + i)) lines.push(jsonText(asConversations ? conversationRow(row) : row.raw, 0));
  }
  return lines;
}

function conversationRow({ conversation, unanswered, raw = {} }: DatasetRow): Record<string, unknown> {
  const { messages, tools, reasoning_language = null, answer_language } = (conversation ?? unanswered)!; // rows without one are not wanted
  const gold = goldOf(raw);
  return {
    messages: messages.map(messageRow),
    reasoning_language,
    ...(answer_language !== undefined && { answer_language }),
    ...(gold !== null && { gold }),
    ...(tools && { tools }),
    ...rewardColumns(raw),
  };
}

/** As messages.ts reads it again. */
function messageRow({ tool_calls, parts, trains, content, ...message }: Message): Record<string, unknown> {
  const calls = tool_calls?.map(({ arguments_text, arguments: given, ...call }) => ({ ...call, arguments: arguments_text ?? given }));
  return {
    ...message,
    ...(content !== undefined && { content: parts ? parts.map((text) => ({ type: 'text', text })) : content }),
    ...(calls && { tool_calls: calls }),
    ...(trains === false && { weight: 0 }),
  };
}
