/**
 * Memory of a run before anything is allocated: the planner's slots, and everything that lies in the store. The sum is what the runner then
 * allocates, to the byte (a test holds it to that).
 */
import type { MemoryPlan, TrainingSettings } from '../../protocol/training.ts';
import { ownBytes, plansOf } from '../generate/memory.ts';
import { largestBinding, slotBytes } from '../graph/footprint.ts';
import { uniformBytes } from '../graph/program.ts';
import { weightBytes } from '../models/memory.ts';
import type { Session } from '../models/session.ts';
import { allPlans, historyOf, inputsOf } from './plans.ts';
import type { PreparedRun } from './run.ts';

type Accumulation = Pick<TrainingSettings, 'gradient_accumulation_steps'>;

const NOTHING = { cache: 0, inputs: 0 };

/** `dispatches` are those of one optimizer step: the largest micro-batch, as often as they accumulate, and the update. */
export function memoryPlan(
  { config, weights }: Pick<Session, 'config' | 'weights'>,
  {
    layout,
    plans,
    history,
    answers = [],
    settings,
  }: Pick<PreparedRun, 'layout' | 'plans' | 'history'> & Partial<Pick<PreparedRun, 'answers'>> & { settings: Accumulation },
): MemoryPlan {
  const training = allPlans(plans);
  const all = [...training, ...answers.flatMap(plansOf)];
  const asking = answers.map(ownBytes).reduce((sum, one) => ({ cache: sum.cache + one.cache, inputs: sum.inputs + one.inputs }), NOTHING);
  const arena = layout.length * 4;
  const bytes = {
    weights: weightBytes(config, weights),
    adapter: plans.objective.average ? 2 * arena : arena,
    optimizer: 3 * arena,
    ...slotBytes(all),
    cache: asking.cache,
    inputs:
      asking.inputs +
      [...inputsOf(training).values()].reduce((n, own) => n + own, 0) +
      [...historyOf(history, plans).values()].reduce((n, own) => n + own, 0) +
      training.reduce((n, p) => n + uniformBytes(p), 0),
  };
  const peak = Object.values(bytes).reduce((a, b) => a + b, 0);
  const micro = Math.max(...plans.micro.map((p) => p.dispatches));
  return {
    ...bytes,
    peak,
    largest_binding: largestBinding(all),
    dispatches: micro * settings.gradient_accumulation_steps + plans.optimizer.dispatches + (plans.average?.dispatches ?? 0),
  };
}
