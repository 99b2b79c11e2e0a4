/**
 * Settings by their TRL, PEFT and transformers names, flat or in objects -> values by path, with a clause for everything that cannot be taken. One
 * reader for run.json, settings.json of a model and presets. Names that can mean only one thing here are taken with that value alone.
 */
import { distillationFixed } from './distillation.ts';
import { grpoFixed } from './grpo.ts';
import { isRecord, number, show } from './rules.ts';
import type { SettingLimits, SettingPath } from './setting-row.ts';
import { rowProblems } from './setting-values.ts';
import { settingNamed } from './settings.ts';

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

/** Likewise in runs of one method. */
const OF_METHODS: ReadonlyMap<string, Readonly<Record<string, readonly unknown[]>>> = new Map([
  ['grpo', grpoFixed],
  ['distillation', distillationFixed],
]);

/** Objects that may hold any of the names. */
const NESTS = ['lora', 'peft_config', 'lora_config', 'optimizer', 'encoding', 'sft_config', 'training_args', 'settings'];

const DEEPEST = 8;

const WARMUP: SettingPath = 'optimizer.warmup_steps';
/** Of transformers 4. At 1 it would mean every step, where warmup_steps means one step. */
const RATIO = number({ from: 0, below: 1 });

export interface NamedValues {
  readonly values: ReadonlyMap<SettingPath, unknown>;
  /** Clauses that name key, value and what is allowed. */
  readonly problems: readonly string[];
}

interface Reading {
  readonly method: string;
  readonly values: Map<SettingPath, unknown>;
  readonly problems: string[];
  readonly limits: SettingLimits;
  warmup_ratio?: number;
}

export function readNamed(given: Readonly<Record<string, unknown>>, limits: SettingLimits = {}): NamedValues {
  const reading: Reading = { method: typeof given.method === 'string' ? given.method : 'sft', values: new Map(), problems: [], limits };
  readAll(reading, given);
  const { values, problems, warmup_ratio } = reading;
  // As in transformers 4: warmup_steps has precedence where it is above 0, whichever key comes first. 5.18 knows warmup_steps only.
  if (warmup_ratio !== undefined && !(Number(values.get(WARMUP)) > 0)) values.set(WARMUP, warmup_ratio);
  return { values, problems };
}

function readAll(reading: Reading, given: Readonly<Record<string, unknown>>, depth = 0): void {
  for (const [name, value] of Object.entries(given)) {
    if (NESTS.includes(name) && isRecord(value) && depth < DEEPEST) readAll(reading, value, depth + 1);
    else if (name === 'lr_scheduler_kwargs') readScheduler(reading, value);
    else if (name === 'warmup_ratio') readRatio(reading, value);
    else read(reading, name, value);
  }
}

function read({ method, values, problems, limits }: Reading, name: string, value: unknown): void {
  const fixed = fixedValues(name, method);
  const row = settingNamed(name, method);
  if (fixed) {
    if (!fixed.includes(value)) problems.push(`${name} is ${show(value)} and can only be ${fixed.map(show).join(' or ')} here`);
  } else if (!row) {
    problems.push(`${name} is not a setting that is known here`);
  } else {
    const known = spelled(row.path, value);
    const found = rowProblems({ ...row, name }, known, limits);
    problems.push(...found.map(({ problem }) => problem));
    if (found.length === 0) values.set(row.path, known);
  }
}

function fixedValues(name: string, method: string): readonly unknown[] | undefined {
  const fixed = { ...FIXED, ...OF_METHODS.get(method) };
  return Object.hasOwn(fixed, name) ? fixed[name] : undefined;
}

/** Other spellings of TRL and transformers that mean a value of ours. */
function spelled(path: SettingPath, value: unknown): unknown {
  if (path === 'loss_type' && value === 'chunked_nll') return 'nll'; // how nll is computed, not another loss
  if ((path === 'grpo.min_p' || path === 'distillation.min_p') && value === null) return 0;
  if (path === 'grpo.scale_rewards' && typeof value === 'boolean') return value ? 'group' : 'none';
  if (path === 'metric_for_best_model' && typeof value === 'string') return value.replace(/^eval_/, '');
  return value;
}

/** transformers' arguments of a schedule; of the schedules here only cosine_with_min_lr has one. */
function readScheduler(reading: Reading, value: unknown): void {
  if (value === null) return;
  if (isRecord(value) && Object.keys(value).every((key) => key === 'min_lr_rate')) readAll(reading, value);
  else reading.problems.push(`lr_scheduler_kwargs is ${show(value)} and must be {} or {"min_lr_rate": a number}`);
}

/** null is how transformers 5 writes that there is none. */
function readRatio(reading: Reading, value: unknown): void {
  if (value === null) return;
  const found = RATIO.problems('warmup_ratio', value);
  reading.problems.push(...found);
  if (found.length === 0) reading.warmup_ratio = value as number; // a number by its rule
}
