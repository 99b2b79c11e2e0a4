/**
 * `plan`: what a run needs, without a GPU and on WebGPU's guaranteed limits: bytes by class, peak, largest binding, dispatches a step, and whatever
 * those limits refuse; the same for answering with a cache of --cache-length tokens in --cache-rows rows; and whether both fit a GPU of
 * --gpu-memory GiB, with the smallest change where they do not. With data in run.json, for exactly those rows; without, for micro-batches of rows that are max_length long and all trained.
 */
import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { layoutAdapter } from '../../engine/adapters/lora.ts';
import { cacheRules } from '../../engine/api/checks.ts';
import { answer, judge } from '../../engine/api/planner.ts';
import type { EncodedRow } from '../../engine/batch/encode.ts';
import { countTrained } from '../../engine/batch/encoded-dataset.ts';
import { splitValidation } from '../../engine/batch/order.ts';
import { openText } from '../../engine/chat/open-text.ts';
import { planAdapter } from '../../engine/files/adapter-plan.ts';
import { largestBuffer, overLimits } from '../../engine/graph/footprint.ts';
import { DEFAULT_CAPABILITIES } from '../../engine/graph/op.ts';
import { parseModelConfig, readModelConfig } from '../../engine/models/config.ts';
import { openModelFiles } from '../../engine/models/files.ts';
import { adaptableWeights } from '../../engine/models/index.ts';
import type { Session } from '../../engine/models/session.ts';
import { plannedWeights } from '../../engine/models/tensors.ts';
import { memoryPlan } from '../../engine/train/memory.ts';
import { allPlans } from '../../engine/train/plans.ts';
import { prepareRun } from '../../engine/train/run.ts';
import { MotherTongueError } from '../../lib/errors.ts';
import { number } from '../../protocol/rules.ts';
import { numberOf, parseArguments } from '../arguments.ts';
import { readText, writeJson } from '../json-files.ts';
import { limitsOf, modelDirectory } from '../model-folder.ts';
import { nodeTemplates } from '../node-templates.ts';
import { epochsOf, fitRun, type RunConfig, readRows, readRunConfig } from '../run-config.ts';
import type { Runner } from '../runner.ts';

const spec = {
  model: 'optional',
  config: 'required',
  out: 'optional',
  'gpu-memory': 'optional',
  'cache-length': 'optional',
  'cache-rows': 'optional',
} as const;

type Planned = Pick<Session, 'config' | 'weights' | 'capabilities'>;

export async function plan(argv: readonly string[], runner: Runner): Promise<void> {
  const args = parseArguments('plan', argv, spec);
  const read = readRunConfig(args.config);
  const path = args.model ?? read.model;
  if (path === null) throw new MotherTongueError('SettingsError', `plan needs --model, or "model" in ${args.config}.`);
  const model = await readModel(path);
  const config = fitRun(read, model.config);
  const rows = await rowsOf(config, path, model, runner);
  const targets = planAdapter(config.settings.lora, adaptableWeights(model.config));
  const layout = layoutAdapter(targets);
  const split = splitValidation(rows.length, config.settings.validation_split, config.settings.seed);
  const training = split.train.map((i) => rows[i]!);
  const order = epochsOf(config, training.length);
  const validation = split.validation.map((i) => rows[i]!);
  const prepared = prepareRun(model, { settings: config.settings, rows: training, validation, layout, ...(order && { order }) });
  const plans = allPlans(prepared.plans);
  const memory = memoryPlan(model, prepared);
  const cache_length = numberOf('cache-length', args['cache-length'], 4096, cacheRules.cache_length);
  const cache_rows = numberOf('cache-rows', args['cache-rows'], 1, cacheRules.cache_rows);
  const gib = args['gpu-memory'] === undefined ? null : numberOf('gpu-memory', args['gpu-memory'], 0, number({ from: 1, to: 2 ** 20 }));
  const { lora, per_device_train_batch_size, checkpoint_dtype = 'float32', encoding } = config.settings;
  const settings = { lora, per_device_train_batch_size, checkpoint_dtype, max_length: encoding.max_length, cache_length, cache_rows };
  const gpu_bytes = gib === null ? null : gib * 2 ** 30;
  const { generate, change } = answer(model, { ...settings, gpu_bytes });
  const over_default_limits = overLimits(plans, DEFAULT_CAPABILITIES);
  const result = {
    ...memory,
    largest_buffer: largestBuffer(plans, DEFAULT_CAPABILITIES),
    trainable_parameters: layout.parameters,
    steps: config.data ? prepared.method.steps : null,
    shapes: prepared.plans.shapes,
    over_default_limits,
    generate,
    ...judge({ train: memory, generate, refused: over_default_limits }, gpu_bytes),
    ...(change && { change }),
  };
  if (args.out === undefined) runner.print(JSON.stringify(result, null, 2));
  else writeJson(args.out, result);
}

/** A folder, whose weights' headers state how they are stored, or a config.json alone. */
async function readModel(path: string): Promise<Planned> {
  const folder = existsSync(path) && statSync(path).isDirectory();
  const directory = folder ? modelDirectory(path) : null;
  const hasWeights = directory?.list().some((name) => /^model.*\.safetensors$/.test(name));
  const files = directory && hasWeights ? await openModelFiles(directory) : null;
  const config =
    files?.config ?? (directory ? await readModelConfig(directory) : parseModelConfig(readText(path), basename(dirname(path))));
  return { config, weights: plannedWeights(config, files?.tensors), capabilities: DEFAULT_CAPABILITIES };
}

async function rowsOf({ data, settings, path }: RunConfig, model: string, { config }: Planned, runner: Runner): Promise<EncodedRow[]> {
  const limits = limitsOf(config);
  if (data !== null) {
    const folder = statSync(model).isDirectory() ? model : dirname(model);
    if (data.kind === 'rows' || existsSync(join(folder, 'tokenizer.json'))) {
      const { rows } = await readRows(data, settings.encoding, limits, () => openText(modelDirectory(folder), nodeTemplates));
      return rows.filter((row) => countTrained(row) > 0);
    }
    runner.note(`${folder} has no tokenizer.json, so the rows of ${path} are taken to be max_length long.`);
  }
  const length = Math.min(settings.encoding.max_length, limits.positions);
  const row: EncodedRow = { row: 1, ids: new Uint32Array(length), trained: new Uint8Array(length).fill(1) };
  return Array.from({ length: settings.per_device_train_batch_size * settings.gradient_accumulation_steps }, () => row);
}
