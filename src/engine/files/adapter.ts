/**
 * PEFT adapters in and out, for any family that lists its adaptable weights. The tensors decide what is adapted; the lists of
 * adapter_config.json, which releases of PEFT write in different ways, only settle what the tensors leave open and show what is missing.
 * PEFT itself loads permissively (missing keys warn, unknown keys are ignored); here everything that does not fit is one AdapterError.
 */

import { MotherTongueError } from '../../lib/errors.ts';
import { matchesPath } from '../../lib/module-path.ts';
import { throwProblems } from '../../lib/problems.ts';
import type { LoraSettings } from '../../protocol/training.ts';
import type { AdaptableWeight } from './adaptable.ts';
import { type AdapterConfig, parseAdapterConfig, writeAdapterConfig } from './adapter-config.ts';
import { peftShapeA, peftShapeB, peftTensors, peftToEngineB } from './adapter-layout.ts';
import { type AdapterTarget, type AdapterTensors, describeTargets, modulePath, scaleProblems } from './adapter-plan.ts';
import { firstNotFinite, placeOf } from './dtypes.ts';
import { type ModelCheckpoint, openCheckpoint } from './safetensors-read.ts';
import { writeSafetensors } from './safetensors-write.ts';
import { type Bytes, type Directory, folderWith } from './source.ts';

export interface ImportedAdapter {
  targets: AdapterTarget[];
  tensors: AdapterTensors;
  settings: LoraSettings;
  base_model: string | null;
}

/** What is read of an adapter's folder or zip; a renamed config is listed, so that it can be named. */
export const ADAPTER_FILES = /^adapter_(?:config(?: \(\d+\))?\.json|model\..*|model-.*\.safetensors)$/i;
const LARGEST_CONFIG = 2 ** 24;

/** The folder of the adapter, which may lie inside the chosen one; its name says which, where there was a choice. */
export function adapterFolder(directory: Directory): Directory {
  return folderWith(directory, 'adapter_config.json', /^adapter_model\./);
}

/** A PEFT folder or zip. */
export async function readAdapter(directory: Directory, weights: readonly AdaptableWeight[]): Promise<ImportedAdapter> {
  const folder = adapterFolder(directory);
  const { size } = folder.open('adapter_config.json');
  if (size > LARGEST_CONFIG)
    throw new MotherTongueError('AdapterError', `adapter_config.json of ${folder.name} has ${size} bytes, which no adapter needs.`);
  return importAdapter(await folder.readText('adapter_config.json'), await openCheckpoint(folder, 'adapter_model'), weights);
}

