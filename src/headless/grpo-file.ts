/**
 * The batch file of `grads` with `"loss": {"type": "grpo", ...}`: settings by TRL's names with GRPOConfig's defaults, and a batch of completions with their
 * rewards. A field that is not known, or out of its range, is refused by its name.
 */

import type { BaseConfig } from '../engine/models/family.ts';
import { type EndIds, endsOf } from '../engine/train/answers/lengths.ts';
import { checkRollouts, type RolloutBatch } from '../engine/train/grpo/rollouts.ts';
import { MotherTongueError } from '../lib/errors.ts';
import { throwProblems } from '../lib/problems.ts';
import { type GrpoSettings, grpoDefaults, grpoTable } from '../protocol/grpo.ts';
import { number, orNull, type Rule, whole } from '../protocol/rules.ts';
import { type IdLimits, isObject, type Json, readIdRows } from './json-files.ts';

export interface GrpoFile {
  readonly settings: GrpoSettings;
  readonly gradient_accumulation_steps: number;
  readonly router_aux_loss_coef: number;
  readonly step: number;
  readonly ends: EndIds;
  readonly batch: RolloutBatch;
}

/** Beside GrpoSettings: what every method has, and what only this file says. */
const more: Readonly<Record<string, { readonly rule: Rule; readonly default: unknown }>> = {
  gradient_accumulation_steps: { rule: whole(1, 4096), default: 1 },
  router_aux_loss_coef: { rule: number({ from: 0, to: 1e6 }), default: 0.001 },
  step: { rule: whole(0, 2 ** 20), default: 0 },
  eos_token_id: { rule: orNull(whole(0, 2 ** 31)), default: undefined },
  pad_token_id: { rule: orNull(whole(0, 2 ** 31)), default: undefined },
};

export function readGrpoFile(json: Json, path: string, limits: IdLimits, config: BaseConfig): GrpoFile {
  const given = readSettings(json.loss as Json, path);
  const { gradient_accumulation_steps, router_aux_loss_coef, step, eos_token_id, pad_token_id, ...settings } = given;
  const read = settings as unknown as GrpoSettings; // by its table, checked
  const own = endsOf(config);
  const eos = eos_token_id === undefined ? own.eos_token_id : (eos_token_id as number | null);
  const pad = pad_token_id === undefined ? config.pad_token_id : (pad_token_id as number | null);
  const file: GrpoFile = {
    settings: read,
    gradient_accumulation_steps: gradient_accumulation_steps as number,
    router_aux_loss_coef: config.num_local_experts === undefined ? 0 : (router_aux_loss_coef as number),
    step: step as number,
    ends: { eos_token_id: eos, pad_token_id: pad ?? eos },
    batch: readBatch(json, path, limits),
  };
  check(file, path, limits);
  return file;
}

function readSettings(loss: Json, path: string): Record<string, unknown> {
  const table: Readonly<Record<string, { readonly rule: Rule }>> = { ...grpoTable, ...more };
  const values: Record<string, unknown> = {
    ...grpoDefaults,
    skip_groups_without_spread: false,
    ...Object.fromEntries(Object.entries(more).map(([name, row]) => [name, row.default])),
  };
  const problems: string[] = [];
  for (const [name, value] of Object.entries(loss)) {
    if (name === 'type') continue;
    const row = Object.hasOwn(table, name) ? table[name] : undefined;
    if (!row) {
      problems.push(`loss.${name} is not a setting of grpo that is known here`);
      continue;
    }
    const known = name === 'scale_rewards' && typeof value === 'boolean' ? (value ? 'group' : 'none') : value; // as GRPOConfig reads them
    problems.push(...row.rule.problems(`loss.${name}`, known));
    values[name] = known;
  }
  throwProblems('SettingsError', `${path} cannot be used`, problems, 'Correct or remove these.');
  return values;
}

function readBatch(json: Json, path: string, limits: IdLimits): RolloutBatch {
  const unknown = Object.keys(json).filter((key) => !['loss', 'prompt_ids', 'completion_ids', 'rewards', 'old_logps'].includes(key));
  throwProblems(
    'FileError',
    `${path} cannot be used`,
    unknown.map((key) => `${key} is not known beside a loss of type grpo`),
    'Remove these.',
  );
  const completion_ids = readIdRows(json, 'completion_ids', path, limits);
  const rewards = readRows(json.rewards, 'rewards', path, (value) => value === null || isNumber(value), 'a list of numbers and null');
  const old = json.old_logps === undefined ? undefined : readRows(json.old_logps, 'old_logps', path, isNumber, 'a list of numbers');
  return {
    prompt_ids: readIdRows(json, 'prompt_ids', path, limits).map((ids) => Uint32Array.from(ids)),
    completion_ids: completion_ids.map((ids) => Uint32Array.from(ids)),
    rewards: rewards as (number | null)[][],
    ...(old && { old_logps: old.map((row) => Float32Array.from(row as number[])) }),
  };
}

function isNumber(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value);
}

function readRows(rows: unknown, name: string, path: string, holds: (value: unknown) => boolean, be: string): unknown[][] {
  if (!Array.isArray(rows)) throw new MotherTongueError('FileError', `${path} needs "${name}", one list for each completion.`);
  const wrong = rows.findIndex((row: unknown) => !Array.isArray(row) || !row.every(holds));
  if (wrong >= 0) throw new MotherTongueError('FileError', `${path}: ${name}[${wrong}] must be ${be}.`);
  return rows as unknown[][];
}

/** What single values cannot say. */
function check({ settings, gradient_accumulation_steps, step, ends, batch }: GrpoFile, path: string, { positions }: IdLimits): void {
  const { num_generations, reward_weights, mask_truncated_completions, steps_per_generation } = settings;
  const refuse = (sentence: string): never => {
    throw new MotherTongueError('SettingsError', `${path}: ${sentence}`);
  };
  checkRollouts(batch, num_generations);
  const rows = batch.completion_ids.length;
  batch.completion_ids.forEach((ids, row) => {
    const whole = ids.length + batch.prompt_ids[row]!.length;
    if (whole > positions) refuse(`row ${row} has ${whole} ids with its prompt, the model has ${positions} positions.`);
  });
  const splits = steps_per_generation ?? gradient_accumulation_steps;
  if (splits % gradient_accumulation_steps !== 0)
    refuse(`steps_per_generation ${splits} must be a multiple of gradient_accumulation_steps ${gradient_accumulation_steps}.`);
  if (rows % splits !== 0) refuse(`${rows} completions cannot be split into steps_per_generation ${splits} equal micro-batches.`);
  const steps = splits / gradient_accumulation_steps;
  if (step >= steps) refuse(`step is ${step} and this batch has ${steps} optimizer step${steps === 1 ? '' : 's'}, counted from 0.`);
  const functions = batch.rewards[0]!.length;
  if (reward_weights && reward_weights.length !== functions)
    refuse(`reward_weights has ${reward_weights.length} numbers and each completion ${functions} rewards.`);
  if (mask_truncated_completions && ends.eos_token_id === null)
    refuse('mask_truncated_completions needs an eos_token_id, because without one every completion counts as cut off.');
}

export function isGrpo(json: unknown): json is Json {
  return isObject(json) && isObject(json.loss) && json.loss.type === 'grpo';
}
