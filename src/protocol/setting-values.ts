/**
 * Values by the settings table: defaults, reading and changing one path, and the problems of settings of any origin. The worker, the form and the
 * headless runner all call `settingProblems`.
 */
import { distillationDefaults } from './distillation.ts';
import { grpoDefaults } from './grpo.ts';
import { rewardProblems } from './reward-problems.ts';
import { isRecord, show } from './rules.ts';
import type { Setting, SettingLimits, SettingPath, SettingValue } from './setting-row.ts';
import { ruleOf, settings } from './settings.ts';
import type { TrainingSettings } from './training.ts';

export type SettingValues = { readonly [P in SettingPath]?: SettingValue<P> };

/** The value at a place; undefined where it is not set. */
export function valueAt(given: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((at, key) => (isRecord(at) && Object.hasOwn(at, key) ? at[key] : undefined), given);
}

/** A copy with one value changed; undefined unsets it. */
export function withValueAt(given: TrainingSettings, path: SettingPath, value: unknown): TrainingSettings {
  const next = structuredClone(given);
  put(next, path, value);
  return next;
}

export function withValues(given: TrainingSettings, values: SettingValues): TrainingSettings {
  const next = structuredClone(given);
  for (const [path, value] of Object.entries(values)) put(next, path as SettingPath, structuredClone(value));
  return next;
}

function put(target: object, path: string, value: unknown): void {
  const keys = path.split('.');
  const last = keys.pop()!;
  let at = target as Record<string, unknown>; // a tree of plain objects, by the table's paths
  for (const key of keys) {
    if (!isRecord(at[key])) at[key] = {};
    at = at[key] as Record<string, unknown>;
  }
  if (value === undefined) delete at[last];
  else at[last] = value;
}

/** TRL's and PEFT's, without what other methods have for themselves. */
export function defaultSettings(date?: string, method = 'sft'): TrainingSettings {
  const made = {};
  for (const row of settings.filter(({ optional, methods }) => !optional || !methods || methods.includes(method)))
    put(made, row.path, structuredClone(defaultOf(row, method)));
  if (method !== 'sft') put(made, 'method', method);
  if (date !== undefined) put(made, 'encoding.date', date);
  return made as TrainingSettings; // the table has a row for every place
}

function defaultOf({ default: usual, defaults = {} }: Setting, method: string): unknown {
  return Object.hasOwn(defaults, method) ? defaults[method] : usual;
}

/** Rows whose values differ; a default may be absent. */
export function differing(one: TrainingSettings, other: TrainingSettings): Setting[] {
  const at = (given: TrainingSettings, row: Setting): string => JSON.stringify(valueAt(given, row.path) ?? row.default ?? null);
  return settings.filter((row) => at(one, row) !== at(other, row));
}

/** Something wrong with a setting: a clause that names it, its value and the allowed range. */
export interface SettingProblem {
  readonly path: string;
  readonly problem: string;
}

/** A part of TrainingSettings; '' is the whole. */
export type SettingsPart = '' | 'encoding' | 'lora' | 'optimizer';

/**
 * Everything that is wrong with settings of any origin: unknown keys, missing ones, values out of range. Values that contradict each other are
 * judged in the whole only: a part is also used to look at rows, for instance under a template that trains nothing.
 */
export function settingProblems(given: unknown, limits: SettingLimits = {}, part: SettingsPart = ''): SettingProblem[] {
  const prefix = part && `${part}.`;
  if (!isRecord(given)) return [{ path: part, problem: `${part || 'the settings'} must be an object and is ${show(given)}` }];
  const whole = part ? { [part]: given } : given;
  const rows = settings.filter(({ path }) => path.startsWith(prefix));
  const single = [...unknownKeys(given, prefix), ...rows.flatMap((row) => rowProblems(row, valueAt(whole, row.path), limits))];
  return part ? single : [...single, ...contradictions(whole, limits, new Set(single.map(({ path }) => path)))];
}

