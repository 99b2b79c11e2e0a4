/** The planner as the page asks it: any config, before anything is loaded. */
import { MotherTongueError } from '../../lib/errors.ts';
import type { PlanAnswer, PlanQuestion } from '../../protocol/training.ts';
import type { Desk } from './desk.ts';

export async function answerPlan(_desk: Desk, _question: PlanQuestion): Promise<PlanAnswer> {
  throw new MotherTongueError('StateError', 'Planning is not connected yet.');
}
