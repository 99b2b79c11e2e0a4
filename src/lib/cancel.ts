/** Cooperative cancellation: long work checks its signal between pieces. */
import { MotherTongueError } from './errors.ts';

export function throwIfCancelled(signal: AbortSignal | undefined, what: string): void {
  if (signal?.aborted) throw cancelled(what);
}

/** What the work gives, or Cancelled as soon as the signal says so, however long the work goes on. */
export function unlessCancelled<T>(work: Promise<T>, signal: AbortSignal | undefined, what: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = (): void => reject(cancelled(what));
    if (signal?.aborted) end();
    signal?.addEventListener('abort', end);
    work.then(resolve, reject).finally(() => signal?.removeEventListener('abort', end));
  });
}

function cancelled(what: string): MotherTongueError {
  return new MotherTongueError('Cancelled', `${what} was cancelled; nothing that was loaded before is lost.`);
}
