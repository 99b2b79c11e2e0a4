/**
 * What the page waits for, what went wrong and what was cancelled: actions under way by name, each with its newest attempt, and notices at their
 * places. A notice stays until it is dismissed or the same action is tried again. An attempt that another one of its name has overtaken changes
 * nothing any more, however late it ends.
 */
import { createStore } from 'zustand/vanilla';
import { isDeviceLoss } from '../lib/errors.ts';

export type Place = 'model' | 'data' | 'train' | 'compare' | 'evaluate' | 'runs';

export interface Notice {
  place: Place;
  /** The action that failed, so that trying again clears it. */
  action: string;
  name: string;
  message: string;
  /** Stack or anything else worth copying into a report. */
  details: string;
  /** Of a cancelled action: begins it anew. */
  again?: () => unknown;
}

export interface Pending {
  /** Number of the newest attempt, while it is under way. */
  actions: Record<string, number>;
  notices: Notice[];
}

export const pending = createStore<Pending>(() => ({ actions: {}, notices: [] }));

export function dismiss(action: string): void {
  pending.setState((state) => ({ notices: state.notices.filter((n) => n.action !== action) }));
}

/** The user ended the newest attempt and has not begun another one: what was chosen stays chosen. */
export function wasCancelled(action: string): boolean {
  return pending.getState().notices.some((notice) => notice.action === action && notice.again !== undefined);
}

interface AttemptOptions {
  /** Names of errors that are no news. */
  quiet?: readonly string[];
  /** Begins the action anew; where it is given, a cancel is told at its place with a button for this. */
  again?: () => unknown;
}

let attempts = 0;

/** Runs one action: marks it under way and turns an error into a notice at its place. Undefined where it failed or was overtaken by a newer attempt. */
export async function attempt<T>(
  place: Place,
  action: string,
  work: () => Promise<T>,
  { quiet = [], again }: AttemptOptions = {},
): Promise<T | undefined> {
  const mine = ++attempts;
  const isNewest = (): boolean => pending.getState().actions[action] === mine;
  dismiss(action);
  pending.setState((state) => ({ actions: { ...state.actions, [action]: mine } }));
  try {
    const result = await work();
    return isNewest() ? result : undefined;
  } catch (error) {
    const notice = noticeOf(place, action, error);
    // A lost GPU is said by the frame, once.
    const told = notice.name === 'Cancelled' ? again !== undefined : !quiet.includes(notice.name) && !isDeviceLoss(notice.message);
    if (isNewest() && told) {
      const shown = notice.name === 'Cancelled' && again ? { ...notice, again } : notice;
      pending.setState((state) => ({ notices: [...state.notices, shown] }));
    }
    return undefined;
  } finally {
    if (isNewest()) {
      pending.setState((state) => {
        const { [action]: _done, ...actions } = state.actions;
        return { actions };
      });
    }
  }
}

const OURS = new Set([
  'FileError',
  'ModelError',
  'AdapterError',
  'DatasetError',
  'SettingsError',
  'DeviceError',
  'MemoryError',
  'StateError',
  'Cancelled',
]);

function noticeOf(place: Place, action: string, error: unknown): Notice {
  const { name, message, stack } = error instanceof Error ? error : { name: 'Error', message: String(error), stack: undefined };
  const sentence = OURS.has(name) ? message : `The engine failed unexpectedly: ${message}`;
  return { place, action, name, message: sentence, details: `${name}: ${message}\n${stack ?? ''}`.trim() };
}
