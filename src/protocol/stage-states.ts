/** How the record of a plan changes: a stage begins, stops, fails or is done, and the plan with it. What is next follows from the record alone. */

import { isRecord } from './rules.ts';
import { type PlanRecord, STAGE_KINDS, type StageFigures, type StagePlan, type StageState } from './stages.ts';
import type { TraceRecord } from './traces.ts';
import type { RunRecord } from './training.ts';

export function newRecord(plan: StagePlan, open: Pick<PlanRecord, 'model' | 'dataset'>, now = new Date()): PlanRecord {
  const started = now.toISOString();
  const id = started.replace(/\D/g, '').slice(0, 17);
  return { id, started, plan, phase: 'running', ...open, stages: plan.stages.map(() => ({ phase: 'waiting' })) };
}

const PHASES: readonly unknown[] = ['running', 'stopped', 'done', 'failed'];
const KINDS: readonly unknown[] = STAGE_KINDS;

/** What another version of the page wrote may lack what this one reads. */
export function isPlanRecord(given: unknown): given is PlanRecord {
  if (!isRecord(given)) return false;
  const { id, started, phase, plan, model, dataset, stages } = given;
  if (![id, started].every(isText) || !PHASES.includes(phase) || ![model, dataset].every((one) => isRecord(one) && isText(one.name)))
    return false;
  if (!isRecord(plan) || !isText(plan.name) || !Array.isArray(plan.stages) || !Array.isArray(stages)) return false;
  return stages.length === plan.stages.length && stages.every(isState) && plan.stages.every(isStage);
}

const isText = (given: unknown): boolean => typeof given === 'string';

function isState(given: unknown): boolean {
  return isRecord(given) && (PHASES.includes(given.phase) || given.phase === 'waiting');
}

function isStage(given: unknown): boolean {
  if (!isRecord(given) || !isText(given.name) || !isText(given.what) || !KINDS.includes(given.kind)) return false;
  const { model, data, settings } = given;
  return (model === 'open' || isRecord(model)) && Array.isArray(data) && data.every(isRecord) && isRecord(settings);
}

/** The number of the stage that is at work or comes next; null: all are done. */
export function nextStage({ stages }: PlanRecord): number | null {
  const at = stages.findIndex(({ phase }) => phase !== 'done');
  return at < 0 ? null : at + 1;
}

export function stageOf({ stages }: PlanRecord, number: number): StageState {
  return stages[number - 1]!;
}

/** The record with one stage changed; a message that is not said again is gone. */
export function withStage(record: PlanRecord, number: number, change: Partial<StageState> & Pick<StageState, 'phase'>): PlanRecord {
  const stages = record.stages.map((stage, at) => {
    if (at + 1 !== number) return stage;
    const { message: _old, ...rest } = stage;
    return { ...rest, ...change };
  });
  return { ...record, stages };
}

/** The plan goes on: what stopped or failed is said no more. */
export function goingOn(record: PlanRecord): PlanRecord {
  const { message: _old, ...rest } = record;
  return { ...rest, phase: 'running' };
}

/** The plan ends for now; a stage that is at work ends as the plan does. */
export function ended(record: PlanRecord, phase: 'stopped' | 'failed', message?: string): PlanRecord {
  const stages = record.stages.map(
    (stage): StageState => (stage.phase === 'running' ? { ...stage, phase, ...(message && { message }) } : stage),
  );
  const { message: _old, ...rest } = record;
  return { ...rest, phase, stages, ...(message && { message }) };
}

export function done(record: PlanRecord): PlanRecord {
  const { message: _old, ...rest } = record;
  return { ...rest, phase: 'done' };
}

/** A plan that no tab is at any more, whatever its record says. */
export function settled(record: PlanRecord): PlanRecord {
  return record.phase === 'running' ? ended(record, 'stopped', 'The page was closed or reloaded; what is finished is kept.') : record;
}

/** What a run came to. */
export function runFigures({ metrics, samples }: Pick<RunRecord, 'metrics' | 'samples'>): StageFigures {
  const [first, last] = [metrics[0], metrics.at(-1)];
  if (!first || !last) return {};
  const probed = samples.at(-1)?.step;
  const languages = Object.fromEntries(samples.filter(({ step }) => step === probed).map(({ language, share }) => [language, share]));
  return {
    steps: last.step,
    loss: [first.loss, last.loss],
    ...(first.reward !== undefined && last.reward !== undefined && { reward: [first.reward, last.reward] }),
    ...(samples.length > 0 && { languages }),
    seconds: metrics.reduce((sum, { step_time }) => sum + step_time, 0),
  };
}

/** What rejection sampling came to. */
export function traceFigures({ kept, done: made, rows, seconds, languages }: TraceRecord): StageFigures {
  const kept_languages = Object.fromEntries(Object.entries(languages).map(([language, counts]) => [language, counts.kept]));
  return { kept, made, rows, seconds, kept_languages };
}
