/**
 * The worker does not trust its caller: all settings are checked by the rules of the protocol's tables, and one SettingsError lists every problem.
 * A resumed run is not checked again, because its settings were checked when it began.
 */
import { throwProblems } from '../../lib/problems.ts';
import type { EncodingSettings } from '../../protocol/dataset.ts';
import type { AskRequest } from '../../protocol/generation.ts';
import { day, number, whole } from '../../protocol/rules.ts';
import { ruleProblems, samplingProblems } from '../../protocol/sampling.ts';
import type { SettingLimits, SettingPath } from '../../protocol/setting-row.ts';
import { rowProblems, type SettingsPart, settingProblems } from '../../protocol/setting-values.ts';
import { settings as rows } from '../../protocol/settings.ts';
import type { PlanQuestion, TrainingSettings } from '../../protocol/training.ts';
import { settingLimits } from '../adapters/setting-limits.ts';
import type { EngineState } from './engine-state.ts';

/** Clauses about settings of a run on the model and the data that are open. */
export function trainingProblems(engine: EngineState, settings: TrainingSettings): string[] {
  const limits: SettingLimits = {
    ...(engine.model && settingLimits(engine.model.session.config)),
    ...(engine.data && { rows: engine.data.dataset.length }),
  };
  return clauses(settings, limits, '');
}

export function checkedTraining(engine: EngineState, settings: TrainingSettings): TrainingSettings {
  refuse(trainingProblems(engine, settings));
  return settings;
}

/** How rows become tokens; a dataset is looked at without a model's limits. */
export function checkedEncoding(settings: EncodingSettings): EncodingSettings {
  refuse(clauses(settings, {}, 'encoding'));
  return settings;
}

/** Positions of the cache, and rows that are asked at once. */
export const cacheRules = { cache_length: whole(1, 2 ** 20), cache_rows: whole(1, 16) };
const PROBE_ROWS = whole(0, 1024);
const EVALUATION_TOKENS = whole(0, 2 ** 20);
const ADAPTERS = whole(0, 1024);
const GPU_BYTES = number({ above: 0, to: 2 ** 50 });

export function checkQuestion(question: PlanQuestion, limits: SettingLimits): void {
  const {
    config: _,
    run: __,
    shorter_rows: ___,
    verdict_only: ____,
    learns_from_answers: _____,
    lora,
    gpu_bytes,
    max_length,
    per_device_train_batch_size,
    checkpoint_dtype,
    probe_rows = 0,
    evaluation_tokens = 0,
    adapters = 1,
    ...cache
  } = question;
  const stated: Partial<Record<SettingPath, unknown>> = {
    'encoding.max_length': max_length,
    per_device_train_batch_size,
    checkpoint_dtype,
  };
  const asked = rows.filter(({ path }) => Object.hasOwn(stated, path));
  refuse([
    ...clauses(lora, limits, 'lora'),
    ...asked.flatMap((row) => rowProblems(row, stated[row.path], limits).map(({ problem }) => problem)),
    ...ruleProblems(cache, cacheRules),
    ...PROBE_ROWS.problems('probe_rows', probe_rows),
    ...EVALUATION_TOKENS.problems('evaluation_tokens', evaluation_tokens),
    ...ADAPTERS.problems('adapters', adapters),
    ...(gpu_bytes === null ? [] : GPU_BYTES.problems('gpu_bytes', gpu_bytes)),
  ]);
}

export function checkRequest({ sampling, date }: AskRequest): void {
  refuse([...samplingProblems(sampling), ...day.problems('date', date)]);
}

function clauses(given: unknown, limits: SettingLimits, part: SettingsPart): string[] {
  return settingProblems(given, limits, part).map(({ problem }) => problem);
}

function refuse(problems: readonly string[]): void {
  throwProblems('SettingsError', 'The settings cannot be used', problems, 'Correct them.');
}
