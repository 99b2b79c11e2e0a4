/** Rejection sampling as the page drives it: forecast, start, pause, go on. What was made is kept-traces.ts. */
import { MotherTongueError } from '../../lib/errors.ts';
import { formatInteger } from '../../lib/format.ts';
import { throwProblems } from '../../lib/problems.ts';
import { traceClauses } from '../../protocol/trace-settings.ts';
import { BASE, PEER, type TraceForecast, type TraceGenerator, type TraceRecord, type TraceSettings } from '../../protocol/traces.ts';
import type { TextModel } from '../chat/open-text.ts';
import { lengthProblem } from '../generate/generator.ts';
import type { Peer } from '../peer/peer.ts';
import { tracePrompts } from '../traces/make.ts';
import { type FoundRows, type TraceRow, traceRows } from '../traces/trace-rows.ts';
import { needModelOf, openedMeanwhile } from './answerers.ts';
import type { EngineState } from './engine-state.ts';
import { reportTraces } from './kept-traces.ts';
import { LiveTraces } from './live-traces.ts';
import { holding, pauseHeld, TRACES_LOCK } from './result-lock.ts';
import { refuseElsewhere } from './training-lock.ts';

/** All are in memory while they come. */
const MOST_TRACES = 50_000;
/** More prompts are not counted before they are asked; these stand for all. */
const MOST_COUNTED = 400;

function checked(settings: TraceSettings): void {
  throwProblems('SettingsError', 'These traces cannot be made', traceClauses(settings), 'Correct them and try again.');
}

export async function forecastTraces(engine: EngineState, settings: TraceSettings): Promise<TraceForecast> {
  checked(settings);
  const { dataset } = engine.needData();
  const found = await engine.task('traces-forecast', 'Reading rows', 'rows', (signal) => traceRows(dataset, settings, signal));
  const { rows, unverifiable, unread } = found;
  const traces = rows.length * settings.num_return_sequences;
  const { max_new_tokens } = settings.sampling;
  const text = settings.generator === PEER ? null : engine.needText();
  const every = Math.max(1, Math.ceil(rows.length / MOST_COUNTED));
  const some = rows.filter((_, i) => i % every === 0);
  const lengths = text === null ? null : [...(await tracePrompts(text, some, settings.encoding)).values()].map(({ length }) => length);
  const fitting = lengths?.filter((length) => length + max_new_tokens <= text!.positions) ?? null;
  const mean = fitting && fitting.reduce((n, length) => n + length, 0) / Math.max(1, fitting.length);
  return {
    rows: rows.length,
    traces,
    unverifiable,
    unread: unread + (lengths && fitting ? (lengths.length - fitting.length) * every : 0),
    languages: languagesOf(rows),
    prompt_tokens: mean === null ? null : Math.round(mean * traces),
    most_tokens: traces * max_new_tokens,
    problem: problemOf(found, traces) ?? (fitting?.length === 0 ? tooLong(lengths!, max_new_tokens, text!.positions) : null),
  };
}

function languagesOf(rows: readonly TraceRow[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { reasoning_language } of rows) counts[reasoning_language ?? ''] = (counts[reasoning_language ?? ''] ?? 0) + 1;
  return counts;
}

function problemOf({ rows, unverifiable }: FoundRows, traces: number): string | null {
  if (rows.length === 0)
    return unverifiable > 0
      ? 'No row has a right answer that can be read; choose rewards that need none, or other data.'
      : 'No row of the dataset can be asked; choose other languages or other data.';
  if (traces > MOST_TRACES)
    return `${formatInteger(traces)} traces are more than the ${formatInteger(MOST_TRACES)} of one set; ask fewer rows, or fewer answers to each.`;
  return null;
}

function tooLong(lengths: readonly number[], max_new_tokens: number, positions: number): string | null {
  return lengthProblem(
    lengths.map((length) => ({ prompt: new Uint32Array(length), max_new_tokens })),
    positions,
  );
}

/**
 * Resolves with its id when it is over, however it ended; the events say how. `begun` is called before the first trace, when the set is kept; `signal`
 * pauses it, also where it is aborted before there is anything to pause.
 */
export async function makeTraces(
  engine: EngineState,
  settings: TraceSettings,
  begun: (id: string) => Promise<void> = async () => {},
  signal?: AbortSignal,
): Promise<string> {
  checked(settings);
  refuseBusy(engine);
  const { plan } = engine;
  const { dataset, hash } = engine.needData();
  const generator = await generatorOf(engine, settings.generator);
  const rows = await engine.task('traces', 'Reading rows', 'rows', async (signal) => {
    const found = await traceRows(dataset, settings, signal);
    const fitting = settings.generator === PEER ? found.rows : await thatFit(engine.needText(), found.rows, settings, signal);
    const problem = problemOf({ ...found, rows: fitting }, fitting.length * settings.num_return_sequences);
    if (problem) throw new MotherTongueError('SettingsError', problem);
    return fitting;
  });
  const now = new Date().toISOString();
  const record: TraceRecord = {
    ...{ id: now.replaceAll(/\D/g, '').slice(0, 17), name: `${dataset.name} ${now.slice(0, 16).replace('T', ' ')}`, started: now },
    ...{ phase: 'running', dataset: { name: dataset.name, hash }, generator, settings, batch: 0, rows: rows.length },
    ...{ total: rows.length * settings.num_return_sequences, done: 0, kept: 0, reasons: {}, suspicious: 0, languages: {} },
    ...{ tokens: 0, seconds: 0, bytes: 0 },
  };
  const keep = async (): Promise<TraceRecord> => {
    const kept = { ...record, bytes: await engine.traces.putRows(record.id, rows) };
    await engine.traces.put(kept);
    await begun(record.id);
    return kept;
  };
  await run(engine, record, plan, keep, signal);
  return record.id;
}