/** What is wrong with the value of one setting; an optional one may be absent. */
export function rowProblems(row: Setting, value: unknown, limits: SettingLimits = {}): SettingProblem[] {
  const { path, name } = row;
  const rule = ruleOf(row, limits);
  if (value === undefined) return row.optional ? [] : [{ path, problem: `${name} is missing and must be ${rule.be}` }];
  return rule.problems(name, value).map((problem) => ({ path, problem }));
}

function unknownKeys(given: Readonly<Record<string, unknown>>, prefix: string): SettingProblem[] {
  return Object.entries(given).flatMap(([key, value]) => {
    const path = prefix + key;
    if (value === undefined || settings.some((row) => row.path === path)) return [];
    const inside = settings.some((row) => row.path.startsWith(`${path}.`));
    if (inside && isRecord(value)) return unknownKeys(value, `${path}.`);
    return [{ path, problem: inside ? `${path} is ${show(value)} and must be an object` : `${path} is not a setting that is known here` }];
  });
}

/** A run lists its rows in the order in which they train. More than this is a typing error, and would exhaust the tab's memory. */
const MAX_ROWS = 2 ** 24;

/** `wrong`: paths whose values are invalid by themselves; nothing is derived from those. */
function contradictions(given: object, { rows = 0 }: SettingLimits, wrong: ReadonlySet<string>): SettingProblem[] {
  const at = (path: SettingPath): unknown => (wrong.has(path) ? undefined : valueAt(given, path));
  const problems: SettingProblem[] = [];
  const minimum: SettingPath = 'optimizer.lr_scheduler_kwargs.min_lr_rate';
  if (at('optimizer.lr_scheduler_type') === 'cosine_with_min_lr' && at(minimum) === undefined && !wrong.has(minimum))
    problems.push({ path: minimum, problem: 'lr_scheduler_type cosine_with_min_lr needs lr_scheduler_kwargs {"min_lr_rate": ...}' });
  if (at('encoding.assistant_only_loss') === true && at('encoding.template') === 'hf') {
    const problem = 'assistant_only_loss needs the chat_template trl or prefix-preserving, because hf marks no assistant tokens';
    problems.push({ path: 'encoding.assistant_only_loss', problem });
  }
  if (at('method') === 'grpo') problems.push(...grpoContradictions(at));
  if (at('method') === 'distillation') problems.push(...distillationContradictions(at));
  problems.push(...evaluationContradictions(at));
  const factors = ['max_steps', 'per_device_train_batch_size', 'gradient_accumulation_steps'] as const;
  const bySteps = factors.reduce((product, path) => product * Number(at(path)), 1);
  const byEpochs = Number(at('num_train_epochs')) * rows;
  if (bySteps > 0) problems.push(...tooMany('max_steps', factors.join(' x '), bySteps));
  else problems.push(...tooMany('num_train_epochs', 'num_train_epochs x rows of the dataset', byEpochs));
  return problems;
}

/** The best of several evaluations by a metric that they have. */
function evaluationContradictions(at: (path: SettingPath) => unknown): SettingProblem[] {
  const asks = Number(at('eval_questions') ?? 0) > 0;
  const patience = Number(at('early_stopping_patience') ?? 0);
  const problems: SettingProblem[] = [];
  if (patience > 0 && at('eval_steps') === 0) {
    const problem = `early_stopping_patience is ${patience} and eval_steps is 0, so that there is one evaluation only; set eval_steps`;
    problems.push({ path: 'early_stopping_patience', problem });
  }
  if (patience === 0 && at('load_best_model_at_end') !== true) return problems;
  const metric = at('metric_for_best_model') ?? (asks ? 'accuracy' : 'loss');
  const why = patience > 0 ? 'early_stopping_patience' : 'load_best_model_at_end';
  const path: SettingPath = 'metric_for_best_model';
  if (metric === 'loss' && (at('validation_split') === 0 || at('method') === 'grpo' || at('method') === 'distillation'))
    problems.push({
      path,
      problem: `${why} goes by the evaluation loss and no rows are kept for it; set validation_split, or eval_questions`,
    });
  if (metric !== 'loss' && !asks)
    problems.push({ path, problem: `${why} goes by ${show(metric)} and no questions are asked; set eval_questions` });
  return problems;
}

