/** The worker of one Python program (rewards/python); its own answer forbids every connection (scripts/headers.mjs). */
import { pythonThread } from './rewards/python/thread.ts';

const post = self.postMessage.bind(self);
const later = self.setTimeout.bind(self);
const handle = pythonThread((message) => post(message));
self.addEventListener('message', (event: MessageEvent<unknown>) => handle(event).catch(thrown));

/** A worker's unhandled rejection does not reach whoever started it; an error does. */
function thrown(error: unknown): void {
  later(() => {
    throw error;
  });
}
