/** Rejection sampling as a stage of a plan: by the same functions as from the page, with the generator that the plan says. */
import { MotherTongueError } from '../../lib/errors.ts';
import type { TraceExport, TraceRecord, TraceSettings } from '../../protocol/traces.ts';
import type { EngineState } from './engine-state.ts';
import { exportTraces } from './kept-traces.ts';
import { continueTraces, makeTraces, pauseTraces } from './traces.ts';

const ASKED_EVERY_MS = 20;

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
  return engine.traces.get(await pausedBy(signal, engine, makeTraces(engine, settings, begun)));
}

/** Goes on with a set, or takes it as it is where it is done; null: nothing of it is kept. */
export async function continueSampling(engine: EngineState, id: string, signal: AbortSignal): Promise<TraceRecord | null> {
  const before = await engine.traces.get(id).catch((error: unknown) => {
    if (error instanceof MotherTongueError && error.name === 'StateError') return null;
    throw error;
  });
  if (before === null || before.phase === 'done') return before;
  await pausedBy(signal, engine, continueTraces(engine, id));
  return engine.traces.get(id);
}

/** Between the call and the first trace the set is read, and nothing is there to be paused yet: the signal's pause is repeated until the work has ended. */
async function pausedBy<X>(signal: AbortSignal, engine: EngineState, work: Promise<X>): Promise<X> {
  const pause = (): void => void pauseTraces(engine);
  let timer: ReturnType<typeof setInterval> | undefined;
  const onAbort = (): void => {
    pause();
    timer = setInterval(pause, ASKED_EVERY_MS);
  };
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort);
  try {
    return await work;
  } finally {
    signal.removeEventListener('abort', onAbort);
    clearInterval(timer);
  }
}

/** Of an exported plan: the kept traces as rows, or all with what became of them. */
export function traceFile(engine: EngineState, set: string, what: TraceExport): Promise<Blob> {
  return exportTraces(engine, set, what);
}
