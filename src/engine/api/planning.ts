/** The planner as the page asks it: for the loaded model, or for any config before anything is loaded. */
import type { PlanAnswer, PlanQuestion } from '../../protocol/training.ts';
import { settingLimits } from '../adapters/setting-limits.ts';
import { DEFAULT_CAPABILITIES } from '../graph/op.ts';
import { parseModelConfig } from '../models/config.ts';
import { capabilitiesOf } from '../models/session.ts';
import { plannedWeights } from '../models/tensors.ts';
import { checkQuestion } from './checks.ts';
import type { EngineState } from './engine-state.ts';
import { answer, type PlannedModel } from './planner.ts';

export async function answerPlan(engine: EngineState, question: PlanQuestion): Promise<PlanAnswer> {
  const { config, ...settings } = question;
  const model = config ? unloaded(engine, config) : engine.needModel().session;
  checkQuestion(question, settingLimits(model.config));
  return answer(model, settings);
}

/** By the device at hand; without one, by what every WebGPU device guarantees. */
function unloaded(engine: EngineState, raw: Record<string, unknown>): PlannedModel {
  const config = parseModelConfig(JSON.stringify(raw), 'This repository');
  return { config, weights: plannedWeights(config), capabilities: engine.gpu ? capabilitiesOf(engine.gpu) : DEFAULT_CAPABILITIES };
}
