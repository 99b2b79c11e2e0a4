/**
 * `traces`: rejection sampling. With --config a model answers the rows of a dataset several times and its answers are judged: DIR/dataset.jsonl has those that
 * are kept, as rows to train on, DIR/traces.jsonl all with what became of them, DIR/summary.json the numbers by reason. DIR/made.jsonl grows trace by trace;
 * run again with the same settings after an interruption, it makes what is missing, the same as without one.
 * With --samples answers that are there already are judged, one JSON object a line (`question`, `completion`, `gold`, `language`, `finish_reason`); needs no
 * model and no GPU. --config then holds settings alone; without it all that pass are kept.
 */
import { appendFileSync, existsSync, truncateSync } from 'node:fs';
import { basename, join } from 'node:path';
import { openText } from '../../engine/chat/open-text.ts';
import { openDataset } from '../../engine/data/dataset.ts';
import { judgeReply } from '../../engine/evaluate/judge-reply.ts';
import { sha256 } from '../../engine/files/hash.ts';
import { hashModel, openModelFiles } from '../../engine/models/files.ts';
import { positionsOf } from '../../engine/models/rope.ts';
import { chooseRewards } from '../../engine/rewards/choose.ts';
import { RewardRunner, type RewardThreads } from '../../engine/rewards/score.ts';
import { judgeTrace, type TraceJudging } from '../../engine/traces/judge-trace.ts';
import { languagesBy } from '../../engine/traces/languages.ts';
import { lacking, makeTraces, traceAsks, traceKey, tracePrompts } from '../../engine/traces/make.ts';
import { readTraces } from '../../engine/traces/read-traces.ts';
import { countsOf, select } from '../../engine/traces/select.ts';
import { type TraceOrigin, traceLines } from '../../engine/traces/trace-lines.ts';
import { type TraceRow, traceRows } from '../../engine/traces/trace-rows.ts';
import { today } from '../../lib/dates.ts';
import { MotherTongueError } from '../../lib/errors.ts';
import { throwProblems } from '../../lib/problems.ts';
import { defaultTraces } from '../../protocol/trace-settings.ts';
import {
  BASE,
  type JudgedTrace,
  type ReasoningTrace,
  TRACE_REASONS,
  type TraceGenerator,
  type TraceReason,
  type TraceSettings,
} from '../../protocol/traces.ts';
import { parseArguments } from '../arguments.ts';
import { readBytes, readJson, readText, writeJson, writeResult } from '../json-files.ts';
import { freeModel, modelDirectory, openAdapter, openModel } from '../model-folder.ts';
import { nodeTemplates } from '../node-templates.ts';
import { nodeRewardThreads } from '../reward-threads.ts';
import type { Runner } from '../runner.ts';
import { readTracesFile, type TracesFile } from '../traces-file.ts';

const spec = { config: 'optional', samples: 'optional', out: 'required' } as const;

/** `threads`: those of the built program; tests give theirs. */
export async function traces(
  argv: readonly string[],
  runner: Runner,
  threads: () => RewardThreads | null = nodeRewardThreads,
): Promise<void> {
  const args = parseArguments('traces', argv, spec);
  const file = args.config === undefined ? null : readTracesFile(args.config);
  const judge = new RewardRunner(threads());
  try {
    if (args.samples !== undefined) {
      const settings = file?.settings ?? settingsOfSamples();
      await judgeSamples(args.samples, settings, judge, args.out, runner);
    } else if (file) await make(file, judge, args.out, runner);
    else
      throw new MotherTongueError(
        'SettingsError',
        'traces needs --config, a model and data to make traces, or --samples, traces to judge.',
      );
  } finally {
    judge.close();
  }
}

/** Nothing is known of where the answers come from, so that a right answer has to be a value. */
function settingsOfSamples(): TraceSettings {
  const made = defaultTraces(today());
  return { ...made, keep: 'all', checks: { ...made.checks, readable_gold: true } };
}

