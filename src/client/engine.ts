/**
 * The only file that knows a worker exists. `connect` starts the engine and hands its events to one listener, a frame's worth at a time,
 * so that engine events never make the page render more often than the screen refreshes. `engine()` is the API everybody else calls.
 */
import { proxy, type Remote, wrap } from 'comlink';
import type { EngineApi, EngineEvent } from '../protocol/engine.ts';

type Listen = (events: EngineEvent[]) => void;

let api: Remote<EngineApi> | undefined;

/** The engine, once `connect` has been called. */
export function engine(): Remote<EngineApi> {
  if (!api) throw new Error('The engine is not connected yet.');
  return api;
}

export async function connect(listen: Listen): Promise<void> {
  const frames = byFrame(listen);
  const worker = new Worker(new URL('../engine/worker.ts', import.meta.url), { type: 'module', name: 'engine' });
  const failed = new Promise<never>((_, reject) => {
    worker.addEventListener(
      'error',
      (event) => reject(new Error(`The engine could not be started: ${event.message || 'its script did not load'}.`)),
      {
        once: true,
      },
    );
  });
  const remote = wrap<EngineApi>(worker);
  api = remote;
  await Promise.race([remote.start(proxy(frames)), failed]);
}

/** Collects events and passes them on once a frame; in a hidden tab, where frames stop, four times a second. */
function byFrame(listen: Listen): (event: EngineEvent) => void {
  let queue: EngineEvent[] = [];
  const flush = () => {
    const events = queue;
    queue = [];
    listen(events);
  };
  return (event) => {
    queue.push(event);
    if (queue.length > 1) return;
    if (document.hidden) setTimeout(flush, 250);
    else requestAnimationFrame(flush);
  };
}
