/**
 * The plan of stages that is being put together, and which one is on show. The template is the table of the protocol over what the open model recommends; a
 * model of which nothing was measured gets the same stages with its own settings, and no smaller model to hand on to.
 */
import { createStore } from 'zustand/vanilla';
import type { DatasetSummary } from '../protocol/dataset.ts';
import type { ModelSummary } from '../protocol/model.ts';
import { withValueAt } from '../protocol/setting-values.ts';
import { planProblems } from '../protocol/stage-problems.ts';
import type { PlanRecord, Stage, StagePlan } from '../protocol/stages.ts';
import { R1_STAGES, type RecipeStage } from '../protocol/stages-r1.ts';
import { defaultTraces } from '../protocol/trace-settings.ts';
import type { TraceSettings } from '../protocol/traces.ts';
import type { TrainingSettings } from '../protocol/training.ts';
import { hasGrpoRecipe, presetSettings, withNamed } from './presets.ts';
import { datasetLanguages } from './settings.ts';

export const R1_NAME = 'R1 in small';
/** Probed at the end of each stage, all at once. */
const MOST_PROBED = 12;

export interface StagesState {
  /** The way to train that Train shows is a plan of stages. */
  chosen: boolean;
  /** The plan as it was changed by hand or read from a file; null: the template for the open model and data. */
  draft: StagePlan | null;
  /** The plan on show: one being put together, a kept one, or the newest kept one (null). */
  shown: 'draft' | string | null;
}

export const freshStages: StagesState = { chosen: false, draft: null, shown: null };

export const stagesStore = createStore<StagesState>(() => freshStages);

/** A draft of an earlier version that cannot be used any more is left out. */
export function recalledStages({ draft, ...state }: StagesState): StagesState {
  return { ...state, draft: draft && planProblems(draft).length === 0 ? draft : null };
}

/** What of a model the template reads. */
type TemplateModel = Pick<ModelSummary, 'layers' | 'experts' | 'context' | 'recommended'> &
  Partial<Pick<ModelSummary, 'family' | 'adaptable' | 'source'>>;

export function r1Plan(model: TemplateModel | null, dataset: DatasetSummary | null, date: string): StagePlan {
  const measured = model === null || hasGrpoRecipe(model);
  const stages = R1_STAGES.filter((stage) => measured || stage.model === 'open');
  return { name: R1_NAME, choice_seed: 0, stages: stages.map((stage) => stageOf(stage, model, dataset, date)) };
}

function stageOf(recipe: RecipeStage, model: TemplateModel | null, dataset: DatasetSummary | null, date: string): Stage {
  const { name, what, from, kind } = recipe;
  const shared = { name, what, model: recipe.model, from, data: recipe.data.map((part) => ({ ...part })) };
  return kind === 'traces'
    ? { ...shared, kind, settings: tracesOf(recipe, model, date) }
    : { ...shared, kind, settings: runOf(recipe, kind, model, dataset, date) };
}

function runOf(
  recipe: RecipeStage,
  method: string,
  model: TemplateModel | null,
  dataset: DatasetSummary | null,
  date: string,
): TrainingSettings {
  const base = presetSettings('recommended', model, method);
  const settings = withNamed({ ...base, ...(method !== 'sft' && { method }) }, { method, ...namedFor(recipe, model) });
  const dated = withValueAt(withValueAt(settings, 'encoding.date', date), 'method', method);
  const adherence_languages = datasetLanguages(dataset).slice(0, MOST_PROBED);
  return { ...dated, adherence_languages, adherence_steps: dated.max_steps > 0 ? dated.max_steps : 1000 };
}

/** Numbers that were measured on the bundled model are not another's; the rewards are, in that model's own form. */
function namedFor({ settings }: RecipeStage, model: TemplateModel | null): Record<string, unknown> {
  if (model === null || hasGrpoRecipe(model)) return { ...settings };
  const { reward_funcs, reward_weights, reward_settings } = settings;
  const rewards = { reward_funcs: formsOf(reward_funcs, model), reward_weights, reward_settings };
  return Object.fromEntries(Object.entries(rewards).filter(([, value]) => value !== undefined));
}

function formsOf(funcs: unknown, { family }: TemplateModel): unknown {
  return Array.isArray(funcs) && family !== 'gpt_oss' ? funcs.map((name: unknown) => (name === 'harmony' ? 'format' : name)) : funcs;
}

function tracesOf(recipe: RecipeStage, model: TemplateModel | null, date: string): TraceSettings {
  const base = defaultTraces(date);
  const { sampling, ...given } = recipe.settings as Partial<TraceSettings>; // of a stage of this kind
  const { encoding } = presetSettings('recommended', model);
  const measured = model === null || hasGrpoRecipe(model);
  const funcs = model ? (formsOf(given.reward_funcs, model) as string[]) : given.reward_funcs;
  return {
    ...base,
    ...given,
    reward_funcs: funcs ?? base.reward_funcs,
    encoding: { ...encoding, date },
    sampling: { ...base.sampling, ...sampling, ...(!measured && { max_new_tokens: base.sampling.max_new_tokens }) },
  };
}

/** What the template says of a stage: what it adds; empty for stages of other plans. */
export function addsOf({ name, kind }: Stage): string {
  return R1_STAGES.find((stage) => stage.name === name && stage.kind === kind)?.adds ?? '';
}

/** The record on show; null: the plan that is being put together. */
export function shownRecord(plans: readonly PlanRecord[] | null, shown: StagesState['shown']): PlanRecord | null {
  const running = plans?.find(({ phase }) => phase === 'running');
  if (running) return running;
  if (shown === 'draft') return null;
  return plans?.find(({ id }) => id === shown) ?? plans?.[0] ?? null;
}

/** The plan with one stage's steps, or the answers to each row of its traces, changed. */
export function withSteps(plan: StagePlan, number: number, steps: number): StagePlan {
  const stages = plan.stages.map((stage, at): Stage => {
    if (at + 1 !== number) return stage;
    if (stage.kind === 'traces') return { ...stage, settings: { ...stage.settings, rows: steps } };
    return { ...stage, settings: { ...stage.settings, max_steps: steps, adherence_steps: steps } };
  });
  return { ...plan, stages };
}
