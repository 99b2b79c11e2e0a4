/**
 * adapter_config.json of PEFT, in and out. Reading refuses what would change the numbers if it were ignored (DoRA, biases, saved modules,
 * initialisations that alter the base); writing uses only keys that old releases of PEFT know, because those refuse or drop others.
 */
import { MotherTongueError } from '../../lib/errors.ts';
import { throwProblems } from '../../lib/problems.ts';
import { shown } from '../../lib/shown.ts';
import type { LoraSettings } from '../../protocol/training.ts';
import { targetNames } from './adaptable.ts';
import type { AdapterTarget } from './adapter-plan.ts';
import { parsePythonJson } from './parse-json.ts';

export interface AdapterConfig {
  /** `target_modules` is empty when the file has a regular expression there. */
  settings: LoraSettings;
  base_model: string | null;
  /** The lists name exactly the targets; false where other keys of the file narrow or replace them, and only the tensors are reliable. */
  exactTargets: boolean;
}

/** Keys that must be absent, null, false or empty, and what they would mean. */
const UNSUPPORTED: Readonly<Record<string, string>> = {
  use_dora: 'DoRA',
  lora_bias: 'a bias in LoRA layers',
  modules_to_save: 'fully trained modules',
  trainable_token_indices: 'trained token embeddings',
  fan_in_fan_out: 'transposed layers',
  layer_replication: 'replicated layers',
  alora_invocation_tokens: 'activated LoRA',
  use_qalora: 'QALoRA',
  use_bdlora: 'block-diagonal LoRA',
  arrow_config: 'Arrow routing',
  kasa_config: 'KaSA',
  velora_config: 'VeLoRA',
  monteclora_config: 'MonteCLoRA',
};

/** Initialisations that leave the base model as it is; PiSSA, OLoRA, CorDA and LoftQ move part of it into the adapter. */
const HARMLESS_INITS: readonly unknown[] = [undefined, null, true, false, 'gaussian', 'eva', 'orthogonal'];

/** `name` is the adapter's, for messages. */
export function parseAdapterConfig(text: string, name: string): AdapterConfig {
  const json = parseJson(text, name);
  const problems: string[] = [];
  if (json.peft_type !== 'LORA') problems.push(`peft_type is ${shown(json.peft_type)}, and only LORA is read`);
  for (const [key, meaning] of Object.entries(UNSUPPORTED))
    if (isOn(json[key])) problems.push(`${key} is set (${meaning}), which is not supported`);
  if (isOn(json.bias) && json.bias !== 'none') problems.push(`bias is ${shown(json.bias)}, and only "none" is supported`);
  if (!HARMLESS_INITS.includes(json.init_lora_weights)) {
    problems.push(
      `init_lora_weights is ${shown(json.init_lora_weights)}, which changes the base model: convert the adapter to plain LoRA in PEFT`,
    );
  }
  const listed = isStrings(json.target_modules) || json.target_modules === 'all-linear';
  if (!listed && isOn(json.target_modules) && typeof json.target_modules !== 'string')
    problems.push('target_modules is neither a list nor a string');
  if (isOn(json.target_parameters) && !isStrings(json.target_parameters)) problems.push('target_parameters is not a list of strings');
  const settings: LoraSettings = {
    r: numberOf(json.r, 8, 'r', RANK, problems),
    lora_alpha: numberOf(json.lora_alpha, 8, 'lora_alpha', ALPHA, problems),
    target_modules: listed ? (json.target_modules as string[] | 'all-linear') : [],
    target_parameters: isStrings(json.target_parameters) && json.target_parameters.length > 0 ? json.target_parameters : null,
    use_rslora: json.use_rslora === true,
    rank_pattern: patternOf(json.rank_pattern, 'rank_pattern', RANK, problems),
    alpha_pattern: patternOf(json.alpha_pattern, 'alpha_pattern', ALPHA, problems),
  };
  throwProblems('AdapterError', `${name} cannot be used (adapter_config.json)`, problems, 'Choose a plain LoRA adapter.');
  const narrowed = typeof json.target_modules === 'string' && !listed;
  return {
    settings,
    base_model: typeof json.base_model_name_or_path === 'string' ? json.base_model_name_or_path : null,
    exactTargets: !narrowed && !isOn(json.exclude_modules) && json.layers_to_transform == null,
  };
}

/** `targets` give the list that stands for `all-linear`, which PEFT never saves. */
export function writeAdapterConfig(settings: LoraSettings, targets: readonly AdapterTarget[], baseModel: string): string {
  const json: Record<string, unknown> = {
    peft_type: 'LORA',
    task_type: 'CAUSAL_LM',
    base_model_name_or_path: baseModel,
    r: settings.r,
    lora_alpha: settings.lora_alpha,
    lora_dropout: 0.0,
    bias: 'none',
    fan_in_fan_out: false,
    inference_mode: true,
    init_lora_weights: true,
    modules_to_save: null,
    use_rslora: settings.use_rslora,
    rank_pattern: settings.rank_pattern,
    alpha_pattern: settings.alpha_pattern,
    target_modules: settings.target_modules === 'all-linear' ? targetNames(targets).modules : settings.target_modules,
  };
  if (settings.target_parameters?.length) json.target_parameters = settings.target_parameters;
  return `${JSON.stringify(json, null, 2)}\n`;
}

function parseJson(text: string, name: string): Record<string, unknown> {
  let json: unknown = null;
  try {
    json = parsePythonJson(text);
  } catch {
    // reported below, with every other kind of text that is not an object
  }
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json as Record<string, unknown>;
  throw new MotherTongueError('AdapterError', `adapter_config.json of ${name} is not a JSON object; export the adapter again.`);
}

function isOn(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === '') return false;
  return typeof value === 'object' ? Object.keys(value).length > 0 : true;
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

interface NumberRule {
  what: string;
  holds(number: number): boolean;
}

const RANK: NumberRule = { what: 'whole number of at least 1', holds: (number) => Number.isSafeInteger(number) && number >= 1 };
/** JSON writes infinity as 1e999. */
const ALPHA: NumberRule = { what: 'number above 0', holds: (number) => Number.isFinite(number) && number > 0 };

function numberOf(value: unknown, fallback: number, key: string, rule: NumberRule, problems: string[]): number {
  const number = value ?? fallback;
  if (typeof number === 'number' && rule.holds(number)) return number;
  problems.push(`${key} is ${told(value)}, not a ${rule.what}`);
  return fallback;
}

function patternOf(value: unknown, key: string, rule: NumberRule, problems: string[]): Record<string, number> {
  if (!isOn(value)) return {};
  const entries = typeof value === 'object' && !Array.isArray(value) ? Object.entries(value as Record<string, unknown>) : [];
  if (entries.length === 0) problems.push(`${key} is not a map from patterns to numbers`);
  for (const [pattern, number] of entries) {
    if (typeof number !== 'number') problems.push(`${key} is not a map from patterns to numbers: ${pattern} is ${told(number)}`);
    else if (!rule.holds(number)) problems.push(`${key}.${pattern} is ${told(number)}, not a ${rule.what}`);
  }
  return Object.fromEntries(entries) as Record<string, number>;
}

/** JSON has no word for infinity. */
function told(value: unknown): string {
  return typeof value === 'number' ? String(value) : shown(value);
}
