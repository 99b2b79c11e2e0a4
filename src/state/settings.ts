/**
 * The training settings the user has, the preset they began from, and what is changed against it.
 * A preset is applied by itself only until the user changes something; after that only when asked.
 */
import { createStore } from 'zustand/vanilla';
import type { TemplateName } from '../protocol/conversation.ts';
import type { DatasetSummary, EncodingSettings } from '../protocol/dataset.ts';
import type { ModelSummary } from '../protocol/model.ts';
import type { Setting, SettingLimits, SettingPath } from '../protocol/setting-row.ts';
import { differing, rowProblems, type SettingProblem, settingProblems, valueAt, withValueAt } from '../protocol/setting-values.ts';
import { settings as rows } from '../protocol/settings.ts';
import type { TrainingSettings } from '../protocol/training.ts';
import { type PresetName, presetSettings, presetUnder, startingSettings } from './presets.ts';

export interface SettingsState {
  preset: PresetName;
  /** True once the user changed a value by hand. */
  touched: boolean;
  /** max_length was set by hand; until then it follows the lengths of the rows (see length-actions.ts). */
  lengthByHand: boolean;
  /** The template that was chosen, while a model without it is open. */
  templateAside?: TemplateName | null;
  /** The dataset whose languages were chosen from; null: not known yet. */
  dataset: string | null;
  settings: TrainingSettings;
  /** The settings that a preset or an undo took the place of. */
  earlier: Omit<SettingsState, 'earlier'> | null;
}

export const freshSettings: SettingsState = {
  preset: 'recommended',
  touched: false,
  lengthByHand: false,
  dataset: null,
  settings: startingSettings,
  earlier: null,
};

export const settingsStore = createStore<SettingsState>(() => freshSettings);

const LENGTH: SettingPath = 'encoding.max_length';
const TEMPLATE: SettingPath = 'encoding.template';
/** They follow the day and the adapter that stands. */
const FOLLOWING: readonly SettingPath[] = ['encoding.date', 'init_adapter'];
/** What of the prompts depends on the dataset. */
const OF_PROMPTS = ['target_languages', 'language_strings', 'privileged_context', 'teacher_prompt_template'] as const;
/** Choices that the dataset asks for, which no preset makes. */
export const KEPT_BY_PRESETS: readonly SettingPath[] = [
  'encoding.languages',
  'adherence_languages',
  ...OF_PROMPTS.map((name) => `distillation.${name}` as const),
];

export function setSetting(path: SettingPath, value: unknown): void {
  settingsStore.setState((state) => ({
    touched: true,
    lengthByHand: state.lengthByHand || path === LENGTH,
    ...(path === TEMPLATE && { templateAside: null }),
    settings: withValueAt(state.settings, path, value),
  }));
}

/** Where the model has no such rendering, the first that it has; a model that has it gets the chosen one back. */
export function followTemplates(templates: readonly TemplateName[]): void {
  const { settings, templateAside = null } = settingsStore.getState();
  const wanted = templateAside ?? settings.encoding.template;
  const fits = templates.includes(wanted);
  const template = fits ? wanted : (templates[0] ?? wanted);
  const aside = fits ? null : wanted;
  if (template === settings.encoding.template && aside === templateAside) return; // its own change calls it again
  settingsStore.setState({ settings: withValueAt(settings, TEMPLATE, template), templateAside: aside });
}

/** The length that the rows of the dataset ask for; no choice of the user's. */
export function followLength(max_length: number): void {
  settingsStore.setState(({ settings, lengthByHand }) => (lengthByHand ? {} : { settings: withValueAt(settings, LENGTH, max_length) }));
}

/** What the user changed: what differs from the preset, but for a length that follows the data, a template that follows the model, and the pinned date. */
export function changedByHand({ preset, settings, lengthByHand, templateAside }: SettingsState, model: ModelSummary | null): Setting[] {
  const followed = (path: SettingPath): boolean => (path === LENGTH && !lengthByHand) || (path === TEMPLATE && !!templateAside);
  return differing(settings, presetSettings(preset, model, settings.method)).filter(
    ({ path, part }) => part !== 'hidden' && !FOLLOWING.includes(path) && !followed(path),
  );
}

/** What is kept over a reload; the settings may be of an earlier version. */
export interface KeptSettings extends Omit<SettingsState, 'settings' | 'earlier' | 'lengthByHand'> {
  settings: object;
  /** null: of a version that did not know; a length among settings changed by hand then counts as one. */
  lengthByHand: boolean | null;
}

export function keptSettings({ earlier: _, ...state }: SettingsState): KeptSettings {
  return state;
}

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
  const preset = presetUnder(state.preset, settings.method ?? 'sft');
  return { ...state, preset, lengthByHand: state.lengthByHand ?? state.touched, settings, earlier: null };
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

/** Takes over a preset; the pinned date and the languages chosen from the dataset stay. What was changed by hand can be brought back. */
export function takePreset(preset: PresetName, model: ModelSummary | null): void {
  settingsStore.setState((state) => {
    const { settings } = state;
    const changed = state.touched && changedByHand(state, model).some(({ path }) => !KEPT_BY_PRESETS.includes(path));
    return {
      preset,
      touched: false,
      lengthByHand: false,
      settings: withLength(withLanguagesOf(keepPinned(startOf(preset, model, settings), settings.encoding), settings), state, model),
      earlier: changed ? withoutEarlier(state) : state.earlier,
    };
  });
}