async function judgeSamples(path: string, settings: TraceSettings, judge: RewardRunner, out: string, runner: Runner): Promise<void> {
  const { traces: read, problems } = readTraces(readText(path));
  throwProblems('FileError', `${path} cannot be judged`, problems, 'Mend these lines, or take them out.');
  const judging = judgingBy(
    settings,
    judge,
    read.map(({ row }) => row),
  );
  const made: ReasoningTrace[] = [];
  for (const trace of read) made.push(await judgeTrace(trace, judging));
  const judged = select(made, settings);
  const became = new Map(judged.map((trace) => [traceKey(trace), trace]));
  const rows = read.map(({ id, row: { row }, sample }) => {
    const { reason, why, suspicious } = became.get(traceKey({ row, sample }))!;
    return [id, { keep: reason === null, reason, why: reason === null ? '' : why, ...(suspicious !== undefined && { suspicious }) }];
  });
  writeJson(out, { rows: Object.fromEntries(rows), ...countsOf(judged) });
  runner.print(report(basename(path), judged));
}

function judgingBy(settings: TraceSettings, runner: RewardRunner, rows: readonly TraceRow[]): TraceJudging {
  const { reward_funcs, reward_settings, sampling } = settings;
  return {
    settings,
    chosen: reward_funcs.length > 0 ? chooseRewards(reward_funcs, reward_settings) : [],
    longest: sampling.max_new_tokens,
    runner,
    languages: languagesBy(judgeReply, rows),
  };
}

async function make(file: TracesFile, judge: RewardRunner, out: string, runner: Runner): Promise<void> {
  const { model, adapter, dataset: data, path } = file;
  const settings = file.dated ? file.settings : asOfBefore(out, file.settings);
  if (model === null || data === null)
    throw new MotherTongueError(
      'SettingsError',
      `${path} needs ${model === null ? '"model", the folder of the model' : '"dataset", the rows to ask'}.`,
    );
  const bytes = readBytes(data);
  const found = await traceRows(await openDataset(new Blob([bytes]), basename(data)), settings);
  if (found.unread + found.unverifiable > 0)
    runner.note(`Not asked: ${found.unread} rows without a question, ${found.unverifiable} whose right answer cannot be read.`);
  const session = await openModel(runner, model);
  try {
    const text = await openText(modelDirectory(model), nodeTemplates);
    const prompts = await tracePrompts(text, found.rows, settings.encoding);
    const most = positionsOf(session.config) - settings.sampling.max_new_tokens;
    const rows = found.rows.filter(({ row }) => prompts.get(row)!.length <= most);
    if (rows.length < found.rows.length)
      runner.note(`Not asked: ${found.rows.length - rows.length} rows that leave no place for an answer.`);
    if (rows.length === 0) throw new MotherTongueError('DatasetError', `No row of ${data} can be asked with these settings.`);
    const opened = adapter === null ? null : await openAdapter(session, adapter);
    const generator = await generatorOf(session.name, model, adapter);
    const origin = {
      name: basename(out),
      started: new Date().toISOString(),
      dataset: { name: basename(data), hash: await sha256(bytes) },
      generator,
      settings,
    };
    const made = madeBefore(out, { settings, generator, dataset: origin.dataset });
    const asks = lacking(traceAsks(rows, settings.num_return_sequences), made);
    const total = asks.length + made.length;
    if (made.length > 0) runner.note(`${made.length} of ${total} traces are there already.`);
    await makeTraces(
      { session, text },
      {
        settings,
        asks,
        columns: Math.min(COLUMNS, total),
        signal: runner.signal,
        adapter: opened?.layout ?? null,
        adapterIndex: undefined,
        judging: judgingBy(settings, judge, rows),
        onTrace: async (trace) => {
          appendFileSync(join(out, MADE), `${JSON.stringify(trace)}\n`);
          made.push(trace);
          if (made.length % 16 === 0 || made.length === total) runner.note(`${made.length}/${total} traces`);
        },
      },
    );
    write(out, made, rows, { ...origin, settings: { ...settings, generator: adapter ?? BASE } }, runner);
    if (made.length < total)
      throw new MotherTongueError('Cancelled', `Stopped after ${made.length} of ${total} traces; run it again to go on.`);
  } finally {
    freeModel(session);
  }
}

