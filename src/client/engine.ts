/**
 * The only file that knows a worker exists. `connect` starts the engine and hands its events to one listener, a frame's worth at a time,
 * so that engine events never make the page render more often than the screen refreshes. `engine()` is the API everybody else calls. An engine that
 * no longer answers is ended by `disconnect`, and `reconnect` starts another.
 */
import { proxy, type Remote, wrap } from 'comlink';
import { MotherTongueError } from '../lib/errors.ts';
import type { EngineApi, EngineEvent } from '../protocol/engine.ts';
import { Pulse } from './pulse.ts';

type Listen = (events: EngineEvent[]) => void;

interface Connection {
  readonly api: Remote<EngineApi>;
  readonly pulse: Pulse;
  end(): void;
}

let connection: Connection | undefined;
let listeners: { listen: Listen; onSilence: (silent: boolean) => void } | undefined;

/** The engine, once `connect` has been called. */
export function engine(): Remote<EngineApi> {
  if (!connection) throw new Error('The engine is not connected yet.');
  return connection.api;
}

/** `onSilence`: the engine has not answered for `SILENT_AFTER` seconds, or answers again. */
export async function connect(listen: Listen, onSilence: (silent: boolean) => void): Promise<void> {
  listeners = { listen, onSilence };
  await reconnect();
}

/** Gives an engine that does not answer as long again. */
export function waitForEngine(): void {
  connection?.pulse.wait();
}

/** Ends the engine, whatever it is at; calls that are under way, and all later ones until `reconnect`, throw that they were cancelled. */
export function disconnect(): void {
  connection?.end();
}

/** Starts an engine, which knows nothing yet, in place of the one that was ended. */
export async function reconnect(): Promise<void> {
  if (!listeners) throw new Error('The engine is not connected yet.');
  const { listen, onSilence } = listeners;
  const worker = new Worker(new URL('../engine/worker.ts', import.meta.url), { type: 'module', name: 'engine' });
  let over = false;
  const ended = new AbortController();
  const failed = new Promise<never>((_, reject) => {
    const fail = (event: ErrorEvent): void =>
      reject(new Error(`The engine could not be started: ${event.message || 'its script did not load'}.`));
    worker.addEventListener('error', fail, { once: true });
  });
  const api = endingWith(wrap<EngineApi>(worker), ended.signal);
  const pulse = new Pulse(() => api.ping(), onSilence);
  const end = (): void => {
    over = true;
    pulse.end();
    worker.terminate();
    onSilence(false);
    ended.abort();
  };
  connection = { api, pulse, end };
  const frames = byFrame((events) => over || listen(events)); // a frame's worth of the old engine may still be waiting
  await Promise.race([api.start(proxy(frames)), failed]);
}

/** Every call also ends with the engine. */
function endingWith(remote: Remote<EngineApi>, ended: AbortSignal): Remote<EngineApi> {
  return new Proxy(remote, {
    get: (target, name: keyof EngineApi) => {
      const call = target[name] as (...args: unknown[]) => Promise<unknown>; // the protocol has nothing but methods
      return (...args: unknown[]) =>
        new Promise((resolve, reject) => {
          const end = (): void => reject(new MotherTongueError('Cancelled', 'The engine was ended.'));
          if (ended.aborted) return end();
          ended.addEventListener('abort', end);
          void call(...args)
            .then(resolve, reject)
            .finally(() => ended.removeEventListener('abort', end));
        });
    },
  });
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
