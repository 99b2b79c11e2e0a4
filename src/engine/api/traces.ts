/** Rejection sampling as the page drives it: forecast, start, pause, go on; and the kept sets of traces: what became of them, opening, export. */
import { MotherTongueError } from '../../lib/errors.ts';
import { throwProblems } from '../../lib/problems.ts';
import { traceClauses } from '../../protocol/trace-settings.ts';
import type { TraceSettings } from '../../protocol/traces.ts';
import type { EngineState } from './engine-state.ts';

export async function make(engine: EngineState, settings: TraceSettings): Promise<never> {
  throwProblems('SettingsError', 'These traces cannot be made', traceClauses(settings), 'Correct them and try again.');
  engine.needData();
  throw new MotherTongueError('StateError', 'Traces cannot be made yet.');
}
