/** The worker of a user's own reward (rewards/own); its own answer forbids every connection (scripts/headers.mjs). */
import { ownThread } from './rewards/own/thread.ts';

const handle = ownThread((message) => self.postMessage(message));
self.addEventListener('message', (event: MessageEvent<unknown>) => handle(event).catch(thrown));

/** A worker's unhandled rejection does not reach whoever started it; an error does. */
function thrown(error: unknown): void {
  setTimeout(() => {
    throw error;
  });
}
