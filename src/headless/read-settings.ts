/**
 * Training settings by their TRL, PEFT and transformers names, flat or nested -> TrainingSettings, by the one table (protocol/settings.ts). A name
 * that is not there is an error, never ignored: it could change the numbers. Names that can mean only one thing here are taken with that value alone.
 */
import { throwProblems } from '../lib/problems.ts';
import { isRecord, show } from '../protocol/rules.ts';
import type { Setting, SettingLimits, SettingPath } from '../protocol/setting-row.ts';
import { defaultSettings, rowProblems, settingProblems, withValueAt } from '../protocol/setting-values.ts';
import { settingNamed } from '../protocol/settings.ts';
import type { TrainingSettings } from '../protocol/training.ts';
import type { Json } from './json-files.ts';

/** Names whose only meaning here is one of these values. */
const FIXED: Readonly<Record<string, readonly unknown[]>> = {
  lora_dropout: [0],
  bias: ['none'],
  task_type: ['CAUSAL_LM', null],
  peft_type: ['LORA'],
  init_lora_weights: [true],
  use_dora: [false],
  modules_to_save: [null],
  optim: ['adamw_torch', 'adamw_torch_fused'],
  packing: [false],
  completion_only_loss: [false, null],
  truncation_mode: ['keep_start'],
  gradient_checkpointing: [true, false],
  bf16: [false],
  fp16: [false],
  logging_steps: [1],
};

/** Objects that may hold any of the names. */
const NESTS = ['lora', 'peft_config', 'lora_config', 'optimizer', 'encoding', 'sft_config', 'training_args', 'settings'];

export interface NamedSettings {
  readonly settings: TrainingSettings;
  /** What was stated; the others are defaults. */
  readonly stated: ReadonlySet<SettingPath>;
}

interface Reading {
  settings: TrainingSettings;
  readonly stated: Set<SettingPath>;
  readonly problems: string[];
}

/** `where` is the file, for messages. */
export function readSettings(json: Json, where: string, date: string): NamedSettings {
  const reading: Reading = { settings: defaultSettings(date), stated: new Set(), problems: [] };
  readAll(reading, json);
  const { settings, stated, problems } = reading;
  // Contradictions are reported once every single value is valid.
  const all = problems.length > 0 ? problems : settingProblems(settings).map(({ problem }) => problem);
  throwProblems('SettingsError', `${where} cannot be used`, all, 'Correct or remove these keys.');
  return { settings, stated };
}

/** Settings for this model: a default is no longer than its positions, and what was stated must fit. */
export function settingsFor({ settings, stated }: NamedSettings, limits: SettingLimits, where: string): TrainingSettings {
  const length: SettingPath = 'encoding.max_length';
  const { positions = Number.POSITIVE_INFINITY } = limits;
  const fitted = stated.has(length) ? settings : withValueAt(settings, length, Math.min(settings.encoding.max_length, positions));
  const problems = settingProblems(fitted, limits).map(({ problem }) => problem);
  throwProblems('SettingsError', `${where} does not fit the model`, problems, 'Correct or remove these keys.');
  return fitted;
}

function readAll(reading: Reading, values: Json): void {
  for (const [given, value] of Object.entries(values)) {
    if (NESTS.includes(given) && isRecord(value)) readAll(reading, value);
    else if (given === 'lr_scheduler_kwargs') readScheduler(reading, value);
    else read(reading, given, value);
  }
}

function read(reading: Reading, given: string, value: unknown): void {
  const fixed = Object.hasOwn(FIXED, given) ? FIXED[given] : undefined;
  const row = settingNamed(given);
  if (fixed) {
    if (fixed.includes(value)) return;
    reading.problems.push(`${given} is ${show(value)} and can only be ${fixed.map(show).join(' or ')} here`);
  } else if (!row || isPageOnly(row)) {
    reading.problems.push(`${given} is not a setting that is known here`);
  } else {
    const known = row.path === 'loss_type' && value === 'chunked_nll' ? 'nll' : value; // TRL: how nll is computed, not another loss
    const problems = rowProblems({ ...row, name: given }, known);
    reading.problems.push(...problems.map(({ problem }) => problem));
    if (problems.length > 0) return;
    reading.settings = withValueAt(reading.settings, row.path, known);
    reading.stated.add(row.path);
  }
}

/** transformers' arguments of a schedule; of the schedules here only cosine_with_min_lr has one. */
function readScheduler(reading: Reading, value: unknown): void {
  if (value === null) return;
  if (isRecord(value) && Object.keys(value).every((key) => key === 'min_lr_rate')) readAll(reading, value);
  else reading.problems.push(`lr_scheduler_kwargs is ${show(value)} and must be {} or {"min_lr_rate": a number}`);
}

/** Probes are asked on the page. */
function isPageOnly({ path }: Setting): boolean {
  return path.startsWith('adherence_');
}
