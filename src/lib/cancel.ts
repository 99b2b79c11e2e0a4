/** Cooperative cancellation: long work checks its signal between pieces. */
import { MotherTongueError } from './errors.ts';

export function throwIfCancelled(signal: AbortSignal | undefined, what: string): void {
  if (signal?.aborted) throw new MotherTongueError('Cancelled', `${what} was cancelled; nothing that was loaded before is lost.`);
}
