/**
 * Keeps the browser from interrupting the worker. During a run, an evaluation or the making of rows: a shared Web Lock (browsers do not freeze or discard a tab that holds one) and, where
 * available, a screen wake lock. During a run or a download: a prompt before the tab is closed. The engine ensures that only one tab trains
 * (engine/api/training-lock.ts). A paused run is saved, so nothing guards it.
 */
import { type Facts, facts, isRunning } from './facts.ts';
import { type Pending, pending } from './pending.ts';

const AWAKE = 'mother-tongue.awake';

function isTraining({ run }: Pick<Facts, 'run'>): boolean {
  return isRunning(run?.phase) && run?.phase !== 'paused';
}

function isDownloading({ actions }: Pick<Pending, 'actions'>): boolean {
  return actions['load-hub'] !== undefined;
}

/** Called once, when the page starts. */
export function startGuards(): void {
  const awake = whileOn(keepAwake);
  const screen = whileOn(keepScreenOn);
  const asking = whileOn(askBeforeLeaving);
  const look = (): void => {
    const { evaluation, traces } = facts.getState();
    const working = isTraining(facts.getState()) || evaluation?.phase === 'running' || traces?.phase === 'running';
    awake(working);
    screen(working);
    asking(isTraining(facts.getState()) || isDownloading(pending.getState()));
  };
  facts.subscribe(look);
  pending.subscribe(look);
  look();
}

/** Starts something when it is wanted and ends it when it no longer is. */
function whileOn(start: () => () => void): (wanted: boolean) => void {
  let end: (() => void) | null = null;
  return (wanted) => {
    if (wanted && !end) end = start();
    if (!wanted && end) {
      end();
      end = null;
    }
  };
}

function keepAwake(): () => void {
  let release: () => void = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  void navigator.locks.request(AWAKE, { mode: 'shared' }, () => held);
  return release;
}

/** The browser releases the lock whenever the tab is hidden, so it is requested again when the tab is visible again. */
function keepScreenOn(): () => void {
  let ended = false;
  let lock: WakeLockSentinel | null = null;
  const ask = async (): Promise<void> => {
    if (document.hidden || !('wakeLock' in navigator)) return;
    try {
      lock = await navigator.wakeLock.request('screen');
    } catch {
      return; // a low battery, or a policy of the page that embeds this one: the screen may then sleep, the run goes on
    }
    if (ended) await lock.release();
  };
  void ask();
  document.addEventListener('visibilitychange', ask);
  return () => {
    ended = true;
    document.removeEventListener('visibilitychange', ask);
    void lock?.release();
  };
}

function askBeforeLeaving(): () => void {
  const ask = (event: BeforeUnloadEvent): void => event.preventDefault();
  window.addEventListener('beforeunload', ask);
  return () => window.removeEventListener('beforeunload', ask);
}
