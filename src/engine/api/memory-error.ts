/** Running out of memory, on the GPU or in this tab, as one sentence: the activity, what it needed and what to change. */
import { MotherTongueError } from '../../lib/errors.ts';
import { formatBytes } from '../../lib/format.ts';
import { OutOfMemoryError } from '../gpu/device.ts';
import { probe } from '../gpu/probe.ts';
import type { PreparedRun } from '../train/run.ts';
import { buffersOfRun } from '../train/run-buffers.ts';
import type { EngineState } from './engine-state.ts';

/** V8's messages for a buffer that the host had no memory for. */
const HOST_ALLOCATION = /allocation failed|invalid (typed )?array (buffer )?length|out of memory/i;

/** The same error, unless memory ran out. `mend` follows after a semicolon. */
export function asMemoryError(error: unknown, doing: string, mend: string): unknown {
  if (error instanceof OutOfMemoryError) return new MotherTongueError('MemoryError', `${doing} stopped: ${error.what}; ${mend}.`);
  if (error instanceof RangeError && HOST_ALLOCATION.test(error.message))
    return new MotherTongueError('MemoryError', `${doing} stopped: this tab ran out of memory (${error.message}); ${mend}.`);
  return error;
}

export const TRAINING_MEND = 'lower max_length or per_device_train_batch_size, or close other pages and programs that use the GPU';

/**
 * Allocates all that the run will need, for real, and gives it back; throws a MemoryError with the smallest change that mends it, which `advise`
 * finds for a GPU that has so many bytes as it gave before it refused.
 */
export async function probeMemory(engine: EngineState, prepared: PreparedRun, advise: (gpu_bytes: number) => string): Promise<void> {
  const wanted = buffersOfRun(prepared);
  try {
    await probe(engine.needGpu(), wanted);
  } catch (error) {
    if (!(error instanceof OutOfMemoryError)) throw error;
    const all = formatBytes(wanted.reduce((n, { bytes }) => n + bytes, 0));
    throw new MotherTongueError('MemoryError', `The run needs ${all} beside the model, and ${error.what}. ${advise(error.held)}`);
  }
}