/** The same however many are missing: a GPU rounds by it. */
const COLUMNS = 16;
const MADE = 'made.jsonl';
const SETTINGS = 'settings.json';

async function generatorOf(name: string, model: string, adapter: string | null): Promise<TraceGenerator> {
  const weights = adapter === null ? null : await sha256(readBytes(join(adapter, 'adapter_model.safetensors')));
  return {
    kind: adapter === null ? 'base' : 'adapter',
    label: adapter === null ? name : basename(adapter),
    model: { name: basename(model), hash: await hashModel(await openModelFiles(modelDirectory(model))) },
    adapter: adapter === null ? null : { id: adapter, name: basename(adapter), hash: weights! },
  };
}

/** The prompts of an interrupted call that was not told a date have the day's on which it began: gone on with on another, they are the same. */
function asOfBefore(out: string, settings: TraceSettings): TraceSettings {
  const before = existsSync(join(out, SETTINGS)) ? (readJson(join(out, SETTINGS)) as { settings?: Partial<TraceSettings> }) : null; // written below
  const date = before?.settings?.encoding?.date;
  return date === undefined ? settings : { ...settings, encoding: { ...settings.encoding, date } };
}

/** Traces of an interrupted call with the same settings; those of other settings are refused. A line that was torn leaves the file. */
function madeBefore(out: string, origin: object): ReasoningTrace[] {
  const [settings, made] = [join(out, SETTINGS), join(out, MADE)];
  const own = JSON.stringify(origin);
  if (existsSync(settings) && existsSync(made)) {
    if (JSON.stringify(readJson(settings)) !== own)
      throw new MotherTongueError(
        'SettingsError',
        `${out} has traces that were made with other settings; name another folder, or empty it.`,
      );
    const text = readText(made);
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    truncateSync(made, Buffer.byteLength(whole)); // not written anew: a second kill would take what is finished
    return whole.split('\n').flatMap(wholeLine);
  }
  writeJson(settings, origin);
  writeResult(made, '');
  return [];
}

function wholeLine(line: string): ReasoningTrace[] {
  try {
    return [JSON.parse(line) as ReasoningTrace]; // written by `make`, unless it is torn
  } catch {
    return [];
  }
}

type NamedOrigin = TraceOrigin & { readonly name: string };

function write(out: string, made: readonly ReasoningTrace[], rows: readonly TraceRow[], origin: NamedOrigin, runner: Runner): void {
  const judged = select(made, origin.settings);
  for (const what of ['dataset', 'all'] as const)
    writeResult(join(out, what === 'all' ? 'traces.jsonl' : 'dataset.jsonl'), traceLines(judged, rows, origin, what));
  writeJson(join(out, 'summary.json'), { ...origin, rows: rows.length, done: made.length, ...countsOf(judged) });
  runner.print(report(`${rows.length} rows`, judged));
}

/** Numbers by reason, which add up. */
function report(title: string, judged: readonly JudgedTrace[]): string {
  const { kept, reasons, suspicious, languages } = countsOf(judged);
  const lines: (readonly [string, number])[] = [
    ['traces', judged.length],
    ['kept', kept],
    ...(Object.keys(TRACE_REASONS) as TraceReason[]).flatMap((reason) => {
      const count = reasons[reason];
      return count === undefined ? [] : [[TRACE_REASONS[reason].label, count] as const];
    }),
    ...(suspicious > 0 ? [['kept, to be looked at', suspicious] as const] : []),
    ...Object.entries(languages).map(([name, one]) => [`kept, ${name === '' ? 'no language' : name}`, one.kept] as const),
  ];
  const width = Math.max(...lines.map(([name]) => name.length));
  return [title, ...lines.map(([name, count]) => `${name.padEnd(width)} ${String(count).padStart(7)}`)].join('\n');
}
