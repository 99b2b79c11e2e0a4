/**
 * Settings of a run by their TRL, PEFT and transformers names -> TrainingSettings (protocol/named-settings.ts reads them). A name that is not there is
 * an error, never ignored: it could change the numbers.
 */
import { throwProblems } from '../lib/problems.ts';
import { readNamed } from '../protocol/named-settings.ts';
import type { SettingLimits, SettingPath } from '../protocol/setting-row.ts';
import { defaultSettings, settingProblems, withValueAt } from '../protocol/setting-values.ts';
import type { TrainingSettings } from '../protocol/training.ts';
import type { Json } from './json-files.ts';

export interface NamedSettings {
  readonly settings: TrainingSettings;
  /** What was stated; the others are defaults. */
  readonly stated: ReadonlySet<SettingPath>;
}

/** `where` is the file, for messages. */
export function readSettings(json: Json, where: string, date: string): NamedSettings {
  const { values, problems } = readNamed(json);
  const asked = [...values.keys()].filter(isPageOnly).map((path) => `${path} is not a setting that is known here`);
  const settings = [...values].reduce(
    (made, [path, value]) => withValueAt(made, path, value),
    defaultSettings(date, String(values.get('method') ?? 'sft')),
  );
  // Contradictions are reported once every single value is valid.
  const wrong = [...problems, ...asked];
  const all = wrong.length > 0 ? wrong : settingProblems(settings).map(({ problem }) => problem);
  throwProblems('SettingsError', `${where} cannot be used`, all, 'Correct or remove these keys.');
  return { settings, stated: new Set(values.keys()) };
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

/** Probes are asked on the page. */
function isPageOnly(path: SettingPath): boolean {
  return path.startsWith('adherence_');
}
