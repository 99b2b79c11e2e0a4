/** Rejection sampling as a stage of a plan: by the same functions as from the page, with the generator that the plan says. */
import { MotherTongueError } from '../../lib/errors.ts';
import type { TraceExport, TraceRecord, TraceSettings } from '../../protocol/traces.ts';
import type { EngineState } from './engine-state.ts';

const NOT_YET = 'Traces cannot be made yet.';

/** Kept traces as lines of JSON. */
export async function keptTraceLines(_engine: EngineState, _set: string): Promise<string[]> {
  throw new MotherTongueError('StateError', NOT_YET);
}

/** `begun` hears the set's id before the first trace. Resolves with its record when it is over, however it ended. */
export async function sampleStage(
  _engine: EngineState,
  _settings: TraceSettings,
  _begun: (id: string) => Promise<void>,
): Promise<TraceRecord> {
  throw new MotherTongueError('StateError', NOT_YET);
}

/** Goes on with a set, or takes it as it is where it is done; null: it is gone. */
export async function continueSampling(_engine: EngineState, _id: string): Promise<TraceRecord | null> {
  throw new MotherTongueError('StateError', NOT_YET);
}

export async function pauseSampling(_engine: EngineState): Promise<void> {}

/** Of an exported plan: the kept traces as rows, or all with what became of them. */
export async function traceFile(_engine: EngineState, _set: string, _what: TraceExport): Promise<Blob> {
  throw new MotherTongueError('StateError', NOT_YET);
}
