/**
 * After the device was lost: opens a new one and restores what was on it. The model is loaded from its source again; a download under way continues
 * and replaces it when complete. Then come the adapter kept for it, and the offer to resume the interrupted run from the copy of its last step in
 * this memory. The loss itself is handled in device.ts.
 */
import { MotherTongueError } from '../../lib/errors.ts';
import { Gpu } from '../gpu/device.ts';
import { acceptDevice } from './device.ts';
import type { EngineState } from './engine-state.ts';
import { loadModel } from './model.ts';

/** A browser whose GPU process died needs a moment to start another; seconds between tries. */
const WAITS = [0.2, 0.5, 1, 2, 4];

export async function reopenDevice(engine: EngineState): Promise<void> {
  if (engine.gpu) return;
  // Whatever was at work on the lost device ends by itself; a new one must not come under its hands.
  await engine.running;
  await engine.planning;
  const release = await engine.lock();
  try {
    acceptDevice(engine, await reopen(engine));
  } finally {
    release();
  }
  if (engine.source) await loadModel(engine, engine.source, { again: true });
}

async function reopen({ places: { webgpu } }: EngineState): Promise<Gpu> {
  if (!webgpu) throw new MotherTongueError('DeviceError', 'This browser has no WebGPU, so there is no GPU to reopen.');
  for (const seconds of WAITS) {
    try {
      return await Gpu.open(webgpu);
    } catch {
      await new Promise((resolve) => setTimeout(resolve, seconds * 1000)); // the last try below throws the reason
    }
  }
  try {
    return await Gpu.open(webgpu);
  } catch (cause) {
    // Without an adapter there is no more to say; why one refused to open is worth knowing.
    const why = cause instanceof Error && !(cause instanceof MotherTongueError) ? ` (${cause.message.replace(/\.$/, '')})` : '';
    throw new MotherTongueError(
      'DeviceError',
      `The browser does not give the GPU back${why}. Chrome gives none after three crashes of its GPU process: restart it, then open this page again. What was saved is kept.`,
    );
  }
}
