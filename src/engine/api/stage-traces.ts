/** Rejection sampling as a stage of a plan: by the same functions as from the page, with the generator that the plan says. */
import { MotherTongueError } from '../../lib/errors.ts';
import type { TraceExport, TraceRecord, TraceSettings } from '../../protocol/traces.ts';
import type { EngineState } from './engine-state.ts';
import { exportTraces } from './kept-traces.ts';
import { continueTraces, makeTraces } from './traces.ts';

/** Kept traces as lines of JSON. */
export async function keptTraceLines(engine: EngineState, set: string): Promise<string[]> {
  const text = await (await exportTraces(engine, set, 'dataset')).text();
  return text.split('\n').filter((line) => line !== '');
}

/** `begun` hears the set's id before the first trace. Resolves with its record when it is over, however it ended. */
export async function sampleStage(
  engine: EngineState,
  settings: TraceSettings,
  begun: (id: string) => Promise<void>,
  signal: AbortSignal,
): Promise<TraceRecord> {
  return engine.traces.get(await makeTraces(engine, settings, begun, signal));
}

/** Goes on with a set, or takes it as it is where it is done; null: nothing of it is kept. */
export async function continueSampling(engine: EngineState, id: string, signal: AbortSignal): Promise<TraceRecord | null> {
  const before = await engine.traces.get(id).catch((error: unknown) => {
    if (error instanceof MotherTongueError && error.name === 'StateError') return null;
    throw error;
  });
  if (before === null || before.phase === 'done') return before;
  await continueTraces(engine, id, signal);
  return engine.traces.get(id);
}

/** Of an exported plan: the kept traces as rows, or all with what became of them. */
export function traceFile(engine: EngineState, set: string, what: TraceExport): Promise<Blob> {
  return exportTraces(engine, set, what);
}
