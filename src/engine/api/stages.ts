/** Plans of stages as the page drives them: start, stop, go on; the kept ones; and what else must wait while one is under way. */
import { MotherTongueError } from '../../lib/errors.ts';
import { throwProblems } from '../../lib/problems.ts';
import { planProblems } from '../../protocol/stage-problems.ts';
import { newRecord, settled } from '../../protocol/stage-states.ts';
import type { PlanRecord, StagePlan } from '../../protocol/stages.ts';
import { settingLimits } from '../adapters/setting-limits.ts';
import type { EngineState } from './engine-state.ts';
import { LivePlan, type Own } from './live-plan.ts';
import { withLostStages } from './lost-stages.ts';
import { openProblems } from './stage-checks.ts';
import { ownData } from './stage-data.ts';
import { resume, resumeRun } from './training.ts';
import { alone, isTrainingElsewhere, refuseWhileEvaluating } from './training-lock.ts';

/** What the page asks for outside the plan waits for its end. */
export function free(engine: EngineState, what: string): EngineState {
  if (!engine.plan) return engine;
  throw new MotherTongueError('StateError', `A plan of stages is under way; stop it before ${what}.`);
}

/** Resolves when it is over, however it ended; the events say how. */
export async function startPlan(engine: EngineState, plan: StagePlan): Promise<void> {
  const { session, hash } = engine.needModel();
  const refuse = (problems: readonly string[]): void =>
    throwProblems('SettingsError', 'This plan cannot start', problems, 'Correct it and try again.');
  refuse(planProblems(plan, settingLimits(session.config)));
  const { dataset, hash: data } = engine.needData();
  refuse(openProblems(engine, plan));
  await run(engine, newRecord(plan, { model: { name: session.name, hash }, dataset: { name: dataset.name, hash: data } }));
}

/** Goes on with the next stage, or inside the one that was stopped; first with what is needed and not kept any more. */
export async function continuePlan(engine: EngineState, id: string): Promise<void> {
  const record = await engine.plans.get(id);
  if (record.phase === 'done') throw new MotherTongueError('StateError', 'This plan is done; there is no stage to go on with.');
  const [model, data] = [engine.needModel(), engine.needData()];
  const { name } = record.plan;
  if (model.hash !== record.model.hash)
    throw new MotherTongueError(
      'ModelError',
      `${name} began with ${record.model.name}, and ${model.session.name} is open; open ${record.model.name} to go on.`,
    );
  if (data.hash !== record.dataset.hash)
    throw new MotherTongueError(
      'DatasetError',
      `${name} began with the rows of ${record.dataset.name}, and ${data.dataset.name} is open; open ${record.dataset.name} to go on.`,
    );
  await run(engine, await withLostStages(engine, record));
}

async function run(engine: EngineState, record: PlanRecord): Promise<void> {
  if (engine.plan) throw new MotherTongueError('StateError', 'A plan of stages is under way already; stop it first.');
  if (engine.run) throw new MotherTongueError('StateError', 'A run is under way; stop it before you start a plan.');
  refuseWhileEvaluating(engine, 'starting a plan');
  const { source } = engine;
  if (!source) throw new MotherTongueError('StateError', 'No model is loaded yet; choose one on the Model page.');
  const own: Own = { source, data: ownData(engine.needData()) };
  await alone(engine, async () => {
    const live = new LivePlan(engine, record, own, async () => void (await reportPlans(engine)));
    engine.plan = live;
    const work = live.toTheEnd();
    engine.planning = work.catch(() => undefined);
    try {
      await work;
    } finally {
      engine.plan = null;
      await reportPlans(engine);
    }
  });
}

/** Resolves when what was at work is kept. Where nothing is, the page hears how its plans stand. */
export async function stopPlan(engine: EngineState): Promise<void> {
  if (!engine.plan) return void (await reportPlans(engine));
  await engine.plan.stop();
  await engine.planning;
}

/** A run of a plan that was stopped goes on with its plan, which opens what it needs. */
export async function resumeAny(engine: EngineState): Promise<void> {
  const plan = engine.run || engine.resumable === null ? null : await planOf(engine, engine.resumable);
  return plan ? continuePlan(engine, plan.id) : resume(engine);
}

export async function resumeRunAny(engine: EngineState, id: string): Promise<void> {
  const plan = await planOf(engine, id);
  return plan ? continuePlan(engine, plan.id) : resumeRun(engine, id);
}

/** The plan that stands inside this run. */
async function planOf(engine: EngineState, run: string): Promise<PlanRecord | null> {
  const plans = await engine.plans.list();
  return plans.find(({ phase, stages }) => phase !== 'done' && stages.some((stage) => stage.run === run && stage.phase !== 'done')) ?? null;
}

/** The kept ones, newest first, also by an event. */
export async function reportPlans(engine: EngineState): Promise<PlanRecord[]> {
  const elsewhere = await isTrainingElsewhere(engine);
  const live = engine.plan?.record;
  const kept = await engine.plans.list();
  const plans = kept.map((record) => (record.id === live?.id ? live : elsewhere ? record : settled(record)));
  engine.emit({ type: 'plans', plans });
  return plans;
}

/** Its runs and traces stay. */
export async function deletePlan(engine: EngineState, id: string): Promise<void> {
  if (engine.plan?.record.id === id) throw new MotherTongueError('StateError', 'This plan is under way; stop it before deleting it.');
  await engine.plans.delete(id);
  await reportPlans(engine);
}
