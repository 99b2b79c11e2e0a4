/**
 * The batch file of `grads` with `"loss": {"type": "distillation", ...}`: settings of the divergence, and completions with a student's and a teacher's prompt
 * each. A field that is not known, or out of its range, is refused by its name.
 */
import type { DivergenceSettings } from '../engine/train/distillation/objective.ts';
import { MotherTongueError } from '../lib/errors.ts';
import { throwProblems } from '../lib/problems.ts';
import { flag, number, oneOf, orNull, type Rule, whole } from '../protocol/rules.ts';
import { type IdLimits, isObject, type Json, readIdRows } from './json-files.ts';

export interface DistillationFile {
  readonly settings: DivergenceSettings;
  readonly student_prompt_ids: readonly (readonly number[])[];
  readonly teacher_prompt_ids: readonly (readonly number[])[];
  readonly completion_ids: readonly (readonly number[])[];
}

type Row<X> = { readonly rule: Rule; readonly default: X };

/** The last three are off: what other trainers of the same idea do. The teacher of a file is the model without the adapter. */
const table: { readonly [K in Exclude<keyof DivergenceSettings, 'teacher'>]: Row<DivergenceSettings[K]> } = {
  beta: { rule: number({ from: 0, to: 1 }), default: 0 },
  temperature: { rule: number({ above: 0, to: 100 }), default: 1 },
  jsd_token_clip: { rule: orNull(number({ above: 0, to: 1e6 })), default: null },
  top_k_loss: { rule: whole(0, 2 ** 20), default: 0 },
  top_k_of: { rule: oneOf('teacher', 'student'), default: 'teacher' },
  add_tail: { rule: flag, default: false },
  sampled_token: { rule: flag, default: false },
};

const lists = ['student_prompt_ids', 'teacher_prompt_ids', 'completion_ids'] as const;

export function readDistillationFile(json: Json, path: string, limits: IdLimits): DistillationFile {
  const settings = readSettings(json.loss as Json, path);
  const unknown = Object.keys(json).filter((key) => key !== 'loss' && !(lists as readonly string[]).includes(key));
  throwProblems(
    'FileError',
    `${path} cannot be used`,
    unknown.map((key) => `${key} is not known beside a loss of type distillation`),
    'Remove these.',
  );
  const [student_prompt_ids, teacher_prompt_ids, completion_ids] = lists.map((name) => readIdRows(json, name, path, limits)) as [
    number[][],
    number[][],
    number[][],
  ];
  const file = { settings, student_prompt_ids, teacher_prompt_ids, completion_ids };
  checkRows(file, path, limits);
  return file;
}

function readSettings(loss: Json, path: string): DivergenceSettings {
  const rows: Readonly<Record<string, Row<unknown>>> = table;
  const values = Object.fromEntries(Object.entries(rows).map(([name, row]) => [name, row.default]));
  const problems: string[] = [];
  for (const [name, value] of Object.entries(loss)) {
    if (name === 'type') continue;
    const row = Object.hasOwn(rows, name) ? rows[name] : undefined;
    if (!row) {
      problems.push(`loss.${name} is not a setting of distillation that is known here`);
      continue;
    }
    problems.push(...row.rule.problems(`loss.${name}`, value));
    values[name] = value;
  }
  throwProblems('SettingsError', `${path} cannot be used`, problems, 'Correct or remove these.');
  const settings = { ...values, teacher: 'base' } as unknown as DivergenceSettings; // by its table, checked
  checkTogether(settings, path);
  return settings;
}

function checkTogether({ sampled_token, top_k_loss, jsd_token_clip }: DivergenceSettings, path: string): void {
  if (!sampled_token || (top_k_loss === 0 && jsd_token_clip === null)) return;
  throw new MotherTongueError(
    'SettingsError',
    `${path}: loss.sampled_token looks at one token alone, so set loss.top_k_loss to 0 and loss.jsd_token_clip to null.`,
  );
}

function checkRows(file: DistillationFile, path: string, { positions }: IdLimits): void {
  const rows = file.completion_ids.length;
  const problems: string[] = [];
  for (const name of lists)
    if (file[name].length !== rows) problems.push(`${name} has ${file[name].length} rows and completion_ids ${rows}`);
  for (const name of ['student_prompt_ids', 'teacher_prompt_ids'] as const) {
    for (const [row, prompt] of file[name].entries()) {
      const whole = prompt.length + (file.completion_ids[row]?.length ?? 0);
      if (whole > positions) problems.push(`${name}[${row}] has ${whole} ids with its completion, the model has ${positions} positions`);
    }
  }
  throwProblems('FileError', `${path} cannot be used`, problems, 'Correct these rows.');
}

export function isDistillation(json: unknown): json is Json {
  return isObject(json) && isObject(json.loss) && json.loss.type === 'distillation';
}