/** As TRL checks them: a batch of answers holds whole groups. */
function grpoContradictions(at: (path: SettingPath) => unknown): SettingProblem[] {
  const problems: SettingProblem[] = [];
  const add = (path: SettingPath, problem: string): void => void problems.push({ path, problem });
  const counted = (n: number): string => (n === 1 ? '1 entry' : `${n} entries`);
  const [funcs, weights] = [at('grpo.reward_funcs') ?? grpoDefaults.reward_funcs, at('grpo.reward_weights')];
  if (Array.isArray(funcs) && funcs.length === 0) add('grpo.reward_funcs', 'reward_funcs is [] and must name at least one reward');
  else if (Array.isArray(funcs) && Array.isArray(weights) && weights.length !== funcs.length) {
    const problem = `reward_weights has ${counted(weights.length)} and reward_funcs has ${funcs.length}; give one each, or null`;
    add('grpo.reward_weights', problem);
  }
  const given = at('grpo.reward_settings') ?? grpoDefaults.reward_settings;
  if (Array.isArray(funcs) && funcs.length > 0 && isRecord(given))
    for (const { setting, problem } of rewardProblems(funcs, given))
      add(setting === null ? 'grpo.reward_funcs' : 'grpo.reward_settings', problem);
  problems.push(...groupProblems(at));
  return problems;
}

/** A batch of answers holds whole groups here too; and an analysis is one of the solution. */
function distillationContradictions(at: (path: SettingPath) => unknown): SettingProblem[] {
  const analysed = at('distillation.reason_first') === true && at('distillation.include_reference_solution_en') === false;
  const problem = 'reason_first needs include_reference_solution_en, because what the teacher analyses is the solution';
  return [
    ...(analysed ? [{ path: 'distillation.reason_first' as const, problem }] : []),
    ...groupProblems(at, 'distillation.num_generations', distillationDefaults.num_generations),
  ];
}

/** A batch of answers holds whole groups; the mend is the next batch or group that does. */
function groupProblems(
  at: (path: SettingPath) => unknown,
  size: SettingPath = 'grpo.num_generations',
  usual = grpoDefaults.num_generations,
): SettingProblem[] {
  const problems: SettingProblem[] = [];
  const add = (path: SettingPath, problem: string): void => void problems.push({ path, problem });
  const accumulated = Number(at('gradient_accumulation_steps'));
  const steps = Number(at('grpo.steps_per_generation') ?? accumulated); // GRPO's alone
  const group = Number(at(size) ?? usual);
  const batch = Number(at('per_device_train_batch_size'));
  const answers = batch * steps;
  if (![accumulated, steps, group, batch].every((value) => value > 0)) return problems; // said by their own rules
  if (steps % accumulated !== 0) {
    const problem = `steps_per_generation is ${steps} and must be a multiple of gradient_accumulation_steps ${accumulated}`;
    add('grpo.steps_per_generation', problem);
  } else if (answers % group !== 0) {
    const factors = `per_device_train_batch_size x ${size.startsWith('grpo') ? 'steps_per_generation' : 'gradient_accumulation_steps'}`;
    let larger = Math.ceil(batch);
    while ((larger * steps) % group !== 0) larger += 1;
    const nearest = divisorNear(answers, group);
    const orGroup = nearest === null ? '' : `, or num_generations to ${nearest}`;
    const problem = `${factors} is ${answers} answers and must be a multiple of num_generations ${group}; set the batch to ${larger}${orGroup}`;
    add(size, problem);
  }
  return problems;
}

/** The divisor of `whole`, from 2, that is nearest; null where there is none. */
function divisorNear(whole: number, wanted: number): number | null {
  for (let away = 0; away <= Math.max(whole, wanted); away++)
    for (const one of [wanted - away, wanted + away]) if (one >= 2 && one <= whole && whole % one === 0) return one;
  return null;
}

function tooMany(path: SettingPath, factors: string, rows: number): SettingProblem[] {
  if (!(rows > MAX_ROWS)) return [];
  return [{ path, problem: `${factors} is ${show(rows)} rows and must be at most ${MAX_ROWS.toLocaleString('en')}` }];
}
