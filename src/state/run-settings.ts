/** The settings of a run as rows to read, in the order of the form, and by their names as run.json has them. */

import type { Setting } from '../protocol/setting-row.ts';
import { defaultSettings, differing, valueAt } from '../protocol/setting-values.ts';
import { settings, settingsOf, usedBy } from '../protocol/settings.ts';
import type { TrainingSettings } from '../protocol/training.ts';

export interface RunSettingRow {
  label: string;
  name: string;
  value: string;
  /** Another value than TRL's or PEFT's default. */
  changed: boolean;
}

export function runSettingRows(given: TrainingSettings): RunSettingRow[] {
  const changed = new Set(differing(given, defaultSettings(given.encoding.date, given.method)).map(({ path }) => path));
  return [...usedBy(given.method ?? 'sft'), ...besideOf(given)].flatMap(({ path, label, name, default: otherwise }) => {
    const value = valueAt(given, path) ?? otherwise;
    return value === undefined ? [] : [{ label, name, value: words(value), changed: changed.has(path) }];
  });
}

/** What the run has of another method, to be compared with it. */
function besideOf(given: TrainingSettings): readonly Setting[] {
  return settings.filter(({ path, alsoOf }) => alsoOf?.includes(given.method ?? 'sft') && valueAt(given, path) !== undefined);
}

function words(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (value === null) return 'none';
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.join(', ');
  if (typeof value !== 'object') return String(value);
  const entries = Object.entries(value);
  return entries.length === 0
    ? 'none'
    : entries.map(([key, one]) => `${key} = ${typeof one === 'object' && one !== null ? JSON.stringify(one) : one}`).join(', ');
}

/** Without probes, which are asked on the page only. */
export function namedSettings(given: TrainingSettings): Record<string, unknown> {
  const rows = [...settingsOf(given.method ?? 'sft'), ...besideOf(given)].filter(({ path }) => !path.startsWith('adherence_'));
  return Object.fromEntries(rows.flatMap(({ path, name }) => (valueAt(given, path) === undefined ? [] : [[name, valueAt(given, path)]])));
}
