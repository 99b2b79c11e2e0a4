/**
 * The training settings the user has, the preset they began from, and what is changed against it.
 * A preset is applied by itself only until the user changes something; after that only when asked.
 */
import { createStore } from 'zustand/vanilla';
import type { DatasetSummary, EncodingSettings } from '../protocol/dataset.ts';
import type { ModelSummary } from '../protocol/model.ts';
import type { SettingLimits, SettingPath } from '../protocol/setting-row.ts';
import { rowProblems, type SettingProblem, settingProblems, valueAt, withValueAt } from '../protocol/setting-values.ts';
import { settings as rows } from '../protocol/settings.ts';
import type { TrainingSettings } from '../protocol/training.ts';
import { type PresetName, presetSettings, startingSettings } from './presets.ts';

export interface SettingsState {
  preset: PresetName;
  /** True once the user changed a value by hand. */
  touched: boolean;
  settings: TrainingSettings;
}

export const freshSettings: SettingsState = { preset: 'recommended', touched: false, settings: startingSettings };

export const settingsStore = createStore<SettingsState>(() => freshSettings);

export function setSetting(path: SettingPath, value: unknown): void {
  settingsStore.setState((state) => ({ touched: true, settings: withValueAt(state.settings, path, value) }));
}

/** What is kept over a reload; the settings may be of an earlier version. */
export type KeptSettings = Omit<SettingsState, 'settings'> & { settings: object };

/**
 * Saved settings, value by value: absent, unknown and mistyped values get the default. A number out of range is kept, because the form shows what is
 * wrong with it.
 */
export function recalledSettings({ settings: kept, ...state }: KeptSettings): SettingsState {
  const settings = rows.reduce((standing, row) => {
    const value = valueAt(kept, row.path);
    const sameKind = typeof value === 'number' && typeof row.default === 'number';
    const good = sameKind || rowProblems(row, value).length === 0;
    return value === undefined || !good ? standing : withValueAt(standing, row.path, value);
  }, startingSettings);
  return { ...state, settings };
}

/** The limits that a model's summary contains; the worker also checks names of modules. */
export function pageLimits(model: ModelSummary | null): SettingLimits {
  return model ? { positions: model.context, rank: model.adaptable.rank } : {};
}

let found: { settings: TrainingSettings; model: ModelSummary | null; problems: SettingProblem[] } | null = null;

/** The problems of one setting as sentences; '' when it is valid. All are found at once and cached, because every input of the form calls this. */
export function problemAt(settings: TrainingSettings, model: ModelSummary | null, path: SettingPath): string {
  if (found?.settings !== settings || found.model !== model)
    found = { settings, model, problems: settingProblems(settings, pageLimits(model)) };
  return found.problems.flatMap((one) => (one.path === path ? [`${one.problem}.`] : [])).join(' ');
}

/** Takes over a preset; the pinned date and the languages chosen from the dataset stay. */
export function takePreset(preset: PresetName, model: ModelSummary | null): void {
  settingsStore.setState((state) => ({
    preset,
    touched: false,
    settings: keepPinned(presetSettings(preset, model), state.settings.encoding),
  }));
}

/** A newly loaded model brings its own recommendation, unless the user has settings of their own. */
export function adoptModel(model: ModelSummary): void {
  const { touched, preset } = settingsStore.getState();
  if (!touched) takePreset(preset, model);
}

/** Other settings, with the pinned date and the languages chosen from the dataset. */
export function keepPinned(settings: TrainingSettings, encoding: EncodingSettings): TrainingSettings {
  const kept = { ...settings.encoding, date: encoding.date };
  return { ...settings, encoding: { ...kept, languages: encoding.languages ?? kept.languages } };
}

/** Languages of a dataset, named ones only, in falling order of rows. */
export function datasetLanguages(dataset: DatasetSummary | null): string[] {
  return Object.keys(dataset?.languages ?? {}).filter((language) => language !== '');
}

/** All are asked at once, and each takes a cache. */
const MOST_PROBED = 12;

/** The settings as they go to the engine: probes ask for the languages trained on (the most frequent ones) unless others were named. */
export function settingsToTrain(settings: TrainingSettings, dataset: DatasetSummary | null): TrainingSettings {
  const known = Object.keys(dataset?.languages ?? {});
  const chosen = settings.encoding.languages?.filter((language) => known.includes(language));
  const { languages: _languages, ...encoding } = settings.encoding;
  const trained = (chosen ?? known).filter((language) => language !== '');
  const { adherence_question: question, ...rest } = settings;
  return {
    ...rest,
    ...(question?.trim() ? { adherence_question: question } : {}),
    encoding: chosen && chosen.length < known.length ? { ...encoding, languages: chosen } : encoding,
    adherence_languages: settings.adherence_languages.length > 0 ? settings.adherence_languages : trained.slice(0, MOST_PROBED),
  };
}
