/**
 * A plan of stages as a folder to take along: plan.json, which the page opens again; of each stage its rows, its settings as the headless runner reads them, its
 * metrics and its adapter as PEFT has it; of rejection sampling the kept traces and all of them. A README says how the stages went.
 */
import { strToU8, unzipSync, Zip, ZipDeflate, ZipPassThrough } from 'fflate';
import { MotherTongueError } from '../../lib/errors.ts';
import { formatBytes } from '../../lib/format.ts';
import { BUNDLED_MODELS } from '../../protocol/model.ts';
import { runCsv, runJson } from '../../protocol/run-files.ts';
import { valueAt } from '../../protocol/setting-values.ts';
import { usedBy } from '../../protocol/settings.ts';
import { planReadme, stageFolder } from '../../protocol/stage-words.ts';
import type { PlanRecord, Stage, StageModel, TraceStage } from '../../protocol/stages.ts';
import type { TrainingSettings } from '../../protocol/training.ts';
import { fileName } from './adapter.ts';
import type { EngineState } from './engine-state.ts';
import { exportKeptAdapter } from './kept-adapters.ts';
import { keptRun } from './kept-runs.ts';
import { type OwnData, ownData, stageFile } from './stage-data.ts';
import { traceFile } from './stage-traces.ts';

/** Larger rows of a stage are not packed, which the README says; the plan makes them again. */
const LARGEST_ROWS = 256 * 2 ** 20;

type Files = AsyncGenerator<readonly [path: string, bytes: Uint8Array]>;

export async function exportPlan(engine: EngineState, id: string): Promise<{ name: string; blob: Blob }> {
  const record = engine.plan?.record.id === id ? engine.plan.record : await engine.plans.get(id);
  const folder = fileName(record.plan.name);
  return engine.task('export-plan', `Packing ${record.plan.name}`, 'bytes', async () => {
    const parts: Uint8Array<ArrayBuffer>[] = [];
    const zip = new Zip((error, bytes) => {
      if (error) throw error;
      parts.push(bytes as Uint8Array<ArrayBuffer>); // fflate makes no other
    });
    for await (const [path, bytes] of filesOf(engine, record)) {
      const file = path.endsWith('.safetensors')
        ? new ZipPassThrough(`${folder}/${path}`)
        : new ZipDeflate(`${folder}/${path}`, { level: 6 });
      zip.add(file);
      file.push(bytes, true);
    }
    zip.end();
    return { name: `${folder}.zip`, blob: new Blob(parts, { type: 'application/zip' }) };
  });
}

async function* filesOf(engine: EngineState, record: PlanRecord): Files {
  yield ['plan.json', json(record)];
  const left: string[] = [];
  for (const [at] of record.plan.stages.entries()) {
    const folder = stageFolder(record.plan, at + 1);
    for (const files of stageFiles(engine, record, at + 1)) {
      try {
        for await (const [path, bytes] of files) yield [`${folder}/${path}`, bytes];
      } catch (error) {
        if (!(error instanceof MotherTongueError) || error.name === 'Cancelled') throw error;
        left.push(`${folder}: ${error.message}`); // what is not here any more is said, and the rest goes along
      }
    }
  }
  yield ['README.md', strToU8(planReadme(record, left))];
}

/** Each goes along, or not, whatever becomes of the others. */
function stageFiles(engine: EngineState, record: PlanRecord, number: number): Files[] {
  const stage = record.plan.stages[number - 1]!;
  const { run, adapter, traces } = record.stages[number - 1]!;
  if (stage.kind === 'traces') return [settingsFile(stage), ...(traces === undefined ? [] : [tracesOf(engine, traces)])];
  return [
    configFile(record, number),
    ...(run === undefined ? [] : [metricsOf(engine, run), rowsOf(engine, record, number)]),
    ...(adapter === undefined ? [] : [adapterOf(engine, adapter)]),
  ];
}

async function* settingsFile({ settings }: TraceStage): Files {
  yield ['settings.json', json(settings)];
}

async function* configFile(record: PlanRecord, number: number): Files {
  yield ['run.json', json(runConfig(record, number))];
}

async function* tracesOf(engine: EngineState, set: string): Files {
  yield ['dataset.jsonl', await bytesOf(await traceFile(engine, set, 'dataset'))];
  yield ['traces.jsonl', await bytesOf(await traceFile(engine, set, 'all'))];
}

async function* metricsOf(engine: EngineState, run: string): Files {
  const whole = await keptRun(engine, run);
  yield ['metrics.csv', strToU8(runCsv(whole))];
  yield ['metrics.json', strToU8(runJson(whole))];
}

async function* rowsOf(engine: EngineState, record: PlanRecord, number: number): Files {
  const own = ownOf(engine, record, record.plan.stages[number - 1]!);
  const rows = await stageFile(engine, record, number, own, 'export-rows');
  if (rows.blob.size > LARGEST_ROWS)
    throw new MotherTongueError('DatasetError', `its rows are ${formatBytes(rows.blob.size)}, which is too large to pack.`);
  yield [rows === own ? rows.name : 'dataset.jsonl', await bytesOf(rows.blob)];
}

async function* adapterOf(engine: EngineState, adapter: string): Files {
  const { bytes } = await exportKeptAdapter(engine, adapter);
  for (const [path, content] of Object.entries(unzipSync(bytes))) yield [`adapter/${path}`, content];
}

/** The dataset of the plan: as the plan under way has it, or as it is open. Kept traces alone need no row of it. */
function ownOf({ plan, data }: EngineState, { dataset }: PlanRecord, stage: Stage): OwnData {
  const open = [plan?.own.data, data ? ownData(data) : undefined].find((one) => one?.hash === dataset.hash);
  if (open) return open;
  if (stage.data.every(({ of }) => of !== 'dataset')) return { ...dataset, blob: new Blob([]), mapping: undefined };
  throw new MotherTongueError('DatasetError', `its rows are missing: open ${dataset.name} and export again.`);
}

/** As `train` of the headless runner reads it; paths are relative to the stage's folder. */
function runConfig({ plan, dataset }: PlanRecord, number: number): Record<string, unknown> {
  const { settings, from, data, model } = plan.stages[number - 1]!;
  const whole = data.length === 1 && Object.keys(data[0]!).length === 1 && data[0]!.of === 'dataset';
  return {
    ...modelPath(model),
    dataset: whole ? dataset.name : 'dataset.jsonl',
    ...(from !== 'base' && { adapter: `../${stageFolder(plan, from)}/adapter` }),
    ...namedSettings(settings as TrainingSettings), // of a stage that is a run
  };
}

function modelPath(model: StageModel): Record<string, unknown> {
  if (model === 'open') return {};
  return { model: model.kind === 'bundled' ? BUNDLED_MODELS[model.model ?? 'mini'].folder : model.repository };
}

/** Settings by the names of run.json. */
function namedSettings(settings: TrainingSettings): Record<string, unknown> {
  const { method = 'sft' } = settings;
  const named = usedBy(method).flatMap(({ name, path }) => {
    const value = path === 'init_adapter' ? undefined : valueAt(settings, path);
    return value === undefined ? [] : [[name, value]];
  });
  return { method, ...Object.fromEntries(named) };
}

const json = (value: unknown): Uint8Array => strToU8(`${JSON.stringify(value, null, 2)}\n`);

async function bytesOf(blob: Blob): Promise<Uint8Array> {
  return new Uint8Array(await blob.arrayBuffer());
}
