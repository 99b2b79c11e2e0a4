/** A page's worker as a thread that judges. */
import type { Thread } from './thread.ts';

export function workerThread(worker: Worker): Thread {
  return {
    post: (message) => worker.postMessage(message),
    listen: ({ answer, fail }) => {
      worker.addEventListener('message', ({ data }) => answer(data));
      worker.addEventListener('error', ({ message }) => fail(message || 'its script did not load'));
    },
    end: () => worker.terminate(),
  };
}
