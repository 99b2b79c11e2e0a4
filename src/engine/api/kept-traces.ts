/** Sets of traces that are kept: lists, what became of each trace, another choice among them, opening as the dataset, export, names. */
import { MotherTongueError } from '../../lib/errors.ts';
import { throwProblems } from '../../lib/problems.ts';
import type { DatasetSummary } from '../../protocol/dataset.ts';
import { traceClauses } from '../../protocol/trace-settings.ts';
import {
  type JudgedTrace,
  passesFilter,
  type ReasoningTrace,
  type ShownTrace,
  type ShownTraces,
  type TraceChoice,
  type TraceExport,
  type TraceRecord,
  type TracesQuestion,
} from '../../protocol/traces.ts';
import { promptIds } from '../batch/prompt-rows.ts';
import { withOwnLanguages } from '../chat/asked-languages.ts';
import { countsOf, select } from '../traces/select.ts';
import { traceLines } from '../traces/trace-lines.ts';
import type { TraceRow } from '../traces/trace-rows.ts';
import { readDataset } from './data.ts';
import type { EngineState } from './engine-state.ts';
import { checkedName } from './kept-names.ts';
import { isHeldElsewhere, TRACES_LOCK } from './result-lock.ts';

/** Shown at once. */
const MOST_SHOWN = 200;

/** For a page that was opened just now: what was deleted before cannot be had back any more. */
export async function listTraces(engine: EngineState): Promise<TraceRecord[]> {
  await engine.traces.purge();
  return reportTraces(engine);
}

/** Tells the kept ones, by an event too. What no tab is at any more is paused, whatever its record says. */
export async function reportTraces(engine: EngineState): Promise<TraceRecord[]> {
  const busy = await isHeldElsewhere(engine, TRACES_LOCK);
  const records = await engine.traces.list();
  const sets = records.map((record) => {
    const live = engine.making?.current;
    if (live?.id === record.id) return live;
    return record.phase === 'running' && !busy ? { ...record, phase: 'paused' as const } : record;
  });
  engine.emit({ type: 'trace-sets', sets, room: engine.traces.room(records) });
  return sets;
}

interface Opened {
  readonly record: TraceRecord;
  readonly judged: readonly JudgedTrace[];
  readonly rows: readonly TraceRow[];
}

async function opened(engine: EngineState, id: string): Promise<Opened> {
  const live = engine.making;
  if (live?.current.id === id) {
    const record = live.current;
    return { record, judged: select(live.lines, record.settings), rows: live.rows };
  }
  const record = await engine.traces.get(id);
  const traces = await engine.traces.lines(id);
  return { record: withTraces(record, traces), judged: select(traces, record.settings), rows: await engine.traces.rows(id) };
}

/** As the traces are, whatever a crash left of the record. */
function withTraces(record: TraceRecord, traces: readonly ReasoningTrace[]): TraceRecord {
  const phase = record.phase === 'running' ? 'paused' : record.phase;
  return { ...record, phase, done: traces.length, ...countsOf(select(traces, record.settings)) };
}

export async function shownTraces(engine: EngineState, { id, filter, language, from, count }: TracesQuestion): Promise<ShownTraces> {
  const { record, judged, rows } = await opened(engine, id);
  const found = judged.filter((trace) => passesFilter(trace, filter) && (language === null || (trace.language ?? '') === language));
  const byNumber = new Map(rows.map((row) => [row.row, row]));
  const some = found.slice(from, from + Math.min(count, MOST_SHOWN));
  return { total: found.length, traces: await Promise.all(some.map((trace) => shown(engine, record, trace, byNumber.get(trace.row)))) };
}

async function shown(
  engine: EngineState,
  { settings, generator }: TraceRecord,
  trace: JudgedTrace,
  row: TraceRow | undefined,
): Promise<ShownTrace> {
  if (!row) return { trace, messages: [], prompt: null };
  const { messages } = withOwnLanguages(row.asked, settings.encoding);
  const { model } = engine;
  if (!model || model.hash !== generator.model.hash) return { trace, messages, prompt: null };
  const ids = await promptIds(row, settings.encoding, model);
  return { trace, messages, prompt: { text: model.tokenizer.decode([...ids]), tokens: ids.length } };
}

/** Chooses anew among the traces that there are; nothing is made. */
export async function reselectTraces(engine: EngineState, id: string, choice: TraceChoice): Promise<TraceRecord> {
  refuseLive(engine, id, 'choosing anew');
  const record = await engine.traces.get(id);
  const { keep, most_per_language, choice_seed } = choice;
  const settings = { ...record.settings, keep, most_per_language, choice_seed };
  throwProblems('SettingsError', 'These traces cannot be chosen', traceClauses(settings), 'Correct them and try again.');
  const changed = withTraces({ ...record, settings }, await engine.traces.lines(id));
  await engine.traces.put(changed);
  await reportTraces(engine);
  return changed;
}

export async function exportTraces(engine: EngineState, id: string, what: TraceExport): Promise<Blob> {
  const { record, judged, rows } = await opened(engine, id);
  return new Blob([traceLines(judged, rows, record, what)], { type: 'application/jsonl' });
}

export async function openTraces(engine: EngineState, id: string): Promise<DatasetSummary> {
  const { record, judged, rows } = await opened(engine, id);
  const lines = traceLines(judged, rows, record, 'dataset');
  if (lines === '')
    throw new MotherTongueError(
      'DatasetError',
      `No trace of ${record.name} is kept, so there is no dataset to open; look at why they are left out.`,
    );
  return readDataset(engine, { kind: 'file', file: new Blob([lines]), name: `${record.name}.jsonl` });
}

export async function renameTraces(engine: EngineState, id: string, text: string): Promise<void> {
  const name = checkedName(text);
  refuseLive(engine, id, 'renaming it');
  await engine.traces.put({ ...(await engine.traces.get(id)), name });
  await reportTraces(engine);
}

/** Can be had back until the page is opened anew. */
export async function deleteTraces(engine: EngineState, id: string): Promise<void> {
  refuseLive(engine, id, 'deleting it');
  await engine.traces.delete(id);
  await reportTraces(engine);
}

export async function undeleteTraces(engine: EngineState, id: string): Promise<void> {
  await engine.traces.undelete(id);
  await reportTraces(engine);
}

function refuseLive(engine: EngineState, id: string, what: string): void {
  if (engine.making?.current.id === id) throw new MotherTongueError('StateError', `This set is being made; pause it before ${what}.`);
}
