/** The planner as the page asks it: for the loaded model, or for any config before anything is loaded. */
import { MotherTongueError } from '../../lib/errors.ts';
import type { PlanAnswer, PlanQuestion, TrainingSettings } from '../../protocol/training.ts';
import { settingLimits } from '../adapters/setting-limits.ts';
import { DEFAULT_CAPABILITIES } from '../graph/op.ts';
import { parseModelConfig } from '../models/config.ts';
import { capabilitiesOf } from '../models/session.ts';
import { plannedWeights } from '../models/tensors.ts';
import { checkQuestion, trainingProblems } from './checks.ts';
import type { EngineState } from './engine-state.ts';
import { answer, longestFitting, type PlannedModel } from './planner.ts';
import { type PlannedRun, plannedRun } from './run-plan.ts';
import { sourceSoFar } from './run-source.ts';

export async function answerPlan(engine: EngineState, question: PlanQuestion): Promise<PlanAnswer> {
  const { config, run, ...settings } = question;
  const model = config ? unloaded(engine, config) : engine.needModel().session;
  checkQuestion(question, settingLimits(model.config));
  const planned = run && !config ? await fromRows(engine, run) : null;
  return answer(model, settings, planned);
}

export function fittingLength(engine: EngineState, { config, run: _, ...settings }: PlanQuestion): number {
  const model = config ? unloaded(engine, config) : engine.needModel().session;
  checkQuestion({ config, ...settings }, settingLimits(model.config));
  return longestFitting(model, settings);
}

/** The same plan that readiness has; null where there are no rows to plan it from. */
async function fromRows(engine: EngineState, run: TrainingSettings): Promise<PlannedRun | null> {
  if (!engine.data || !engine.model || trainingProblems(engine, run).length > 0) return null;
  try {
    return await plannedRun(engine, run, await sourceSoFar(engine, run));
  } catch (error) {
    if (error instanceof MotherTongueError) return null; // readiness says why
    throw error;
  }
}

/** By the device at hand; without one, by what every WebGPU device guarantees. */
function unloaded(engine: EngineState, raw: Record<string, unknown>): PlannedModel {
  const config = parseModelConfig(JSON.stringify(raw), 'This repository');
  return { config, weights: plannedWeights(config), capabilities: engine.gpu ? capabilitiesOf(engine.gpu) : DEFAULT_CAPABILITIES };
}
