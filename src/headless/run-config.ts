/**
 * run.json of the verbs `train` and `plan`: the model, an adapter to start from, the data, and settings by their TRL and PEFT names.
 *   {"model": "../mini", "dataset": "rows.jsonl", "learning_rate": 2e-4, "r": 8, ...}
 * Paths are relative to the file's own folder. The data are a dataset file, tokenised rows in place ({"input_ids", "labels"}), or tokenised rows in
 * another file ({"rows": path}).
 */
import { basename, dirname, resolve } from 'node:path';
import { settingLimits } from '../engine/adapters/setting-limits.ts';
import type { EncodedRow } from '../engine/batch/encode.ts';
import { encodeDataset } from '../engine/batch/encode-dataset.ts';
import { IGNORED } from '../engine/batch/pack.ts';
import type { PromptRow } from '../engine/batch/prompt-rows.ts';
import type { TextModel } from '../engine/chat/open-text.ts';
import { type Dataset, openDataset } from '../engine/data/dataset.ts';
import type { BaseConfig } from '../engine/models/family.ts';
import { promptsOfRun } from '../engine/train/prompts.ts';
import { today } from '../lib/dates.ts';
import { MotherTongueError } from '../lib/errors.ts';
import type { EncodingSettings } from '../protocol/dataset.ts';
import type { SettingPath } from '../protocol/setting-row.ts';
import type { TrainingSettings } from '../protocol/training.ts';
import { type IdLimits, isObject, type Json, readBytes, readIds, readJson, readLabels } from './json-files.ts';
import { readSettings, settingsFor } from './read-settings.ts';

export type RunData =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'rows'; readonly json: Json; readonly path: string };

export interface RunConfig {
  readonly path: string;
  readonly model: string | null;
  /** As run.json spells it: what adapter_config.json names as its base. */
  readonly base_model: string;
  readonly adapter: string | null;
  readonly data: RunData | null;
  /** Files of questions that its evaluations ask. */
  readonly questions: readonly string[];
  readonly settings: TrainingSettings;
  /** What run.json states; the other settings are defaults. */
  readonly stated: ReadonlySet<SettingPath>;
  /** Row indices in the order in which they train, epoch after epoch. */
  readonly data_order: readonly number[] | null;
}

export function readRunConfig(path: string): RunConfig {
  const json = readJson(path);
  if (!isObject(json)) throw new MotherTongueError('SettingsError', `${path} is not a JSON object.`);
  const { model, adapter, dataset, questions, data_order, base_model_name_or_path, ...named } = json;
  const { settings, stated } = readSettings(named, path, today());
  const pathOf = (key: string, value: unknown): string | null => {
    if (value === undefined || value === null) return null;
    if (typeof value === 'string' && value !== '') return resolve(dirname(path), value);
    throw new MotherTongueError('SettingsError', `${path}: ${key} must be a path.`);
  };
  const base = base_model_name_or_path ?? model;
  return {
    path,
    model: pathOf('model', model),
    base_model: typeof base === 'string' ? base : '',
    adapter: pathOf('adapter', adapter),
    data: dataOf(path, dataset),
    questions: questionsOf(path, questions, settings),
    settings,
    stated,
    data_order: orderOf(path, data_order),
  };
}

/** A path or a list of them; needed where evaluations ask questions, and of no use elsewhere. */
function questionsOf(path: string, given: unknown, { eval_questions = 0 }: TrainingSettings): string[] {
  const list = given === undefined || given === null ? [] : Array.isArray(given) ? given : [given];
  if (!list.every((one) => typeof one === 'string' && one !== ''))
    throw new MotherTongueError('SettingsError', `${path}: questions must be the path of a file, or a list of paths.`);
  if (eval_questions > 0 && list.length === 0)
    throw new MotherTongueError(
      'SettingsError',
      `${path}: eval_questions is ${eval_questions}; name the file of questions as "questions".`,
    );
  if (eval_questions === 0 && list.length > 0)
    throw new MotherTongueError('SettingsError', `${path} names questions and asks none of them; set eval_questions.`);
  return list.map((one: string) => resolve(dirname(path), one));
}

/** The run on this model: see `settingsFor`. */
export function fitRun(config: RunConfig, model: BaseConfig): RunConfig {
  return { ...config, settings: settingsFor(config, settingLimits(model), config.path) };
}

function dataOf(path: string, dataset: unknown): RunData | null {
  if (dataset === undefined || dataset === null) return null;
  if (typeof dataset === 'string') return { kind: 'file', path: resolve(dirname(path), dataset) };
  if (isObject(dataset) && typeof dataset.rows === 'string') {
    const rows = resolve(dirname(path), dataset.rows);
    const json = readJson(rows);
    if (!isObject(json)) throw new MotherTongueError('FileError', `${rows} needs {"input_ids": [[...], ...], "labels": [[...], ...]}.`);
    return { kind: 'rows', json, path: rows };
  }
  if (isObject(dataset) && dataset.input_ids !== undefined) return { kind: 'rows', json: dataset, path: `${path} (dataset)` };
  throw new MotherTongueError('SettingsError', `${path}: dataset must be a path, {"input_ids": ..., "labels": ...} or {"rows": path}.`);
}

