/**
 * `synthesize`: a checkpoint of the published shape (or --config), any number of layers and any vocabulary, with the published names, files and sizes, its weights a function of
 * (tensor name, index, seed) that lab/synthetic/synthetic.py shares; with --lora RUN.JSON also an adapter of random numbers in OUT/adapter, with
 * the LoRA settings of that file. A folder that is whole already is left as it is.
 */
import { join } from 'node:path';
import { planAdapter } from '../../src/engine/files/adapter-plan.ts';
import { gptOss } from '../../src/engine/models/gpt-oss.ts';
import { adaptableWeights } from '../../src/engine/models/index.ts';
import { numberOf, parseArguments } from '../../src/headless/arguments.ts';
import { isObject, type Json, readJson } from '../../src/headless/json-files.ts';
import { readRunConfig } from '../../src/headless/run-config.ts';
import type { Runner } from '../../src/headless/runner.ts';
import { writeAdapter } from '../../src/headless/verbs/train.ts';
import { MotherTongueError } from '../../src/lib/errors.ts';
import { whole } from '../../src/protocol/rules.ts';
import { syntheticAdapter } from './adapter.ts';
import { publishedConfig, writeSynthetic } from './folder.ts';

export const spec = {
  out: 'required',
  config: 'optional',
  layers: 'optional',
  vocab: 'optional',
  seed: 'optional',
  'max-shard-size': 'optional',
  lora: 'optional',
} as const;

export async function synthesize(argv: readonly string[], runner: Runner): Promise<void> {
  const args = parseArguments('synthesize', argv, spec);
  const count = (name: 'layers' | 'vocab' | 'max-shard-size'): number | undefined =>
    args[name] === undefined ? undefined : numberOf(name, args[name], 0, whole(1, 2 ** 31));
  const seed = numberOf('seed', args.seed, 1, whole(0, 2 ** 32 - 1));
  const wanted = {
    config: readConfig(args.config ?? publishedConfig()),
    layers: count('layers'),
    vocabulary: count('vocab'),
    seed,
    maxShardBytes: count('max-shard-size'),
  };
  const started = performance.now();
  let told = 0;
  const { bytes, written } = await writeSynthetic(args.out, wanted, {
    signal: runner.signal,
    onBytes: (done, total) => {
      if (done - told < 1e9 && done < total) return;
      told = done;
      runner.note(`${(done / 1e9).toFixed(1)} of ${(total / 1e9).toFixed(1)} GB`);
    },
  });
  if (args.lora !== undefined) writeLora(args.out, args.lora, seed);
  runner.print(JSON.stringify({ out: args.out, bytes, written, seconds: (performance.now() - started) / 1000 }));
}

function writeLora(folder: string, run: string, seed: number): void {
  const { settings } = readRunConfig(run);
  const config = gptOss.parse(readConfig(join(folder, 'config.json')), folder);
  const targets = planAdapter(settings.lora, adaptableWeights(config));
  writeAdapter(join(folder, 'adapter'), { targets, lora: settings.lora }, syntheticAdapter(targets, seed), folder);
}

function readConfig(path: string): Json {
  const json = readJson(path);
  if (isObject(json)) return json;
  throw new MotherTongueError('SettingsError', `${path} is not a JSON object; give a config.json of the gpt_oss family.`);
}
