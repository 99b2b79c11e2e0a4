/** What would end a plan of stages later and is known before its first stage: models that cannot be fetched here, data that have nothing for a teacher. */
import { MotherTongueError } from '../../lib/errors.ts';
import { distillationDefaults } from '../../protocol/distillation.ts';
import type { Stage, StagePlan } from '../../protocol/stages.ts';
import { checkTeachable } from '../batch/problem-rows.ts';
import type { EngineState } from './engine-state.ts';
import { checkNames, needModels } from './hub.ts';

/** Clauses that name the stage, of a plan without problems of its own. */
export function openProblems(engine: EngineState, { stages }: StagePlan): string[] {
  return stages.flatMap((stage, at) =>
    [() => checkModel(engine, stage), () => checkData(engine, stage)].flatMap((check) => {
      const problem = problemOf(check);
      return problem === null ? [] : [`stage ${at + 1}: ${problem.replace(/\.$/, '')}`];
    }),
  );
}

function problemOf(check: () => void): string | null {
  try {
    check();
    return null;
  } catch (error) {
    if (error instanceof MotherTongueError) return error.message;
    throw error;
  }
}

function checkModel(engine: EngineState, { model }: Stage): void {
  if (model === 'open' || model.kind !== 'hub') return;
  checkNames(model);
  needModels(engine);
}

/** Rows that a stage learns from with a teacher; those of traces are not there yet. */
function checkData(engine: EngineState, { kind, settings, data }: Stage): void {
  const given = 'distillation' in settings ? settings.distillation : undefined;
  if ((kind !== 'distillation' && !given) || data.some(({ of }) => of !== 'dataset')) return;
  checkTeachable(engine.needData().dataset, { ...distillationDefaults, ...given });
}