/** A preset under the method that is chosen; where the run starts from is no part of it. */
function startOf(preset: PresetName, model: ModelSummary | null, { method, init_adapter }: TrainingSettings): TrainingSettings {
  return { ...presetSettings(preset, model, method), ...(init_adapter && { init_adapter }) };
}

/**
 * Another method: what was changed by hand stays where both have it, and everything else is the preset's under the new method. GRPO goes on from the
 * adapter that stands, if there is one: a model that never does what is paid learns nothing.
 */
export function setMethod(method: string, model: ModelSummary | null, standing: boolean): void {
  settingsStore.setState((state) => {
    const { settings, preset } = state;
    if (method === (settings.method ?? 'sft')) return {};
    const shared = changedByHand(state, model).filter(({ methods }) => methods === undefined);
    const begun = keepPinned(presetSettings(preset, model, method), settings.encoding);
    const kept = shared.reduce((next, { path }) => withValueAt(next, path, valueAt(settings, path)), begun);
    const from = method === 'grpo' && standing ? withValueAt(kept, 'init_adapter', 'standing') : kept;
    return { preset: presetUnder(preset, method), touched: shared.length > 0, settings: withLength(from, state, model) };
  });
}

/** Every change by hand is undone, languages included; it can be brought back. */
export function undoChanges(model: ModelSummary | null): void {
  settingsStore.setState((state) => {
    const fresh = startOf(state.preset, model, state.settings);
    const settings = withValueAt(fresh, 'encoding.date', state.settings.encoding.date);
    return { touched: false, lengthByHand: false, settings: withLength(settings, state, model), earlier: withoutEarlier(state) };
  });
}

/** The settings of before the last preset or undo; those of now can be brought back in turn, so nothing is lost. */
export function bringBack(): void {
  settingsStore.setState((state) => (state.earlier ? { ...state.earlier, dataset: state.dataset, earlier: withoutEarlier(state) } : {}));
}

/** Settings of elsewhere, of a run for instance, take the place of the present ones, which can be brought back. */
export function takeSettings(settings: TrainingSettings): void {
  settingsStore.setState((state) => ({ touched: true, lengthByHand: true, settings, earlier: withoutEarlier(state) }));
}

/** One value for the next run of the same kind: in the form where that is of its method, else in the settings of `run`. */
export function changeFor(run: TrainingSettings, path: SettingPath, value: unknown): void {
  if (settingsStore.getState().settings.method === run.method) setSetting(path, value);
  else takeSettings(withValueAt(run, path, value));
}

function withoutEarlier({ earlier: _, ...state }: SettingsState): Omit<SettingsState, 'earlier'> {
  return state;
}

/** A length that followed the data stays until it follows again, so that nothing is cut in between. */
function withLength(
  settings: TrainingSettings,
  { settings: standing, lengthByHand }: SettingsState,
  model: ModelSummary | null,
): TrainingSettings {
  const longer = !lengthByHand && standing.encoding.max_length > settings.encoding.max_length;
  const fits = !model || model.context === 0 || standing.encoding.max_length <= model.context;
  return longer && fits ? withValueAt(settings, LENGTH, standing.encoding.max_length) : settings;
}

function withLanguagesOf(settings: TrainingSettings, { adherence_languages, distillation: standing }: TrainingSettings): TrainingSettings {
  const { distillation } = settings;
  const own = distillation && standing && Object.fromEntries(OF_PROMPTS.map((name) => [name, standing[name]]));
  return { ...settings, adherence_languages, ...(own && { distillation: { ...distillation, ...own } }) };
}

/** Tells datasets apart over a reload. */
function datasetKey({ name, bytes }: DatasetSummary): string {
  return `${name} ${bytes}`;
}

/** Another dataset has other languages: all of them train, and all are probed. True where it is another one. */
export function adoptDataset(dataset: DatasetSummary): boolean {
  const key = datasetKey(dataset);
  const { dataset: known } = settingsStore.getState();
  if (known === key) return false;
  const reset = known !== null;
  settingsStore.setState({ dataset: key });
  if (!reset) return false;
  settingsStore.setState((state) => {
    const settings = withoutLanguages(state.settings);
    const earlier = state.earlier && { ...state.earlier, settings: withoutLanguages(state.earlier.settings) };
    return { settings, earlier: earlier && differing(earlier.settings, settings).length > 0 ? earlier : null };
  });
  return true;
}

function withoutLanguages(settings: TrainingSettings): TrainingSettings {
  const { distillation } = settings;
  return {
    ...withValueAt(settings, 'encoding.languages', undefined),
    adherence_languages: [],
    ...(distillation && { distillation: { ...distillation, target_languages: [] } }),
  };
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
  const asked = settings.distillation?.target_languages ?? [];
  const trained = asked.length > 0 ? asked : (chosen ?? known).filter((language) => language !== '');
  const { adherence_question: question, ...rest } = settings;
  return {
    ...rest,
    ...(question?.trim() ? { adherence_question: question } : {}),
    encoding: chosen && chosen.length < known.length ? { ...encoding, languages: chosen } : encoding,
    adherence_languages: settings.adherence_languages.length > 0 ? settings.adherence_languages : trained.slice(0, MOST_PROBED),
  };
}
