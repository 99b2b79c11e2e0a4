/**
 * Stages that are done and whose adapter or traces are gone, deleted or given up for others: where a stage to come needs them, they wait again, so that a plan
 * can always go on. What a stage to come had begun on lost traces is begun anew: traces that are made again are another dataset.
 */
import type { PlanRecord, StageState } from '../../protocol/stages.ts';
import type { EngineState } from './engine-state.ts';
import { interruptedState } from './saving.ts';

/** What is kept, by id. */
interface Kept {
  readonly adapters: ReadonlySet<string>;
  readonly traces: ReadonlySet<string>;
  /** Runs that are resumed with the adapter that they had. */
  readonly left: ReadonlySet<string>;
}

export async function withLostStages(engine: EngineState, record: PlanRecord): Promise<PlanRecord> {
  const [adapters, traces] = [await engine.shelf.list(), await engine.traces.list()];
  const left = new Set<string>();
  for (const { run } of record.stages) if (run !== undefined && (await interruptedState(engine, run))) left.add(run);
  const kept = { adapters: new Set(adapters.map(({ id }) => id)), traces: new Set(traces.map(({ id }) => id)), left };
  const { stages } = record.plan;
  return stages.reduceRight((found, _, at) => (isLost(found, at + 1, kept) ? again(found, at + 1, kept) : found), record); // a stage needs earlier ones only
}

function isLost({ plan, stages }: PlanRecord, number: number, kept: Kept): boolean {
  const { phase, adapter, traces } = stages[number - 1]!;
  if (phase !== 'done') return false;
  const gone = plan.stages[number - 1]!.kind === 'traces' ? !has(kept.traces, traces) : !has(kept.adapters, adapter);
  return gone && plan.stages.some((_, at) => needs({ plan, stages }, at, number, kept));
}

const has = (ids: ReadonlySet<string>, id: string | undefined): boolean => id !== undefined && ids.has(id);

/** Whether the stage at `at` is to come and takes the adapter or the traces of stage `number`. */
function needs({ plan, stages }: Pick<PlanRecord, 'plan' | 'stages'>, at: number, number: number, { left }: Kept): boolean {
  const [{ from, data }, { phase, run }] = [plan.stages[at]!, stages[at]!];
  if (phase === 'done') return false;
  return data.some(({ of }) => of === number) || (from === number && !has(left, run));
}

function again(record: PlanRecord, number: number, kept: Kept): PlanRecord {
  const { kind } = record.plan.stages[number - 1]!;
  const [what, it] = kind === 'traces' ? ['traces are', 'they are made'] : ['adapter is', 'it is trained'];
  const stages = record.stages.map((state, at): StageState => {
    if (at + 1 === number) return { phase: 'waiting', message: `Its ${what} not kept any more, so ${it} again.` };
    if (!needs(record, at, number, kept) || state.phase === 'waiting') return state;
    return { phase: 'waiting', message: `What stage ${number} made is not kept any more, so it begins anew.` };
  });
  return { ...record, stages };
}
