/**
 * The settings file of the verb `traces`: "model", "adapter" and "dataset" are paths relative to the file; the settings stand beside them under their own
 * names, those of sampling (temperature, max_new_tokens, seed) and of prompts (date, thinking) included. What is left out has its default.
 */
import { dirname, resolve } from 'node:path';
import { today } from '../lib/dates.ts';
import { MotherTongueError } from '../lib/errors.ts';
import { throwProblems } from '../lib/problems.ts';
import { samplingRules } from '../protocol/sampling.ts';
import { settings as settingRows } from '../protocol/settings.ts';
import { defaultTraces, TRACE_CHECKS, traceClauses, traceRules } from '../protocol/trace-settings.ts';
import type { TraceSettings } from '../protocol/traces.ts';
import { isObject, type Json, readJson } from './json-files.ts';

export interface TracesFile {
  readonly path: string;
  readonly model: string | null;
  readonly adapter: string | null;
  readonly dataset: string | null;
  readonly settings: TraceSettings;
  /** Whether it says the date of the prompts; else it is today's. */
  readonly dated: boolean;
}

export function readTracesFile(path: string): TracesFile {
  const json = readJson(path);
  if (!isObject(json)) throw new MotherTongueError('SettingsError', `${path} is not a JSON object.`);
  const { model, adapter, dataset, ...named } = json;
  const pathOf = (key: string, value: unknown): string | null => {
    if (value === undefined || value === null) return null;
    if (typeof value === 'string' && value !== '') return resolve(dirname(path), value);
    throw new MotherTongueError('SettingsError', `${path}: ${key} must be a path.`);
  };
  return {
    path,
    model: pathOf('model', model),
    adapter: pathOf('adapter', adapter),
    dataset: pathOf('dataset', dataset),
    settings: settingsBy(named, path),
    dated: named.date !== undefined,
  };
}

function settingsBy(named: Json, path: string): TraceSettings {
  const made = structuredClone(defaultTraces(today()));
  const parts = { sampling: made.sampling, encoding: made.encoding, checks: made.checks } as Record<string, unknown> as Record<
    'sampling' | 'encoding' | 'checks',
    Record<string, unknown>
  >; // plain objects, looked at as a whole below
  const unknown: string[] = [];
  for (const [name, value] of Object.entries(named)) {
    const prompt = settingRows.find((row) => row.name === name && row.path.startsWith('encoding.'));
    if (name === 'generator') unknown.push('generator is not set here: name an "adapter", or none');
    else if (Object.hasOwn(traceRules, name)) (made as unknown as Record<string, unknown>)[name] = value;
    else if (Object.hasOwn(samplingRules, name)) parts.sampling[name] = value;
    else if (Object.hasOwn(TRACE_CHECKS, name)) parts.checks[name] = value;
    else if (prompt) parts.encoding[prompt.path.slice('encoding.'.length)] = value;
    else unknown.push(`${name} is not a setting that is known here`);
  }
  throwProblems('SettingsError', `${path} cannot be used`, [...unknown, ...traceClauses(made)], 'Correct them.');
  return made;
}
