/** JSON files in and out, with the file's name in every complaint, and the two forms that several verbs read: rows of ids, and rows with labels. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { IGNORED } from '../engine/batch/pack.ts';
import type { Bytes } from '../engine/files/source.ts';
import { MotherTongueError } from '../lib/errors.ts';
import { jsonText } from '../lib/json-text.ts';
import { throwProblems } from '../lib/problems.ts';

export type Json = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new MotherTongueError('FileError', `${path} cannot be read (${(error as Error).message}).`);
  }
}

export function readBytes(path: string): Bytes {
  try {
    return new Uint8Array(readFileSync(path));
  } catch (error) {
    throw new MotherTongueError('FileError', `${path} cannot be read (${(error as Error).message}).`);
  }
}

export function readJson(path: string): unknown {
  const text = readText(path);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new MotherTongueError('FileError', `${path} is not valid JSON (${(error as Error).message}).`);
  }
}

/** Makes the folder of a result where there is none. */
export function writeResult(path: string, content: string | Bytes): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  } catch (error) {
    throw new MotherTongueError('FileError', `${path} cannot be written (${(error as Error).message}).`);
  }
}

export function writeJson(path: string, value: unknown): void {
  writeResult(path, `${jsonText(value)}\n`);
}

/** What ids a model takes, and how many of them in one row. */
export interface IdLimits {
  readonly vocab_size: number;
  readonly positions: number;
}

/** `{"input_ids": [[...], ...]}`; every row has at least `min` ids of the model's vocabulary. */
export function readIds(json: unknown, path: string, limits: IdLimits, min = 1): number[][] {
  return readIdRows(json, 'input_ids', path, limits, min);
}

/** The same under another name. */
export function readIdRows(json: unknown, name: string, path: string, limits: IdLimits, min = 1): number[][] {
  const rows = isObject(json) ? json[name] : undefined;
  if (!Array.isArray(rows) || rows.length === 0)
    throw new MotherTongueError('FileError', `${path} needs {"${name}": [[...], ...]} with at least one row.`);
  const problems: string[] = [];
  rows.forEach((row: unknown, r) => {
    if (!Array.isArray(row)) problems.push(`${rowName(name, r)} is not a list`);
    else if (row.length < min) problems.push(`${rowName(name, r)} has ${row.length} ids, ${min} are needed`);
    else if (row.length > limits.positions)
      problems.push(`${rowName(name, r)} has ${row.length} ids, the model has ${limits.positions} positions`);
    else {
      const wrong = row.findIndex((id) => !Number.isInteger(id) || id < 0 || id >= limits.vocab_size);
      if (wrong >= 0) problems.push(`${name}[${r}][${wrong}] is ${JSON.stringify(row[wrong])}, ids go from 0 to ${limits.vocab_size - 1}`);
    }
  });
  throwProblems('FileError', `${path} cannot be used`, problems, 'Correct these rows.');
  return rows as number[][];
}

function rowName(name: string, row: number): string {
  return name === 'input_ids' ? `row ${row}` : `${name}[${row}]`;
}

/** `labels` beside `input_ids`, of the same lengths: an id, or -100 where nothing is learned. */
export function readLabels(json: unknown, path: string, ids: readonly number[][], { vocab_size }: IdLimits): number[][] {
  const rows = isObject(json) ? json.labels : undefined;
  if (!Array.isArray(rows) || rows.length !== ids.length) {
    throw new MotherTongueError(
      'FileError',
      `${path} needs "labels" with ${ids.length} rows, as many as input_ids (-100 where nothing is learned).`,
    );
  }
  const problems: string[] = [];
  rows.forEach((row: unknown, r) => {
    if (!Array.isArray(row) || row.length !== ids[r]!.length) problems.push(`labels[${r}] is not a list of ${ids[r]!.length} entries`);
    else {
      const wrong = row.findIndex((l) => l !== IGNORED && (!Number.isInteger(l) || l < 0 || l >= vocab_size));
      if (wrong >= 0) problems.push(`labels[${r}][${wrong}] is ${JSON.stringify(row[wrong])}`);
    }
  });
  throwProblems('FileError', `${path} cannot be used`, problems, 'Correct these rows.');
  return rows as number[][];
}