export async function importAdapter(
  configJson: string,
  checkpoint: ModelCheckpoint,
  weights: readonly AdaptableWeight[],
): Promise<ImportedAdapter> {
  const config = parseAdapterConfig(configJson, checkpoint.name);
  const problems: string[] = [];
  const adapted = findAdapted(config, checkpoint, weights, problems);
  const targets = describeTargets(config.settings, adapted);
  const misfits = [...new Set(problems), ...scaleProblems(targets), ...checkKeys(targets, checkpoint)];
  throwProblems('AdapterError', `${checkpoint.name} does not fit this model`, misfits, 'Use an adapter that was trained on this model.');
  const tensors: AdapterTensors = new Map();
  const read = async (key: string): Promise<Float32Array<ArrayBuffer>> => {
    const values = await checkpoint.readFloats(key);
    const found = firstNotFinite('F32', new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    if (found) problems.push(`${key} holds ${found.value} at ${placeOf(found.index, checkpoint.tensors.get(key)!.shape)}`);
    return values;
  };
  for (const target of targets) {
    tensors.set(target.keyA, (await read(target.keyA)).slice());
    tensors.set(target.keyB, peftToEngineB(target, await read(target.keyB)));
  }
  throwProblems(
    'AdapterError',
    `${checkpoint.name} cannot be used`,
    problems,
    'Its training failed or the file is damaged: export it again.',
  );
  return { targets, tensors, settings: settingsFor(config.settings, targets, weights), base_model: config.base_model };
}

const HEAD_OR_EMBEDDING = 'the head or the embedding, which is not supported: in a tied model the two are one matrix';
const KEY = /^base_model\.model\.(.+?)((?:\.base_layer)*)\.lora_[AB]\.weight$/;

/** Names that are PEFT's in memory, or lack what save_pretrained puts in front. */
function misnamed(key: string): string {
  if (/\.lora_[AB]\.[^.]+\.weight$/.test(key)) return "has the adapter's own name in it; write it with PEFT's save_pretrained";
  if (/\.lora_[AB]\.weight$/.test(key) && !key.startsWith('base_model.model.'))
    return "does not begin with base_model.model.; write it with PEFT's save_pretrained";
  return 'belongs to no weight of the model';
}

/** Tensors of kinds that are not read; each kind is said once, whatever number there is of them. */
const UNREAD: readonly { readonly keys: RegExp; readonly sentence: string }[] = [
  {
    keys: /\.lora_magnitude_vector(?:\.weight)?$/,
    sentence:
      'lora_magnitude_vector belongs to no weight of plain LoRA, so this is DoRA, which is not supported: train it with use_dora false',
  },
  {
    keys: /\.mlp\.(?:gate|router)(?:\.base_layer)*\.lora_[AB]\.weight$/,
    sentence: 'it adapts the router of the experts (mlp.gate or mlp.router), which is not supported: leave it out of the targets',
  },
];

/** Weights that the tensors or the lists say are adapted, in the model's order; keys that belong to none of them go to `problems`. */
function findAdapted(
  config: AdapterConfig,
  checkpoint: ModelCheckpoint,
  weights: readonly AdaptableWeight[],
  problems: string[],
): AdaptableWeight[] {
  const byModule = new Map<string, AdaptableWeight[]>();
  for (const weight of weights) byModule.set(modulePath(weight), [...(byModule.get(modulePath(weight)) ?? []), weight]);
  const depths = new Map<string, Set<number>>();
  for (const key of checkpoint.tensors.keys()) {
    const [, module, nesting] = KEY.exec(key) ?? [];
    const depth = (nesting?.length ?? 0) / '.base_layer'.length;
    const offered = module === undefined ? undefined : byModule.get(module);
    const unread = offered === undefined && UNREAD.find(({ keys }) => keys.test(key));
    if (/^base_model\.model\.(?:lm_head|model\.embed_tokens)\./.test(key)) problems.push(`${key} adapts ${HEAD_OR_EMBEDDING}`);
    else if (unread) problems.push(unread.sentence);
    else if (module === undefined || offered === undefined || depth >= offered.length) problems.push(`${key} ${misnamed(key)}`);
    else depths.set(module, (depths.get(module) ?? new Set()).add(depth));
  }
  return [...byModule].flatMap(([module, offered]) => {
    const listed = config.exactTargets ? offered.filter((weight) => isListed(config.settings, weight)) : [];
    const count = Math.max(0, ...[...(depths.get(module) ?? [])].map((depth) => depth + 1));
    if (count === 0) return listed; // their missing keys are reported with all others
    if (count === offered.length) return offered;
    return listed.length > 0 ? listed : chooseByShape(offered, checkpoint, module);
  });
}

function isListed(settings: LoraSettings, { kind, path }: AdaptableWeight): boolean {
  if (kind === 'expert') return (settings.target_parameters ?? []).some((entry) => matchesPath(path, entry));
  return settings.target_modules === 'all-linear' || settings.target_modules.some((entry) => matchesPath(path, entry));
}

/** One wrapper around experts that have two weights, and a list that names neither: the widths of A and B decide, unless the weights are alike. */
function chooseByShape(offered: readonly AdaptableWeight[], checkpoint: ModelCheckpoint, module: string): AdaptableWeight[] {
  const a = checkpoint.tensors.get(`base_model.model.${module}.lora_A.weight`)?.shape[1];
  const b = checkpoint.tensors.get(`base_model.model.${module}.lora_B.weight`)?.shape[0];
  const fitting = offered.filter((weight) => weight.in === a && weight.out === b);
  return fitting.length === 1 ? fitting : [...offered];
}

/** Missing keys, shapes and dtypes. */
function checkKeys(targets: readonly AdapterTarget[], checkpoint: ModelCheckpoint): string[] {
  const problems: string[] = [];
  const expected = targets.flatMap((target): [string, number[]][] => [
    [target.keyA, peftShapeA(target)],
    [target.keyB, peftShapeB(target)],
  ]);
  for (const [key, shape] of expected) {
    const found = checkpoint.tensors.get(key);
    if (!found) problems.push(`${key} [${shape.join(', ')}] is missing`);
    else if (found.shape.join() !== shape.join())
      problems.push(`${key} is [${found.shape.join(', ')}] and should be [${shape.join(', ')}]`);
    else if (!['F32', 'BF16', 'F16'].includes(found.dtype)) problems.push(`${key} is ${found.dtype} and should be F32, BF16 or F16`);
  }
  return problems;
}

/** The file's settings, with its lists replaced by full paths where they do not name exactly what is adapted. */
function settingsFor(settings: LoraSettings, targets: readonly AdapterTarget[], weights: readonly AdaptableWeight[]): LoraSettings {
  const adapted = new Set(targets.map(({ path }) => path));
  const exact = (kind: AdaptableWeight['kind']): boolean =>
    weights.every((weight) => weight.kind !== kind || isListed(settings, weight) === adapted.has(weight.path));
  const paths = (kind: AdaptableWeight['kind']): string[] => targets.filter((target) => target.kind === kind).map(({ path }) => path);
  const experts = paths('expert');
  return {
    ...settings,
    target_modules: exact('module') ? settings.target_modules : paths('module'),
    target_parameters: exact('expert') ? settings.target_parameters : experts.length > 0 ? experts : null,
  };
}

export interface ExportedAdapter {
  /** Text of adapter_config.json. */
  configJson: string;
  /** Bytes of adapter_model.safetensors. */
  safetensors: Bytes;
}

/** f32, with the metadata that PEFT writes. */
export function exportAdapter(
  targets: readonly AdapterTarget[],
  tensors: AdapterTensors,
  settings: LoraSettings,
  baseModel: string,
): ExportedAdapter {
  return { configJson: writeAdapterConfig(settings, targets, baseModel), safetensors: writeSafetensors(peftTensors(targets, tensors)) };
}