/** Epochs, micro-batches or one plain list: all are the same indices one after another. */
function orderOf(path: string, order: unknown): number[] | null {
  if (order === undefined || order === null) return null;
  const flat: unknown[] = Array.isArray(order) ? order.flat() : [];
  if (flat.length > 0 && flat.every((i): i is number => Number.isInteger(i) && (i as number) >= 0)) return flat;
  throw new MotherTongueError(
    'SettingsError',
    `${path}: data_order must list row indices from 0, as one list, by epochs or by micro-batches.`,
  );
}

/** One list of row indices an epoch, for `optimizerSteps`. */
export function epochsOf({ path, data_order }: RunConfig, rows: number): number[][] | undefined {
  if (!data_order) return undefined;
  const epochs = Array.from({ length: Math.ceil(data_order.length / rows) }, (_, e) => data_order.slice(e * rows, (e + 1) * rows));
  for (const [e, epoch] of epochs.entries()) {
    const twice = epoch.find((row, i) => row >= rows || epoch.indexOf(row) !== i);
    if (twice !== undefined)
      throw new MotherTongueError(
        'SettingsError',
        `${path}: epoch ${e} of data_order names row ${twice} twice, or there are only ${rows} rows.`,
      );
  }
  return epochs;
}

/** All rows of the dataset that can be asked, and why others cannot. */
export async function readPrompts(
  data: RunData,
  settings: TrainingSettings,
  limits: IdLimits,
  text: TextModel,
): Promise<{ prompts: readonly PromptRow[]; notes: string[] }> {
  if (data.kind === 'rows')
    throw new MotherTongueError(
      'SettingsError',
      `${data.path}: rows of ids have no text that could be asked and judged; give a dataset file.`,
    );
  const dataset = await openFile(data.path);
  const { rows, problems } = await promptsOfRun(dataset, settings, text, limits.positions);
  return { prompts: rows, notes: [...dataset.summary().problems, ...problems].map(({ message }) => message) };
}

async function openFile(path: string): Promise<Dataset> {
  const dataset = await openDataset(new Blob([readBytes(path)]), basename(path));
  if (dataset.schema !== 'unknown' || dataset.problems) return dataset;
  throw new MotherTongueError(
    'DatasetError',
    `${path} has the columns "${dataset.columns.join('", "')}", which are no known schema; rename them, for example to "question" and "answer".`,
  );
}

/** All rows that train, in file order, and how many tokens are cut or rows left out, for a note. */
export async function readRows(
  data: RunData,
  settings: EncodingSettings,
  limits: IdLimits,
  text: () => Promise<TextModel>,
): Promise<{ rows: EncodedRow[]; notes: string[] }> {
  if (data.kind === 'rows') return { rows: tokenisedRows(data, settings, limits), notes: [] };
  const dataset = await openFile(data.path);
  const encoded = await encodeDataset(dataset, settings, await text());
  const { rows, statistics } = encoded.select({ ...settings, positions: limits.positions });
  const notes = [...dataset.summary().problems, ...statistics.problems].map((problem) => problem.message);
  if (rows.length === 0)
    throw new MotherTongueError(
      'DatasetError',
      `No row of ${data.path} can be trained with these settings${notes[0] ? `: ${notes[0]}` : '.'}`,
    );
  return { rows: rows.map((row) => within(row, limits)), notes };
}

function within(row: EncodedRow, { vocab_size, positions }: IdLimits): EncodedRow {
  if (row.ids.length > positions)
    throw new MotherTongueError(
      'DatasetError',
      `Row ${row.row} has ${row.ids.length} tokens and the model ${positions} positions; lower max_length.`,
    );
  const wrong = row.ids.find((id) => id >= vocab_size);
  if (wrong !== undefined)
    throw new MotherTongueError(
      'ModelError',
      `The tokenizer gives id ${wrong}, and the model has ${vocab_size} rows in its embedding; use the tokenizer of this model.`,
    );
  return row;
}

function tokenisedRows({ json, path }: { json: Json; path: string }, { max_length }: EncodingSettings, limits: IdLimits): EncodedRow[] {
  const ids = readIds(json, path, limits);
  const labels = json.labels === undefined ? ids : readLabels(json, path, ids, limits);
  return ids.map((row, r): EncodedRow => {
    const other = labels[r]!.findIndex((label, t) => label !== IGNORED && label !== row[t]);
    if (other >= 0)
      throw new MotherTongueError(
        'FileError',
        `${path}: labels[${r}][${other}] is ${labels[r]![other]} where input_ids has ${row[other]}; a training label is the id at its place, or -100.`,
      );
    const kept = Math.min(row.length, max_length);
    return {
      row: r,
      ids: Uint32Array.from(row.slice(0, kept)),
      trained: Uint8Array.from({ length: kept }, (_, t) => (labels[r]![t] === IGNORED ? 0 : 1)),
    };
  });
}