/** Rows whose prompt leaves a place for the longest answer. */
async function thatFit(
  text: TextModel & { readonly positions: number },
  rows: readonly TraceRow[],
  { encoding, sampling }: TraceSettings,
  signal: AbortSignal,
): Promise<TraceRow[]> {
  const prompts = await tracePrompts(text, rows, encoding, signal);
  const lengths = [...prompts.values()].map(({ length }) => length);
  const fitting = rows.filter(({ row }) => prompts.get(row)!.length + sampling.max_new_tokens <= text.positions);
  const problem = fitting.length === 0 && rows.length > 0 ? tooLong(lengths, sampling.max_new_tokens, text.positions) : null;
  if (problem) throw new MotherTongueError('SettingsError', problem);
  return fitting;
}

function needPeer({ peer }: EngineState): Peer {
  if (peer) return peer;
  throw new MotherTongueError('StateError', 'No ONNX model is loaded; load one on the Compare page.');
}

async function generatorOf(engine: EngineState, generator: string): Promise<TraceGenerator> {
  if (generator === PEER) {
    const { name } = needPeer(engine);
    return { kind: 'peer', label: name, model: { name, hash: null }, adapter: null };
  }
  const { session, hash } = engine.needModel();
  const model = { name: session.name, hash };
  if (generator === BASE) return { kind: 'base', label: session.name, model, adapter: null };
  const entry = (await engine.shelf.list()).find(({ id }) => id === generator);
  if (!entry?.record) throw new MotherTongueError('AdapterError', 'The chosen adapter is not kept any more; choose who answers again.');
  const { name, record } = entry;
  if (record.model.hash !== hash)
    throw new MotherTongueError(
      'AdapterError',
      `${name} belongs to ${record.model.name}, and ${session.name} is open; open ${record.model.name}.`,
    );
  return { kind: 'adapter', label: name, model, adapter: { id: generator, name, hash: record.hash } };
}

/** Makes what is missing, by the same seeds; `signal` as of `makeTraces`. */
export async function continueTraces(engine: EngineState, id: string, signal?: AbortSignal): Promise<void> {
  const { plan } = engine;
  const record = await engine.traces.get(id);
  const { kind, adapter, model } = record.generator;
  const now = await generatorOf(engine, kind === 'peer' ? PEER : BASE);
  if (now.model.name !== model.name || now.model.hash !== model.hash) {
    const where = kind === 'peer' ? 'load it on the Compare page' : 'open it';
    throw new MotherTongueError(
      'ModelError',
      `${record.name} was made by ${model.name}, and ${now.model.name} is open; ${where} to go on.`,
    );
  }
  if (adapter) {
    const standing = await generatorOf(engine, adapter.id);
    if (standing.adapter?.hash !== adapter.hash)
      throw new MotherTongueError('AdapterError', `${adapter.name} has changed since ${record.name} began; make a new set.`);
  }
  await run(engine, record, plan, async () => record, signal);
}

function refuseBusy(engine: EngineState): void {
  if (engine.making) throw new MotherTongueError('StateError', 'Traces are being made already; pause that first.');
  if (engine.evaluating) throw new MotherTongueError('StateError', 'An evaluation is under way; pause it before you make traces.');
  if (engine.run) throw new MotherTongueError('StateError', 'A run is under way; let it end, or stop it, before you make traces.');
}

/** While rows and files were being read, something else may have begun, or another model may have been opened. */
function refuseChanged(engine: EngineState, { generator: { kind, model } }: TraceRecord, plan: EngineState['plan']): void {
  refuseBusy(engine);
  if (engine.plan !== plan) throw new MotherTongueError('StateError', 'A plan of stages began meanwhile; stop it before making traces.');
  if (kind !== 'peer') needModelOf(engine, model);
  else if (needPeer(engine).name !== model.name)
    throw openedMeanwhile(model.name, needPeer(engine).name, `load ${model.name} on the Compare page`);
}

/** `plan`: the one that was under way at the call. `keep` is called when nothing is in the way, and resolves with the kept record. */
async function run(
  engine: EngineState,
  record: TraceRecord,
  plan: EngineState['plan'],
  keep: () => Promise<TraceRecord>,
  signal?: AbortSignal,
): Promise<void> {
  refuseBusy(engine);
  await refuseElsewhere(engine);
  await holding(engine, TRACES_LOCK, async (pausing) => {
    const { traces } = engine;
    const { id } = record;
    refuseChanged(engine, record, plan);
    const kept = await keep();
    await traces.makeRoom(kept);
    const live = new LiveTraces(engine, kept, await traces.rows(id), await traces.lines(id), await traces.writer(id), pausing);
    refuseChanged(engine, record, plan);
    engine.making = live;
    const pause = (): void => pausing.abort();
    if (signal?.aborted) pause();
    signal?.addEventListener('abort', pause);
    try {
      await live.toTheEnd();
      await traces.makeRoom(live.current); // what is under way cannot be deleted, so that none of it is erased here
    } finally {
      signal?.removeEventListener('abort', pause);
      engine.making = null;
      await reportTraces(engine);
    }
  });
}

/** Resolves when what was under way is kept. */
export async function pauseTraces(engine: EngineState): Promise<void> {
  engine.cancel('traces'); // rows may still be read
  await pauseHeld(engine, TRACES_LOCK);
}
